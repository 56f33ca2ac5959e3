"""`retrying(lm)`: asks again where asking again can help."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace

from dsp.errors import InputError, LMError
from dsp.lms.faces import Face, Wrapper
from dsp.lms.signals import tell_retry
from dsp.protocols import LM
from dsp.types.messages import LMRequest, LMResponse
from dsp.types.usage import Usage


def retrying(
    lm: LM, *, attempts: int = 6, seconds: float = 180.0, first_wait: float = 0.5, longest_wait: float = 30.0
) -> Retrying:
    """The LM, asked up to `attempts` times in all and for no longer than `seconds`, waits included."""
    return Retrying(lm, attempts=attempts, seconds=seconds, first_wait=first_wait, longest_wait=longest_wait)


class Retrying(Wrapper):
    """An LM that is asked again after errors whose class is `retryable`, and after no others.

    The wait before attempt i+1 is drawn from 0 to min(longest_wait, first_wait · 2^(i-1)): exponential backoff with
    full jitter (Brooker 2015, "Exponential backoff and jitter"), or what the server asked for where that is more.
    No wait begins that could not end within `seconds`. The error that surfaces is the last one; its message and its
    `attempts` tell of every attempt and wait. `draw(low, high)` is the source of chance.

    Raises InputError for fewer than one attempt and for negative times.
    """

    def __init__(
        self,
        inner: LM,
        *,
        attempts: int = 6,
        seconds: float = 180.0,
        first_wait: float = 0.5,
        longest_wait: float = 30.0,
        draw: Callable[[float, float], float] = random.uniform,
    ) -> None:
        super().__init__(inner)
        if attempts < 1:
            raise InputError(f"attempts must be at least 1, but got {attempts}; 1 means never to ask again")
        if min(seconds, first_wait, longest_wait) < 0:
            raise InputError(
                f"times must be 0 or more, but got seconds={seconds}, first_wait={first_wait}, "
                f"longest_wait={longest_wait}"
            )
        self.attempts = attempts
        self.seconds = seconds
        self.first_wait = first_wait
        self.longest_wait = longest_wait
        self._draw = draw

    async def answer(self, request: LMRequest, face: Face) -> LMResponse:
        begun = time.monotonic()
        story: list[str] = []
        while True:
            asked = time.monotonic()
            try:
                response = await face.ask(self.inner, request)
                if not story:
                    return response
                return replace(response, usage=response.usage + Usage(retries=len(story)))
            except LMError as error:
                now = time.monotonic()
                told = _told(error, now - asked)
                wait = self._wait(len(story) + 1, error, self.seconds - (now - begun))
                if wait is None:
                    _tell(error, [*story, told], now - begun)
                    raise
            story.append(f"{told}, waited {wait:.3g} s")
            tell_retry(story[-1])
            await face.sleep(wait)

    def _wait(self, made: int, error: LMError, left: float) -> float | None:
        """The seconds to wait after so many attempts were made; None where it is time to give up."""
        if not error.retryable or made >= self.attempts:
            return None
        ceiling = min(self.longest_wait, self.first_wait * 2.0 ** min(made - 1, 64))
        wait = max(self._draw(0.0, ceiling), error.retry_after or 0.0)
        return wait if wait < left else None


def _told(error: LMError, seconds: float) -> str:
    status = f" ({error.status})" if error.status else ""
    return f"{type(error).__name__}{status} after {seconds:.3g} s"


def _tell(error: LMError, story: list[str], seconds: float) -> None:
    """Give the error its whole story, unless it is the first attempt's own."""
    error.attempts = tuple(story)
    if len(story) > 1:
        error.args = (f"{error}; asked {len(story)} times in {seconds:.3g} s: {'; '.join(story)}",)
