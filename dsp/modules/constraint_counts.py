"""How often a program's constraints were checked, how often they failed, and how often asking again mended them."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True, slots=True)
class Constraint:
    """One `Assert` or `Suggest` of a program: by its name, or else by where it stands in the code."""

    kind: Literal["assert", "suggest"]
    name: str


@dataclass(frozen=True, slots=True)
class ConstraintCount:
    """What became of one constraint.

    A check that is repeated because the program is run again counts once: `checked` checks, of which `failed` did not
    hold at first (or later), of which `recovered` held when they were last checked. `backtracks` is how many times
    the constraint had a predictor asked again. `message` is the feedback of its first failure.
    """

    checked: int = 0
    failed: int = 0
    recovered: int = 0
    backtracks: int = 0
    message: str = ""

    def __add__(self, other: ConstraintCount) -> ConstraintCount:
        return ConstraintCount(
            self.checked + other.checked,
            self.failed + other.failed,
            self.recovered + other.recovered,
            self.backtracks + other.backtracks,
            self.message or other.message,
        )


class ConstraintCounts(Mapping[Constraint, ConstraintCount]):
    """Counts per constraint, in the order of their first checks. Adding is safe from any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[Constraint, ConstraintCount] = {}

    def add(self, counts: Mapping[Constraint, ConstraintCount]) -> None:
        with self._lock:
            for constraint, count in counts.items():
                self._counts[constraint] = self._counts.get(constraint, ConstraintCount()) + count

    def __getitem__(self, constraint: Constraint) -> ConstraintCount:
        return self._counts[constraint]

    def __iter__(self) -> Iterator[Constraint]:
        return iter(tuple(self._counts))

    def __len__(self) -> int:
        return len(self._counts)

    def named(self, name: str) -> ConstraintCount:
        """The count of the constraints of that name; zeros where none was checked."""
        found = (count for constraint, count in self.items() if constraint.name == name)
        return sum(found, ConstraintCount())

    @property
    def total(self) -> ConstraintCount:
        """All constraints together; its message is empty."""
        return replace(sum(self.values(), ConstraintCount()), message="")

    def __str__(self) -> str:
        return "\n".join(
            f"{constraint.kind} {constraint.name}: checked {count.checked}, failed {count.failed}, "
            f"recovered {count.recovered}, backtracks {count.backtracks}"
            for constraint, count in self.items()
        )


_open_counts: ContextVar[tuple[ConstraintCounts, ...]] = ContextVar("dsp_constraint_counts", default=())


@contextmanager
def count_constraints() -> Iterator[ConstraintCounts]:
    """Count the constraints of every run that ends inside the block, in this thread or task and in those that copy
    its context, as executors do. Blocks nest.

        with dsp.count_constraints() as counts:
            evaluate(program)
        print(counts)
    """
    counts = ConstraintCounts()
    token = _open_counts.set((*_open_counts.get(), counts))
    try:
        yield counts
    finally:
        _open_counts.reset(token)


@dataclass(slots=True)
class _Check:
    holds: bool
    failed: bool
    message: str


class RunCounts:
    """The checks of one run. The n-th check of a constraint is the same check each time the module runs again."""

    def __init__(self) -> None:
        self._checks: dict[tuple[Constraint, int], _Check] = {}
        self._reached: dict[Constraint, int] = {}
        self._backtracks: dict[Constraint, int] = {}

    def begin(self) -> None:
        """The module starts anew."""
        self._reached = {}

    def take(self, constraint: Constraint, holds: bool, message: str) -> None:
        self._take(constraint, _Check(holds, not holds, "" if holds else message))

    def backtracked(self, constraint: Constraint) -> None:
        self._backtracks[constraint] = self._backtracks.get(constraint, 0) + 1

    def take_over(self, inner: RunCounts) -> None:
        """The checks of a run inside this one."""
        for (constraint, _), check in inner._checks.items():
            self._take(constraint, check)
        for constraint, times in inner._backtracks.items():
            self._backtracks[constraint] = self._backtracks.get(constraint, 0) + times

    def publish(self) -> None:
        """Add what was counted to every open count."""
        receivers = _open_counts.get()
        if receivers and self._checks:
            counts = self._summed()
            for receiver in receivers:
                receiver.add(counts)

    def _take(self, constraint: Constraint, check: _Check) -> None:
        number = self._reached[constraint] = self._reached.get(constraint, 0) + 1
        before = self._checks.get((constraint, number))
        if before is not None:
            check = _Check(check.holds, check.failed or before.failed, before.message or check.message)
        self._checks[constraint, number] = check

    def _summed(self) -> dict[Constraint, ConstraintCount]:
        counts: dict[Constraint, ConstraintCount] = {}
        for (constraint, _), check in self._checks.items():
            one = ConstraintCount(1, int(check.failed), int(check.failed and check.holds), 0, check.message)
            counts[constraint] = counts.get(constraint, ConstraintCount()) + one
        for constraint, times in self._backtracks.items():
            counts[constraint] = replace(counts[constraint], backtracks=times)
        return counts
