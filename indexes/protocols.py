"""Every seam of `indexes` on one page. Methods are visible; the docstrings state what is not: the laws."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

from indexes.passage import Hit, Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from indexes.filters import Filter

Progress = Callable[[int, int | None], None]
"""Told how many passages are done, and of how many where that is known."""


@runtime_checkable
class Corpus(Protocol):
    """Passages to index, one after another.

    Laws: each iteration starts anew and gives the same passages in the same order; never holds them all in
    memory; ids are unique; what cannot be read raises a `CorpusError` that names the place.
    """

    def __iter__(self) -> Iterator[Passage]: ...


@runtime_checkable
class Analyzer(Protocol):
    """A text in, its terms out, in the order of the text. The same analysis is used for passages and queries.

    Laws: equal texts give equal terms, in every process and on every machine; no term is empty; no text raises,
    not even one with lone surrogates or null bytes; safe from any number of threads.
    """

    @property
    def fingerprint(self) -> str:
        """Changes whenever the terms may: an index refuses to be searched with another analysis."""
        ...

    def __call__(self, text: str) -> list[str]: ...


@runtime_checkable
class Embedder(Protocol):
    """Texts in, vectors out: float32 [n, dimension], a row for each text, in order.

    Laws: equal texts give equal rows whatever their neighbours (to rounding); rows are finite; an empty list
    gives a [0, dimension] array; safe from any number of threads.
    """

    @property
    def fingerprint(self) -> str:
        """Model and settings that decide the vectors. Never a secret."""
        ...

    @property
    def dimension(self) -> int: ...

    def embed_passages(self, texts: Sequence[str]) -> Any: ...

    def embed_queries(self, texts: Sequence[str]) -> Any: ...


class Store(Protocol):
    """The passages themselves, by ordinal: 0 is the first one indexed.

    Laws: `store[i]` costs the same for every i and reads one passage; equals what was added, metadata and all;
    an ordinal outside 0 … len-1 raises IndexError; iteration gives them in order; opening reads no passage;
    safe from any number of threads until `close`.
    """

    def __len__(self) -> int: ...

    def __getitem__(self, ordinal: int) -> Passage: ...

    def __iter__(self) -> Iterator[Passage]: ...

    def close(self) -> None: ...


@runtime_checkable
class Index(Protocol):
    """A corpus that can be searched.

    Laws:
    - `search` gives at most k hits, best first, ranks 1, 2, 3, …; k above the number of passages gives what
      there is; k below 1, or not an integer, raises InputError.
    - Equal scores: the passage indexed earlier comes first. The best j of a search for k are the search for j.
    - Equal calls give equal hits, also after closing and opening the index again, and in any process.
    - A query is plain text: no character in it is an operator. A query without terms (empty, blank, only stop
      words) gives no hits; no query raises, however long or odd.
    - Safe from any number of threads until `close`; searching after `close` raises InputError.
    """

    def search(self, query: str, k: int) -> Sequence[Hit]: ...

    def __len__(self) -> int: ...

    def passages(self) -> Iterator[Passage]:
        """All passages, in the order in which they were indexed."""
        ...

    def info(self) -> dict[str, Any]:
        """What the index is, as JSON: engine, parameters, analyzer, passages, bytes, digest and the like."""
        ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


@runtime_checkable
class Retriever(Protocol):
    """Whatever finds passages: an index, several composed, somebody else's.

    Laws: those of `Index.search`.
    """

    def search(self, query: str, k: int) -> Sequence[Hit]: ...


@runtime_checkable
class FilteringRetriever(Protocol):
    """A retriever that filters by itself.

    Laws: no hit's passage is one that the filter does not let through; k of those that it does are found, where there
    are so many. `check_filter` raises InputError where a search with that filter would.
    """

    def search(self, query: str, k: int, *, where: Mapping[str, Any] | Filter | None = None) -> Sequence[Hit]: ...

    def check_filter(self, where: Mapping[str, Any] | Filter) -> None: ...


@runtime_checkable
class Reranker(Protocol):
    """How well each passage answers a query: one finite number a passage, in their order, higher is better.

    Laws: equal calls give equal scores; no passages give no scores; safe from any number of threads. One that cannot
    work as it is may say why before it is asked: `problems()` gives strings.
    """

    def score(self, query: str, passages: Sequence[Hit]) -> Sequence[float]: ...


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an engine is made with: how texts become terms or vectors, and the engine's own parameters."""

    analyzer: Analyzer
    embedder: Embedder | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


class EngineWriter(Protocol):
    """Takes passages one by one and leaves files in its folder.

    Laws: the n-th passage added has ordinal n, from 0; after `finish` all is on disk and no file is open;
    after `abort` no thread is running and no file is open, and what lies in the folder means nothing.
    """

    def add(self, passage: Passage) -> None: ...

    def finish(self) -> None: ...

    def abort(self) -> None: ...


class EngineReader(Protocol):
    """Searches what the engine's writer left.

    Laws: as `Index.search`, over pairs of ordinal and score; 1 <= k <= number of passages is already checked.
    """

    def search(self, query: str, k: int) -> Sequence[tuple[int, float]]: ...

    def close(self) -> None: ...


@runtime_checkable
class SelectiveReader(Protocol):
    """An `EngineReader` that can search among some passages only; one that cannot is asked for more until enough of
    what it gives is allowed.

    Laws: `allowed` is bool [number of passages], True where a passage may be found, and is not written to; never gives
    a passage that is not allowed, also where k exceeds those that are; 1 <= k <= number of allowed passages is already
    checked. Where scores don't depend on what else is found, they are those of `search`.
    """

    def search_within(self, query: str, k: int, allowed: NDArray[np.bool_]) -> Sequence[tuple[int, float]]: ...


@runtime_checkable
class TunableReader(Protocol):
    """An `EngineReader` whose parameters can be chosen for each search.

    Laws: `parameters` are those it searches with; `with_` gives a reader of the same files with some of them changed,
    and leaves this one as it is; raises InputError for one it doesn't know or cannot use. Closing this one closes both.
    """

    @property
    def parameters(self) -> Mapping[str, Any]: ...

    def with_(self, **parameters: Any) -> EngineReader: ...


@runtime_checkable
class TellingReader(Protocol):
    """An `EngineReader` that tells of what was settled only at building: what it chose, why, and what it measured.

    Laws: JSON values only; the same for as long as it is open. `Index.info` gives them as "facts".
    """

    def facts(self) -> dict[str, Any]: ...


class Engine(Protocol):
    """A way to index and search. An engine owns one folder; passages, manifest and publishing are not its work.

    Laws: `parameters` gives all the engine's parameters with the defaults filled in, JSON values only, and raises
    InputError for one it doesn't know or cannot use; the files are position-independent: the folder may be copied to
    another machine. `open` reads no more than it must, trusts no length it reads, and raises CorruptIndexError where
    the files don't fit the store; the store is there to read passages from, and is not the engine's to close.
    """

    name: str

    def parameters(self, given: Mapping[str, Any]) -> dict[str, Any]: ...

    def embeds(self, parameters: Mapping[str, Any]) -> bool:
        """Whether, with these parameters, it needs an embedder; else it is given none."""
        ...

    def create(self, folder: Path, recipe: Recipe) -> EngineWriter: ...

    def open(self, folder: Path, recipe: Recipe, store: Store) -> EngineReader: ...


@runtime_checkable
class ExtensibleEngine(Protocol):
    """An engine that can also take further passages without indexing the old ones anew.

    Laws: `folder` holds the files of the engine's last generation, as hard links or copies: a file that is there is
    never written into, only replaced by a new one or left. The first passage added gets the ordinal `len(store)`, the
    next one that plus one, and so on; `store` gives the passages of before, the deleted ones among them. After `finish`
    the folder is as if all the passages had been added to one writer: same hits, scores and order.
    An engine without `extend` is built anew from the store.
    """

    def extend(self, folder: Path, recipe: Recipe, store: Store) -> EngineWriter: ...


@runtime_checkable
class ForgettingEngine(ExtensibleEngine, Protocol):
    """An engine that searches as if deleted passages had never been indexed, without indexing the others anew.

    Laws: `forget` notes in `folder`, under the same rule for files as `extend`, what it must know of passages that are
    deleted now; each is given to it once. `open_without` is `open` for an index of which those were deleted whose
    ordinals are in `deleted`, uint32, sorted: hits, scores and order are those of an index without them, but for the
    ordinals, which stay as they were. Its reader takes a k up to the number of all passages.
    An engine without these is built anew from the passages that stay.
    """

    def forget(self, folder: Path, recipe: Recipe, passages: Sequence[Passage]) -> None: ...

    def open_without(self, folder: Path, recipe: Recipe, store: Store, deleted: NDArray[np.uint32]) -> EngineReader: ...


@runtime_checkable
class CompactingEngine(Protocol):
    """An engine that drops deleted passages without, for example, embedding those that stay again.

    Laws: `old` holds its files and stays as it is, `new` is an empty folder; `kept`, uint32, sorted, are the ordinals
    of those that stay. Afterwards `new` holds what a writer would have left that was given just these, in this order.
    An engine without it indexes those that stay anew.
    """

    def compact(self, old: Path, new: Path, recipe: Recipe, store: Store, kept: NDArray[np.uint32]) -> None: ...


@runtime_checkable
class ComposedEngine(Protocol):
    """An engine made of others. It can extend, forget and the like where all of them can.

    Laws: `parts` gives, for its parameters, the engines it is made of with the parameters of each.
    """

    def parts(self, parameters: Mapping[str, Any]) -> Sequence[tuple[Engine, Mapping[str, Any]]]: ...
