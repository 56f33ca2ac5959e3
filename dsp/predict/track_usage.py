"""`track_usage`: what the predictors of a block cost, by model (DSPy's name)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from dsp.types.usage import Usage


class UsageTracker:
    """The usage of all that was asked while it was open, by the LM's name. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_lm: dict[str, Usage] = {}

    def add(self, lm: str, usage: Usage) -> None:
        with self._lock:
            self._by_lm[lm] = self._by_lm.get(lm, Usage()) + usage

    @property
    def usage(self) -> Usage:
        """All of it together."""
        return Usage.total(self._by_lm.values())

    def get_total_tokens(self) -> dict[str, dict[str, int | float | None]]:
        """By the LM's name: `prompt_tokens`, `completion_tokens`, `total_tokens`, and the rest of `Usage`."""
        with self._lock:
            return {
                lm: {**usage.to_dict(), "total_tokens": usage.prompt_tokens + usage.completion_tokens}
                for lm, usage in self._by_lm.items()
            }


_open: ContextVar[tuple[UsageTracker, ...]] = ContextVar("dsp_usage_trackers", default=())


@contextmanager
def track_usage() -> Iterator[UsageTracker]:
    """Add up what predictors ask inside the block, in this thread or task and in those that copy its context.

        with dsp.track_usage() as tracker:
            program(question="…")
        print(tracker.get_total_tokens())

    Blocks nest. `dsp.record()` keeps the steps themselves, each with its usage.
    """
    tracker = UsageTracker()
    token = _open.set((*_open.get(), tracker))
    try:
        yield tracker
    finally:
        _open.reset(token)


def tell(lm: str, usage: Usage) -> None:
    """Add to every tracker that is open here."""
    for tracker in _open.get():
        tracker.add(lm, usage)
