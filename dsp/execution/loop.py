"""Event loops behind synchronous calls: one for LMs that are called, one for many tasks at a time.

Each is a daemon thread, begun when first needed, and lasts: a connection belongs to the loop that opened it, and to
open one anew for each piece of work would cost more than the work. It never holds up the process's exit, a forked child
gets one of its own, and an interrupt in the waiting thread cancels the work it was waiting for.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


class BackgroundLoop:
    """An event loop in a daemon thread. Safe from any number of threads; `run` from its own thread raises.

    `threads` is how many threads its work may have at a time, for what is not asynchronous.
    """

    def __init__(self, name: str = "dsp-loop", *, threads: int | None = None) -> None:
        self._name = name
        self._threads = threads
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._pid = os.getpid()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The coroutine's result, waited for here. The caller's context variables are seen by the work."""
        loop = self._running()
        if self.runs_here:
            work.close()
            raise RuntimeError("an LM was called synchronously inside the background loop; await acall there")
        future = asyncio.run_coroutine_threadsafe(work, loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    @property
    def runs_here(self) -> bool:
        """Whether the caller is in the loop's own thread, which must not wait for it."""
        return threading.current_thread() is self._thread

    def later(self, seconds: float, callback: Callable[[], None]) -> None:
        """Call `callback` on the loop's thread in so many seconds. It must be quick and never raise."""
        loop = self._running()
        loop.call_soon_threadsafe(loop.call_later, seconds, callback)

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._pid != os.getpid():
            # A forked child inherits the objects but not the thread, and perhaps a lock that nobody will release.
            self._lock, self._loop, self._pid = threading.Lock(), None, os.getpid()
        if self._loop is not None:
            return self._loop
        with self._lock:
            if self._loop is None:
                loop = asyncio.new_event_loop()
                if self._threads is not None:
                    loop.set_default_executor(ThreadPoolExecutor(self._threads, thread_name_prefix=self._name))
                self._thread = threading.Thread(target=loop.run_forever, name=self._name, daemon=True)
                self._thread.start()
                self._loop = loop
            return self._loop


BACKGROUND = BackgroundLoop("dsp-lms")
TASKS = BackgroundLoop("dsp-task", threads=4096)
"""Its threads are begun as they are needed: there are never more than calls in flight."""
