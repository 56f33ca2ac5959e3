"""The LM of tests: it answers from a script, and remembers what it was asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from dsp.errors import LMRequestError
from dsp.lms.base import LocalLM
from dsp.lms.recorded import Call, History, Transcript
from dsp.types.messages import LMCompletion, LMRequest, LMResponse
from dsp.types.usage import Usage

Line = str | LMCompletion | Exception
Script = Iterable[Line | Sequence[str]] | Callable[[LMRequest], Line | Sequence[str]]


class Scripted(LocalLM):
    """Answers from a list, one line for each completion, or from a function of the request.

    A line is a text, an `LMCompletion`, an exception to raise, or a list of texts, which answers a whole request
    and must hold n of them. A function's single text answers all n. `requests` holds what was asked, in order, and
    `history` the calls that were answered, as that of any LM does. Tokens are counted in words. Thread-safe; strict:
    when the script has run out, LMRequestError says so.
    """

    def __init__(self, script: Script, *, name: str = "scripted/test") -> None:
        self._name = name
        self._function = script if callable(script) else None
        self._lines: Iterator[Line | Sequence[str]] = iter(()) if callable(script) else iter(script)
        self._lock = threading.Lock()
        self.requests: list[LMRequest] = []
        self.history = History()

    @property
    def name(self) -> str:
        return self._name

    def complete(self, request: LMRequest) -> LMResponse:
        when, begun = time.time(), time.perf_counter()
        response = self._answered(request)
        self.history.add(Call(self._name, request, response, "", when, time.perf_counter() - begun))
        return response

    def inspect_history(self, n: int = 1) -> Transcript:
        """The last n calls that were answered, for reading."""
        return self.history.last(n)

    def _answered(self, request: LMRequest) -> LMResponse:
        with self._lock:
            self.requests.append(request)
            line = self._next(request) if self._function is None else None
        if self._function is not None:
            line = self._function(request)
            line = [line] * request.n if isinstance(line, str) else line
        completions = self._completions(line, request)
        words = sum(len(str(message["content"]).split()) for message in request.messages)
        said = sum(len(completion.text.split()) for completion in completions)
        return LMResponse(completions, Usage(1, 0, words, said, 0.0), self._name)

    def _next(self, request: LMRequest) -> object:
        """The line for this request: the next one, or the next n where each is a single text."""
        first = self._line()
        if isinstance(first, str | LMCompletion) and request.n > 1:
            return [first, *(self._line() for _ in range(request.n - 1))]
        return first

    def _line(self) -> Line | Sequence[str]:
        for line in self._lines:
            return line
        raise LMRequestError(
            f"the script of {self._name} has run out: this is request {len(self.requests)}; "
            "write more lines, or see what asks more often than expected",
            model=self._name,
        )

    def _completions(self, line: object, request: LMRequest) -> tuple[LMCompletion, ...]:
        if isinstance(line, Exception):
            raise line
        lines = [line] if isinstance(line, str | LMCompletion) else list(line) if isinstance(line, Sequence) else []
        completions = tuple(LMCompletion(each) if isinstance(each, str) else each for each in lines)
        if len(completions) != request.n or not all(isinstance(each, LMCompletion) for each in completions):
            raise LMRequestError(
                f"the script of {self._name} must answer {request.n} completions, but its line is {line!r}; "
                "write one text for each, or a list of n",
                model=self._name,
            )
        return completions
