"""One run of the served program: bounded in number and in time, called off when nobody waits for it."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from dsp.modules.module import Module

P = ParamSpec("P")
T = TypeVar("T")


class DaemonThreads(ThreadPoolExecutor):
    """A thread for each call, one that does not hold up the process's end. (A pool's threads do.)

    How many there are is bounded by who calls.
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()  # from here on nobody can cancel it, only stop waiting

        def run() -> None:
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 - raised again where the future is waited for
                future.set_exception(error)

        threading.Thread(target=run, name="dsp-serve", daemon=True).start()
        return future


class Slots:
    """At most `count` runs at a time; up to `waiting` others wait their turn, first come, first served."""

    def __init__(self, count: int, waiting: int) -> None:
        self.count = count
        self.running = 0
        self.waiting = 0
        self._most_waiting = waiting
        self.threads = DaemonThreads(1)
        self._gate = asyncio.Semaphore(count)

    @property
    def full(self) -> bool:
        return self._gate.locked() and self.waiting >= self._most_waiting

    async def take(self) -> None:
        self.waiting += 1
        try:
            await self._gate.acquire()
        finally:
            self.waiting -= 1
        self.running += 1

    def give_back(self) -> None:
        self.running -= 1
        self._gate.release()


class Run:
    """One run of the program in a slot: `await run.result(seconds)`.

    In a thread it cannot be stopped: its slot is then taken until it ends by itself, though nobody waits any more.
    """

    def __init__(self, program: Module, slots: Slots, *, in_thread: bool) -> None:
        self._program, self._slots, self._in_thread = program, slots, in_thread

    async def result(self, inputs: Mapping[str, Any], seconds: float) -> Any:
        """What the program gives. Raises TimeoutError after so many seconds of running; waiting for a slot is free."""
        await self._slots.take()
        if not self._in_thread:
            try:
                async with asyncio.timeout(seconds):
                    return await self._program.acall(**inputs)
            finally:
                self._slots.give_back()
        context, loop = contextvars.copy_context(), asyncio.get_running_loop()
        working = self._slots.threads.submit(context.run, lambda: self._program(**inputs))
        working.add_done_callback(
            lambda _: None if loop.is_closed() else loop.call_soon_threadsafe(self._slots.give_back)
        )
        async with asyncio.timeout(seconds):
            return await asyncio.wrap_future(working)
