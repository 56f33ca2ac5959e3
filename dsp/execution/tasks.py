"""Many calls in flight from one thread: coroutines in an event loop, a bounded number at a time."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from concurrent.futures import Future
from typing import Any, TypeVar, overload

from dsp.errors import InputError
from dsp.execution.loop import TASKS

T = TypeVar("T")
R = TypeVar("R")

DEFAULT_CONCURRENCY = 32


class Tasks:
    """Runs a coroutine function over items, `concurrency` at a time; every call sees the caller's settings.

    A plain function runs in threads, of which there are as many as there may be calls in flight. Items are taken only
    as there is room; after an exception no further item is taken, what is under way is cancelled, and it is raised.
    """

    def __init__(self, concurrency: int | None = None) -> None:
        if concurrency is not None and concurrency < 1:
            raise InputError(f"concurrency must be at least 1, but got {concurrency}; ask for one call or more")
        self.concurrency = concurrency if concurrency is not None else DEFAULT_CONCURRENCY

    @overload
    def map(self, function: Callable[[T], Coroutine[Any, Any, R]], items: Iterable[T]) -> list[R]: ...
    @overload
    def map(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]: ...
    def map(self, function: Callable[[T], Any], items: Iterable[T]) -> list[Any]:
        """Runs in the loop that all such work shares, whose connections last; from within that loop, in another."""
        if TASKS.runs_here:
            return _in_another_loop(self._all(_awaitable(function), items))
        try:
            return TASKS.run(self._all(_awaitable(function), items))
        except _LeftError as left:
            raise left.reason from None

    async def _all(self, function: Callable[[T], Awaitable[R]], items: Iterable[T]) -> list[R]:
        numbered = enumerate(items)
        results: dict[int, R] = {}
        workers = [asyncio.create_task(_work(function, numbered, results)) for _ in range(self.concurrency)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
        return [results[index] for index in sorted(results)]


class _LeftError(Exception):
    """Carries out of the loop what would end it."""

    def __init__(self, reason: BaseException) -> None:
        super().__init__(str(reason))
        self.reason = reason


def _awaitable(function: Callable[[T], Any]) -> Callable[[T], Awaitable[Any]]:
    if inspect.iscoroutinefunction(function):
        return function

    async def in_a_thread(item: T) -> Any:
        return await asyncio.to_thread(function, item)

    return in_a_thread


async def _work(
    function: Callable[[T], Awaitable[R]], numbered: Iterator[tuple[int, T]], results: dict[int, R]
) -> None:
    for index, item in numbered:
        try:
            results[index] = await function(item)
        except (KeyboardInterrupt, SystemExit) as reason:
            raise _LeftError(reason) from reason


def _in_another_loop(work: Coroutine[Any, Any, R]) -> R:
    done: Future[R] = Future()
    context = contextvars.copy_context()

    def run() -> None:
        try:
            done.set_result(context.run(asyncio.run, work))
        except _LeftError as left:
            done.set_exception(left.reason)
        except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that called map
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return done.result()
