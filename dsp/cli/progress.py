"""Progress on standard error: a bar with rate and time left on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

_SECONDS_BETWEEN_LINES = 10.0


class Report(Protocol):
    """Told how far a stage is, of how much where that is known, and a note on it."""

    def __call__(self, stage: str, done: int, total: int | None, note: str = "") -> None: ...


@contextmanager
def progress() -> Iterator[Report]:
    """A function `(stage, done, total)` that shows how far each stage is; total None is not known.

    It may be called from any thread, as often as one likes.
    """
    shown = _terminal() if sys.stderr.isatty() else _lines()
    with shown as report:
        yield report


@contextmanager
def _terminal() -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description:<16}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TextColumn("{task.fields[note]}"),
        TimeRemainingColumn(),
    )
    tasks: dict[str, TaskID] = {}
    rates = _Rates()
    lock = threading.Lock()
    with Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=5) as bars:

        def report(stage: str, done: int, total: int | None, note: str = "") -> None:
            with lock:
                if stage not in tasks:
                    tasks[stage] = bars.add_task(stage, total=total, rate="", note="")
                bars.update(tasks[stage], completed=done, total=total, rate=rates.text(stage, done), note=note)

        yield report


@contextmanager
def _lines() -> Iterator[Report]:
    rates = _Rates()
    last: dict[str, float] = {}
    lock = threading.Lock()

    def report(stage: str, done: int, total: int | None, note: str = "") -> None:
        with lock:
            now = time.monotonic()
            rates.text(stage, done)
            if now - last.setdefault(stage, now) < _SECONDS_BETWEEN_LINES:
                return
            last[stage] = now
            whole = f" of {total:,}" if total else ""
            left = f", {rates.left(stage, done, total):.0f} s left" if total else ""
            also = f", {note}" if note else ""
            print(f"{stage}: {done:,}{whole}, {rates.text(stage, done)}{left}{also}", file=sys.stderr, flush=True)

    yield report


class _Rates:
    """How fast each stage goes, from when it was first heard of."""

    def __init__(self) -> None:
        self._started: dict[str, tuple[float, int]] = {}

    def per_second(self, stage: str, done: int) -> float:
        began, from_ = self._started.setdefault(stage, (time.monotonic(), done))
        elapsed = time.monotonic() - began
        return (done - from_) / elapsed if elapsed > 0 else 0.0

    def text(self, stage: str, done: int) -> str:
        return f"{self.per_second(stage, done):,.1f}/s"

    def left(self, stage: str, done: int, total: int) -> float:
        rate = self.per_second(stage, done)
        return (total - done) / rate if rate > 0 else float("inf")
