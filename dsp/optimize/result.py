"""What compiling gives: the program, and how it was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, overload

from dsp.evaluate.results import Evaluation
from dsp.modules.module import Module


@dataclass(frozen=True, slots=True)
class Candidate:
    """A program that was tried: what was done to it, and how it scored on the examples that select."""

    label: str
    program: Module
    evaluation: Evaluation | None = None
    score: float = 0.0

    def __getitem__(self, key: str | int) -> Any:
        """As DSPy's users read a candidate: `["program"]`, `["score"]`, or `[-1]` and `[0]` for the two."""
        named = {"program": self.program, "score": self.score, "label": self.label, 0: self.score, -1: self.program}
        if key not in named:
            raise KeyError(f"a candidate has program, score and label, but not {key!r}")
        return named[key]

    def to_dict(self) -> dict[str, Any]:
        scored = {} if self.evaluation is None else {"metrics": self.evaluation.to_dict()["metrics"]}
        return {"candidate": self.label, "score": self.score, **scored}


class CandidatePrograms(Sequence[Candidate]):
    """The programs that an optimizer tried, best first. It is no list: what it holds are no parts of the program."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._candidates = tuple(candidates)

    def __len__(self) -> int:
        return len(self._candidates)

    @overload
    def __getitem__(self, index: int) -> Candidate: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Candidate, ...]: ...
    def __getitem__(self, index: int | slice) -> Candidate | tuple[Candidate, ...]:
        return self._candidates[index]


@dataclass(frozen=True, slots=True)
class CompileResult:
    """The chosen program and every candidate, best first. The best's own score is *selected*: it was chosen for being
    high, so it flatters; score the program on examples that had no say to know how good it is. `stopped` says what
    ended the search early, where something did.
    """

    program: Module
    candidates: Sequence[Candidate] = field(default_factory=tuple)
    demonstrations: int = 0
    stopped: str = ""

    @property
    def selected(self) -> Candidate | None:
        return self.candidates[0] if self.candidates else None
