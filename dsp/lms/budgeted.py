"""`budgeted(lm, budget)`: stops asking when what may be spent is spent.

Put it inside the cache, `cached(budgeted(limited(retrying(openai))), cache)`: what is already known stays free.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from dsp.errors import InputError, LMBudgetError
from dsp.lms.faces import Face, Wrapper
from dsp.protocols import LM
from dsp.types.messages import LMRequest, LMResponse
from dsp.types.usage import Usage


class Budget:
    """What may be spent: calls, tokens (prompt and completion), dollars, seconds since the first call.

    One budget may stand behind any number of LMs. `spent` is what has been. Thread-safe. Raises InputError for a
    negative limit.
    """

    def __init__(
        self,
        *,
        calls: int | None = None,
        tokens: int | None = None,
        usd: float | None = None,
        seconds: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        limits = {"calls": calls, "tokens": tokens, "usd": usd, "seconds": seconds}
        for name, limit in limits.items():
            if limit is not None and limit < 0:
                raise InputError(f"a budget must be 0 or more, but {name} is {limit}; leave it out for no limit")
        self.calls, self.tokens, self.usd, self.seconds = calls, tokens, usd, seconds
        self.spent = Usage()
        self._under_way = 0
        self._begun: float | None = None
        self._clock = clock
        self._lock = threading.Lock()

    def exhausted(self) -> str:
        """What is spent, in words; empty where something of everything is left."""
        with self._lock:
            return self._exhausted(self._clock())

    def begin(self) -> str:
        """Set one call aside. Gives what is spent, in words, where none may be made."""
        with self._lock:
            now = self._clock()
            if self._begun is None:
                self._begun = now
            reason = self._exhausted(now)
            if not reason:
                self._under_way += 1
            return reason

    def end(self, usage: Usage | None) -> None:
        """The call that was set aside is over: it cost so much, or nothing where it failed."""
        with self._lock:
            self._under_way -= 1
            if usage is not None:
                self.spent = self.spent + usage

    def _exhausted(self, now: float) -> str:
        spent = self.spent
        tokens = spent.prompt_tokens + spent.completion_tokens
        if self.calls is not None and spent.calls + self._under_way >= self.calls:
            return f"{spent.calls + self._under_way} of {self.calls} calls"
        if self.tokens is not None and tokens >= self.tokens:
            return f"{tokens} of {self.tokens} tokens"
        if self.usd is not None and spent.usd is not None and spent.usd >= self.usd:
            return f"${spent.usd:.4f} of ${self.usd:.4f}"
        if self.usd is not None and spent.usd is None:
            return f"an unknown number of dollars of ${self.usd:.4f}, for a price is unknown: give the LM a price,"
        if self.seconds is not None and self._begun is not None and now - self._begun >= self.seconds:
            return f"{now - self._begun:.1f} of {self.seconds:g} seconds"
        return ""


def budgeted(lm: LM, budget: Budget) -> Budgeted:
    """The LM, asked for as long as the budget lasts."""
    return Budgeted(lm, budget)


class Budgeted(Wrapper):
    """An LM that raises LMBudgetError, and asks nothing, once its budget is spent.

    Calls are counted before they are made, so their limit is exact; tokens and dollars when the answer is there,
    so calls already under way may pass theirs. A price that is unknown ends a budget of dollars after one call:
    unknown is not free. Failed calls count as none. An answer that was asked for in time is always handed over.
    """

    def __init__(self, inner: LM, budget: Budget) -> None:
        super().__init__(inner)
        self.budget = budget

    async def answer(self, request: LMRequest, face: Face) -> LMResponse:
        spent = self.budget.begin()
        if spent:
            raise LMBudgetError(
                f"a budget must have something left, but {spent} are spent; "
                "keep what was finished, or give a larger budget",
                model=self.name,
            )
        usage: Usage | None = None
        try:
            response = await face.ask(self.inner, request)
            usage = response.usage
            return response
        finally:
            self.budget.end(usage)
