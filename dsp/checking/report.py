"""The report of a check: every problem at once, errors and warnings told apart."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, overload

from dsp.errors import CheckError

Severity = Literal["error", "warning"]

_log = logging.getLogger("dsp.check")
_said: set[str] = set()
_saying = threading.Lock()
_MOST_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. An error is sure to end or to spoil the run, a warning is not.

    `where` says of what it is told: a place in the program, "data", "metric em", "lm", "index", …
    """

    severity: Severity
    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.where}: {self.text}"


def error(where: str, text: str) -> Problem:
    return Problem("error", where, text)


def warning(where: str, text: str) -> Problem:
    return Problem("warning", where, text)


def problem(certain: bool, where: str, text: str) -> Problem:
    """An error where it is certain, else a warning."""
    return error(where, text) if certain else warning(where, text)


class Report(Sequence[Problem]):
    """All that a check found, errors first. It is empty where nothing is wrong, and prints as a list."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self._problems = sorted(dict.fromkeys(problems), key=lambda each: each.severity != "error")

    @property
    def errors(self) -> list[Problem]:
        return [each for each in self._problems if each.severity == "error"]

    @property
    def warnings(self) -> list[Problem]:
        return [each for each in self._problems if each.severity == "warning"]

    def raise_errors(self) -> None:
        """Raises CheckError, with the whole report, where there is an error."""
        if self.errors:
            alone = f"{self[0].where}: {self[0].text} (nothing was asked yet)"
            raise CheckError(alone if len(self) == 1 else f"nothing was asked yet, for {self}", report=self)

    def announce(self) -> None:
        """Log each warning (logger `dsp.check`), once in this process."""
        for each in self.warnings:
            text = str(each)
            with _saying:
                if text in _said:
                    continue
                if len(_said) >= _MOST_REMEMBERED:
                    _said.clear()
                _said.add(text)
            _log.warning("%s", text)

    def __str__(self) -> str:
        if not self._problems:
            return "nothing is wrong"
        counts = [(len(self.errors), "error"), (len(self.warnings), "warning")]
        heading = " and ".join(f"{count} {word}{'s' if count > 1 else ''}" for count, word in counts if count)
        return "\n  ".join([f"a check found {heading}:", *map(str, self._problems)])

    __repr__ = __str__

    @overload
    def __getitem__(self, index: int) -> Problem: ...
    @overload
    def __getitem__(self, index: slice) -> list[Problem]: ...
    def __getitem__(self, index: int | slice) -> Problem | list[Problem]:
        return self._problems[index]

    def __len__(self) -> int:
        return len(self._problems)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._problems)
