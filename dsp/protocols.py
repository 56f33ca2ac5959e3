"""Every seam of `dsp` on one page. Methods are visible; the docstrings state what is not: the laws."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar, runtime_checkable

from dsp.types.example import Example
from dsp.types.messages import LMRequest, LMResponse
from dsp.types.prediction import Prediction
from indexes.passage import Hit

T = TypeVar("T")
R = TypeVar("R")


@runtime_checkable
class LM(Protocol):
    """Messages in, n completions out. An LM sees messages: it knows nothing of signatures or programs.

    Laws: returns exactly `request.n` completions or raises an `LMError`; never returns half an answer as a whole
    one (a cut completion says `finish_reason="length"`); equal requests at temperature 0 mean the same;
    safe from any number of threads; `complete` may be called outside an event loop only, `acomplete` inside one.
    """

    @property
    def name(self) -> str:
        """`provider/model`, as traces and messages show it."""
        ...

    @property
    def fingerprint(self) -> str:
        """What decides the answer besides the request: model, endpoint, weights. Never a secret."""
        ...

    def complete(self, request: LMRequest) -> LMResponse: ...

    async def acomplete(self, request: LMRequest) -> LMResponse: ...


@runtime_checkable
class Retriever(Protocol):
    """A query in, the k best passages out. Every `indexes` index is one.

    Laws: at most k hits, best first, ranks 1, 2, …; equal calls give equal hits; an empty query gives none;
    k < 1 raises; safe from any number of threads.
    """

    def search(self, query: str, k: int) -> Sequence[Hit]: ...


@runtime_checkable
class Reranker(Protocol):
    """How well each passage answers a query: one finite number a passage, in their order, higher is better.

    Laws: a passage's score hangs on the query and that passage alone; equal calls give equal scores; no passages give
    no scores; safe from any number of threads.
    """

    def score(self, query: str, passages: Sequence[Hit]) -> Sequence[float]: ...


class Metric(Protocol):
    """How good a prediction is: 0 (worst) to 1 (best), or a bool.

    Laws: looks at nothing but its arguments; equal arguments give equal scores; `trace` is given only while
    demonstrations are being selected, where a metric may be stricter.
    """

    def __call__(self, example: Example, prediction: Prediction, trace: Any = None) -> float | bool: ...


class Executor(Protocol):
    """Runs a function over items.

    Laws: results come in the items' order; after an exception no further item is taken and `map` raises it (a
    function that wants the others to go on catches its own); the caller's context (settings, trace) is seen by every
    call; an interrupt holds up nobody.
    """

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]: ...


class Cache(Protocol):
    """Content-addressed bytes. It knows nothing of language models.

    Laws: `get` gives what the last `put` of that key gave, or None; a bad entry is a missing one; safe from any
    number of threads and processes; a crash loses at most the put under way.
    """

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, value: bytes) -> None: ...


class Optimizer(Protocol):
    """Makes a better program from a program and examples.

    Laws: returns a new program and never changes the one it was given; equal seeds and inputs give equal
    programs; an interrupt leaves what was finished.
    """

    def compile(
        self, program: Any, /, *, trainset: Sequence[Example], valset: Sequence[Example] | None = None
    ) -> Any: ...
