"""One core, two faces: an LM that wraps another is written once and called both ways.

A wrapper's work is a coroutine that does its waiting through a `Face`. The asynchronous face really awaits. The
blocking one asks, sleeps and waits on the spot, so the coroutine never suspends and one step runs it to its end:
no event loop, no second thread, no twin copied by hand.
"""

from __future__ import annotations

import asyncio
import time
from abc import abstractmethod
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

from dsp.lms.base import NOTHING, BaseLM
from dsp.protocols import LM
from dsp.types.messages import LMRequest, LMResponse

T = TypeVar("T")


class Face(Protocol):
    """How a wrapper waits. All three end early when the caller is interrupted or cancelled."""

    @property
    def blocking(self) -> bool: ...

    async def ask(self, lm: LM, request: LMRequest) -> LMResponse:
        """What `lm` answers."""
        ...

    async def sleep(self, seconds: float) -> None: ...

    async def wait(self, future: Future[T], timeout: float | None = None) -> T:
        """The future's result; the future itself is never cancelled. Raises TimeoutError after `timeout` seconds."""
        ...


class _Blocking:
    blocking = True

    async def ask(self, lm: LM, request: LMRequest) -> LMResponse:
        return lm.complete(request)

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    async def wait(self, future: Future[T], timeout: float | None = None) -> T:
        return future.result(timeout)


class _Awaiting:
    blocking = False

    async def ask(self, lm: LM, request: LMRequest) -> LMResponse:
        return await lm.acomplete(request)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def wait(self, future: Future[T], timeout: float | None = None) -> T:
        if future.done():
            return future.result()
        waiting = asyncio.shield(asyncio.wrap_future(future))
        return await (waiting if timeout is None else asyncio.wait_for(waiting, timeout))


BLOCKING: Face = _Blocking()
AWAITING: Face = _Awaiting()


def run_through(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that does all its waiting through the blocking face."""
    try:
        work.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    work.close()
    raise RuntimeError("work behind the blocking face must wait through it, but it awaited something else")


class Wrapper(BaseLM):
    """An LM that adds one capability to another: `cached(limited(retrying(openai)))`.

    It goes by the inner LM's name and fingerprint, for it changes no answer. Subclasses write `answer` once.
    """

    def __init__(self, inner: LM) -> None:
        self.inner = inner

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def fingerprint(self) -> str:
        return self.inner.fingerprint

    @property
    def defaults(self) -> Mapping[str, Any]:
        return getattr(self.inner, "defaults", NOTHING)

    @abstractmethod
    async def answer(self, request: LMRequest, face: Face) -> LMResponse:
        """The work, waiting through `face` alone."""

    def complete(self, request: LMRequest) -> LMResponse:
        return run_through(self.answer(request, BLOCKING))

    async def acomplete(self, request: LMRequest) -> LMResponse:
        return await self.answer(request, AWAITING)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.inner!r})"
