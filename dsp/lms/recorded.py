"""`recorded(lm, history)`: the last calls, what each cost and how long it took, in bounded memory.

Outermost it sees what a program sees, hits of a cache among them: `recorded(cached(limited(retrying(openai))))`.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

from dsp.errors import InputError, LMError
from dsp.lms.defaults import with_defaults
from dsp.lms.faces import Face, Wrapper
from dsp.lms.signals import listening_to_retries
from dsp.protocols import LM
from dsp.types.messages import LMRequest, LMResponse
from dsp.types.usage import Usage


@dataclass(frozen=True, slots=True)
class Call:
    """One call that ended: in a response, or in `error`, the message of what was raised.

    `when` is in seconds since 1970, `seconds` is wall time, waits and retries included. `retries` tells of each
    attempt that was made again.
    """

    model: str
    request: LMRequest
    response: LMResponse | None
    error: str
    when: float
    seconds: float
    retries: tuple[str, ...] = ()

    @property
    def usage(self) -> Usage:
        return self.response.usage if self.response is not None else Usage()

    def __getitem__(self, key: str) -> Any:
        """As DSPy's users read a history: `lm.history[-1]["cost"]`. Raises KeyError for a key that it has not.

        The keys are model, messages, outputs, usage, cost (dollars, None where unknown) and timestamp.
        """
        read: dict[str, Any] = {
            "model": self.model,
            "messages": [dict(message) for message in self.request.messages],
            "outputs": list(self.response or ()),
            "usage": self.usage.to_dict(),
            "cost": self.usage.usd,
            "timestamp": self.when,
        }
        if key not in read:
            raise KeyError(f'a call has {", ".join(read)}, but not "{key}"')
        return read[key]

    def __str__(self) -> str:
        """The messages, the completions, and one line of what it cost."""
        lines = [f"[{message['role']}]\n{message['content']}" for message in self.request.messages]
        for completion in self.response.completions if self.response is not None else ():
            lines.append(f"[completion: {completion.finish_reason}]\n{completion.text}")
        if self.error:
            lines.append(f"[error]\n{self.error}")
        usage = self.usage
        cost = "unknown" if usage.usd is None else f"${usage.usd:.6f}"
        known = f" ({usage.cached_tokens} of them cached)" if usage.cached_tokens else ""
        counts = f"{usage.prompt_tokens}{known} + {usage.completion_tokens} tokens, {cost}"
        source = "from the cache" if usage.cached_calls else f"{usage.calls} calls, {len(self.retries)} retries"
        return "\n\n".join([*lines, f"({self.model}: {source}, {counts}, {self.seconds:.3f} s)"])


class History(Sequence[Call]):
    """The last `size` calls, oldest first, and the usage of all there ever were. Thread-safe.

    Raises InputError for a size below 1.
    """

    def __init__(self, size: int = 256) -> None:
        if size < 1:
            raise InputError(f"a history holds at least 1 call, but its size is {size}")
        self._calls: deque[Call] = deque(maxlen=size)
        self._usage = Usage()
        self._lock = threading.Lock()

    def add(self, call: Call) -> None:
        with self._lock:
            self._calls.append(call)
            self._usage = self._usage + call.usage

    @property
    def usage(self) -> Usage:
        """What all calls cost, those that are forgotten too."""
        return self._usage

    def last(self, n: int = 1) -> Transcript:
        """The last n calls, for reading: `print(history.last(3))`. Raises InputError for n < 1."""
        if n < 1:
            raise InputError(f"n must be at least 1, but got {n}; ask for one call or more")
        return Transcript(self[-n:])

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()
            self._usage = Usage()

    def __len__(self) -> int:
        return len(self._calls)

    @overload
    def __getitem__(self, index: int) -> Call: ...
    @overload
    def __getitem__(self, index: slice) -> list[Call]: ...
    def __getitem__(self, index: int | slice) -> Call | list[Call]:
        with self._lock:
            calls = list(self._calls)
        return calls[index]

    def __iter__(self) -> Iterator[Call]:
        return iter(self[:])


class Transcript(tuple[Call, ...]):
    """Calls as a person reads them: it shows itself, in a notebook as in `print`."""

    def __str__(self) -> str:
        return "\n\n".join(f"--- {i} of {len(self)}\n\n{call}" for i, call in enumerate(self, 1)) or "no calls yet"

    __repr__ = __str__


def recorded(lm: LM, history: History) -> Recorded:
    """The LM, its calls kept in `history`."""
    return Recorded(lm, history)


class Recorded(Wrapper):
    """An LM that remembers its calls. Several may share one history."""

    def __init__(self, inner: LM, history: History) -> None:
        super().__init__(inner)
        self.history = history

    def copy(self, **settings: Any) -> Recorded:
        """The same LM with further defaults: `lm.copy(temperature=1.0)`. Its calls go to the same history."""
        return Recorded(with_defaults(self.inner, **settings), self.history)

    def inspect_history(self, n: int = 1) -> Transcript:
        """The last n calls of its history, for reading."""
        return self.history.last(n)

    async def answer(self, request: LMRequest, face: Face) -> LMResponse:
        when, begun = time.time(), time.perf_counter()
        retries: list[str] = []
        response: LMResponse | None = None
        error = "called off"
        try:
            with listening_to_retries(retries.append):
                response = await face.ask(self.inner, request)
            error = ""
            return response
        except LMError as failure:
            error = str(failure)
            raise
        finally:
            seconds = time.perf_counter() - begun
            self.history.add(Call(self.name, request, response, error, when, seconds, tuple(retries)))
