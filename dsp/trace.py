"""The trace: what a run did, one step after the other, as it happened.

A step is appended when it is done and never changed. Everything that is shown of a run (its hops, its passages,
its cost), and everything that a compiler learns from one (its demonstrations), is read from here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal, overload

from dsp.types.example import Example
from dsp.types.usage import Usage
from indexes.passage import Hit, Passage

FORMAT_VERSION = 1

StepKind = Literal["search", "predict", "tool"]


@dataclass(frozen=True, slots=True)
class Step:
    """One finished piece of work.

    `kind` is "search" (a query answered by a retriever), "predict" (a predictor's fields filled by an LM) or "tool" (a
    function that an LM called).
    `logprob` is the first completion's log-probability (natural log) where the LM tells it.
    `source` is the object that did it, for those who learn from a trace; it is never written to a file.
    `seconds` is wall time. `repairs` is how often the LM was asked again because nothing could be read.
    `dropped` says what the prompt left out to fit the LM's window ("demos", "passages"); the inputs are those shown.
    """

    kind: StepKind
    name: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    logprob: float | None = None
    source: object = field(default=None, compare=False, repr=False)
    repairs: int = 0
    dropped: Mapping[str, Any] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Any]:
        """As DSPy's users unpack a step: who did it, its inputs, its outputs."""
        return iter((self.source, dict(self.inputs), Example(self.outputs)))

    def to_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "name": self.name,
            "inputs": to_json(self.inputs),
            "outputs": to_json(self.outputs),
            "usage": self.usage.to_dict(),
            "seconds": round(self.seconds, 6),
            **({} if self.logprob is None else {"logprob": self.logprob}),
            **({"repairs": self.repairs} if self.repairs else {}),
            **({"dropped": to_json(self.dropped)} if self.dropped else {}),
        }


class Trace:
    """Append-only steps. Appending is safe from any number of threads."""

    def __init__(self) -> None:
        self._steps: list[Step] = []

    def append(self, step: Step) -> None:
        self._steps.append(step)

    def __iter__(self) -> Iterator[Step]:
        return iter(tuple(self._steps))

    def __len__(self) -> int:
        return len(self._steps)

    @overload
    def __getitem__(self, place: int) -> Step: ...
    @overload
    def __getitem__(self, place: slice) -> list[Step]: ...
    def __getitem__(self, place: int | slice) -> Step | list[Step]:
        return self._steps[place]

    @property
    def usage(self) -> Usage:
        return Usage.total(step.usage for step in self)

    def to_dict(self) -> dict[str, Any]:
        return {"format": "dsp.trace", "version": FORMAT_VERSION, "steps": [step.to_dict() for step in self]}


class Meter:
    """Adds up what steps cost and keeps nothing else: for long work, where a trace would grow without end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._usage = Usage()

    def append(self, step: Step) -> None:
        with self._lock:
            self._usage = self._usage + step.usage

    @property
    def usage(self) -> Usage:
        return self._usage


_open_traces: ContextVar[tuple[Trace | Meter, ...]] = ContextVar("dsp_open_traces", default=())


@contextmanager
def record() -> Iterator[Trace]:
    """Collect the steps done inside the block, in this thread or task and in those that copy its context.

    Blocks nest: an outer trace also receives what an inner one does, so that cost is never lost.
    """
    trace = Trace()
    with _opened(trace):
        yield trace


@contextmanager
def held() -> Iterator[Trace]:
    """Collect the steps done inside the block and keep them from the outer traces: for work of which it shows only
    later whether it counts. Whoever opens it appends them afterwards, so that no cost is lost; where the block raises
    they are appended at once.
    """
    trace = Trace()
    token = _open_traces.set((trace,))
    try:
        yield trace
    except BaseException:
        _open_traces.reset(token)
        for step in trace:
            append(step)
        raise
    _open_traces.reset(token)


@contextmanager
def meter() -> Iterator[Meter]:
    """Add up the usage of all that is done inside the block; it nests as `record` does."""
    total = Meter()
    with _opened(total):
        yield total


@contextmanager
def _opened(receiver: Trace | Meter) -> Iterator[None]:
    token = _open_traces.set((*_open_traces.get(), receiver))
    try:
        yield
    finally:
        _open_traces.reset(token)


def append(step: Step) -> None:
    """Add a step to every trace that is open here."""
    for trace in _open_traces.get():
        trace.append(step)


def to_json(value: Any) -> Any:
    """A value of a trace, a demo or a prediction as JSON: passages keep their id, score and source."""
    match value:
        case Hit():
            return {
                **to_json(value.passage),
                "score": value.score,
                "rank": value.rank,
                "source": value.source,
            }
        case Passage():
            plain: dict[str, Any] = {"id": value.id, "title": value.title, "text": value.text}
            return {**plain, "metadata": dict(value.metadata)} if value.metadata else plain
        case None | bool() | int() | float() | str():
            return value
        case Mapping():
            return {str(key): to_json(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [to_json(item) for item in value]
        case _:
            return str(value)


def from_json(value: Any) -> Any:
    """The inverse of `to_json` for passages and hits; other objects stay as JSON gave them."""
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if not isinstance(value, dict):
        return value
    if {"id", "title", "text"} <= value.keys() <= {"id", "title", "text", "metadata", "score", "rank", "source"}:
        passage = Passage(str(value["id"]), str(value["title"]), str(value["text"]), dict(value.get("metadata") or {}))
        if "score" not in value:
            return passage
        return Hit(passage, float(value["score"]), int(value.get("rank", 0)), str(value.get("source", "")))
    return {key: from_json(item) for key, item in value.items()}
