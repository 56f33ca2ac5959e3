"""The background event loop: where the synchronous face of remote LMs does its asynchronous work.

One daemon thread per process, begun when first needed. It never holds up the process's exit, a forked child gets
one of its own, and an interrupt in the waiting thread cancels the work it was waiting for.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class BackgroundLoop:
    """An event loop in a daemon thread. Safe from any number of threads; `run` from its own thread raises."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._pid = os.getpid()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The coroutine's result, waited for here. The caller's context variables are seen by the work."""
        loop = self._running()
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("an LM was called synchronously inside the background loop; await acall there")
        future = asyncio.run_coroutine_threadsafe(work, loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

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
                self._thread = threading.Thread(target=loop.run_forever, name="dsp-lms", daemon=True)
                self._thread.start()
                self._loop = loop
            return self._loop


BACKGROUND = BackgroundLoop()
