"""`BestOfN`: several samples of a module, and the one that a reward function likes best."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from dsp.errors import InputError
from dsp.modules.attempts import Attempt, attempt, configured, settle
from dsp.modules.module import Module
from dsp.types.prediction import Prediction

RewardFn = Callable[[dict[str, Any], Prediction], Any]
"""`reward_fn(inputs, prediction)`: a number; or a mapping with `score` and `feedback`, or the pair of them."""


@dataclass(frozen=True, slots=True)
class Judged:
    """An attempt, its reward (minus infinity where it failed), and what the reward function said was wrong."""

    attempt: Attempt
    reward: float
    feedback: str = ""


class BestOfN(Module):
    """Runs the module up to `N` times and gives the prediction of the highest reward.

        >>> from dsp.lms.scripted import Scripted
        >>> from dsp.modules.predict import Predict
        >>> qa = Predict("question -> answer", lm=Scripted(["It was in Lviv, I believe.", "Lviv", "Krakow"]))
        >>> one_word = lambda inputs, prediction: float(len(prediction.answer.split()) == 1)
        >>> BestOfN(qa, N=3, reward_fn=one_word, threshold=1.0)(question="Where was Lem born?").answer
        'Lviv'

    It stops at the first reward that reaches the threshold; equal rewards go to the earlier run. Each run is a sample
    at that temperature and a rollout of its own. Up to `fail_count` runs may fail (by default all but one), and of one
    more the error is raised; no key, no LM or a spent budget is raised at once. A call's `config=` goes over the
    settings of every predictor. The names are DSPy's.
    """

    awaits_modules_only = True

    def __init__(
        self,
        module: Module,
        N: int,  # noqa: N803 - DSPy's name
        reward_fn: RewardFn,
        threshold: float,
        fail_count: int | None = None,
        *,
        temperature: float = 1.0,
    ) -> None:
        if N < 1:
            raise InputError(f"N must be at least 1, but got {N}; ask for one run or more")
        if fail_count is not None and fail_count < 0:
            raise InputError(f"fail_count must be 0 or more, but got {fail_count}; 0 lets the first error through")
        self.module = module
        self.N, self.reward_fn, self.threshold = N, reward_fn, threshold
        self.fail_count = N - 1 if fail_count is None else min(fail_count, N - 1)
        self.temperature = temperature

    async def aforward(self, /, *, config: Mapping[str, Any] | None = None, **inputs: Any) -> Prediction:
        attempts: list[Attempt] = []
        best: Judged | None = None
        try:
            with configured(config):
                best = await self._best(inputs, (config or {}).get("temperature", self.temperature), attempts)
        finally:
            settle(attempts, best.attempt if best is not None else None, self.module)
        if best.attempt.prediction is None:
            raise InputError("a module must give a prediction, but gave None; return a Prediction")
        return best.attempt.prediction

    async def _best(self, inputs: dict[str, Any], temperature: float, attempts: list[Attempt]) -> Judged:
        """The best run; all of them are left in `attempts`. Raises the last error where too many failed."""
        tried: list[Judged] = []
        for number in range(self.N):
            module = await self.prepared(inputs, tried)
            attempts.append(await attempt(module, (), inputs, number, temperature))
            error = attempts[-1].error
            if error is not None and sum(each.error is not None for each in attempts) > self.fail_count:
                raise error
            tried.append(self._judged(inputs, attempts[-1]))
            if tried[-1].reward >= self.threshold:
                break
        return max(tried, key=lambda each: each.reward)

    async def prepared(self, inputs: Mapping[str, Any], tried: Sequence[Judged]) -> Module:
        """The module for the next run, after those before it."""
        return self.module

    def _judged(self, inputs: dict[str, Any], done: Attempt) -> Judged:
        if done.prediction is None:
            return Judged(done, float("-inf"), f"it failed: {done.error}" if done.error else "")
        return Judged(done, *read_reward(self.reward_fn(dict(inputs), done.prediction)))


def read_reward(given: Any) -> tuple[float, str]:
    """A reward function's answer as a number and what it says was wrong. Raises InputError for anything else."""
    score, feedback = given, ""
    if isinstance(given, Mapping):
        score, feedback = given.get("score"), given.get("feedback") or ""
    elif isinstance(given, tuple) and len(given) == 2:
        score, feedback = given
    if not isinstance(score, int | float) or not isfinite(score):
        raise InputError(
            f"a reward must be a finite number, or one with feedback (score, text), but got {given!r}; "
            "correct the reward function"
        )
    return float(score), str(feedback)
