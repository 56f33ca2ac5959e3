"""A bounded number of threads, each taking the next item when it is free."""

from __future__ import annotations

import contextvars
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from dsp.errors import InputError

T = TypeVar("T")
R = TypeVar("R")

_POLL_SECONDS = 0.1  # how soon the waiting thread notices Ctrl-C


class Threads:
    """Runs calls in `workers` threads; every call sees the caller's settings and open traces.

    Items are taken only as threads become free, so a long iterable is never held whole. After an exception no further
    item is taken. On an interrupt `map` raises at once: calls under way end in the background, holding up nobody.
    """

    def __init__(self, workers: int | None = None) -> None:
        if workers is not None and workers < 1:
            raise InputError(f"workers must be at least 1, but got {workers}; ask for one thread or more")
        self.workers = workers if workers is not None else min(8, (os.cpu_count() or 1) * 2)

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        work = _Work(function, enumerate(items))
        threads = [
            threading.Thread(target=contextvars.copy_context().run, args=(work.run,), daemon=True)
            for _ in range(self.workers)
        ]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                while thread.is_alive():
                    thread.join(_POLL_SECONDS)
        except BaseException:
            work.stop()
            raise
        return work.results()


class _Work(Generic[T, R]):
    """What the threads of one `map` share."""

    def __init__(self, function: Callable[[T], R], items: Iterator[tuple[int, T]]) -> None:
        self._function = function
        self._items = items
        self._lock = threading.Lock()
        self._results: dict[int, R] = {}
        self._errors: dict[int, BaseException] = {}
        self._stopped = False

    def stop(self) -> None:
        self._stopped = True

    def run(self) -> None:
        while (taken := self._next()) is not None:
            index, item = taken
            try:
                self._results[index] = self._function(item)
            except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that called map
                self._errors[index] = error
                self.stop()

    def results(self) -> list[R]:
        if self._errors:
            raise self._errors[min(self._errors)]
        return [self._results[index] for index in sorted(self._results)]

    def _next(self) -> tuple[int, T] | None:
        with self._lock:
            if self._stopped:
                return None
            try:
                return next(self._items, None)
            except BaseException as error:  # noqa: BLE001 - the items' own error, raised again by map
                self._errors[-1] = error
                self._stopped = True
                return None
