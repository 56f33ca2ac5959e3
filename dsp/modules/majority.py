"""`Majority`: ask a whole program several times and let the answers vote (self-consistency, Wang et al. 2022).

The module form of DSP's `branch` and `majority`: every branch is a sample of the whole pipeline, its searches included.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dsp.errors import InputError
from dsp.execution.sequential import Sequential
from dsp.modules.attempts import Attempt, attempt, configured, settle
from dsp.modules.module import Module
from dsp.modules.parallel import Parallel
from dsp.predict.majority import majority
from dsp.protocols import Executor
from dsp.types.prediction import Prediction


class Majority(Module):
    """The answer that most of `n` samples of a program give, each at that temperature and a rollout of its own.

        >>> from dsp.lms.scripted import Scripted
        >>> from dsp.modules.predict import Predict
        >>> qa = Predict("question -> answer", lm=Scripted(["Paris", "Lviv", "lviv"]))
        >>> Majority(qa, n=3)(question="Where was Lem born?").answer
        'Lviv'

    `field` is what is voted on, by default the last field that the program's answering predictor fills. The prediction
    is the winning branch's, whole; `completions` holds every branch's. A branch that fails has no vote; where all fail
    the first error is raised. Called synchronously the branches run one after the other, or over the `executor`;
    awaited, together. A call's `config=` goes over the settings of every predictor, its temperature over this one's.
    """

    awaits_modules_only = True

    def __init__(
        self,
        program: Module,
        n: int = 5,
        *,
        temperature: float = 0.7,
        field: str | None = None,
        executor: Executor | None = None,
    ) -> None:
        if n < 1:
            raise InputError(f"n must be at least 1, but got {n}; ask for one sample or more")
        if temperature < 0:
            raise InputError(f"temperature must be 0 or more, but got {temperature}")
        self.program = program
        self.n, self.temperature, self.field = n, temperature, field
        self.executor = executor

    async def aforward(self, /, *args: Any, config: Mapping[str, Any] | None = None, **inputs: Any) -> Prediction:
        temperature = (config or {}).get("temperature", self.temperature)
        branches = [_Branch(self.program, args, inputs, number, temperature) for number in range(self.n)]
        with configured(config):
            together = Parallel(self.n, executor=self.executor or Sequential())
            done = await together.acall([(branch, ()) for branch in branches])
        return self._voted([each["attempt"] for each in done])

    def _voted(self, attempts: list[Attempt]) -> Prediction:
        winner = None
        try:
            branches = [(each, each.prediction) for each in attempts if each.prediction is not None]
            if not branches:
                raise next(each.error for each in attempts if each.error is not None)
            voted = majority([prediction for _, prediction in branches], self.field)
            winner = next(each for each, prediction in branches if prediction == voted)
        finally:
            settle(attempts, winner, self.program)
        return voted


class _Branch(Module):
    """One sample of the program."""

    awaits_modules_only = True
    _is_told = False

    def __init__(
        self, program: Module, args: tuple[Any, ...], inputs: Mapping[str, Any], number: int, temperature: float
    ) -> None:
        self.program, self.args, self.inputs = program, args, inputs
        self.number, self.temperature = number, temperature

    async def aforward(self) -> Prediction:
        return Prediction(attempt=await attempt(self.program, self.args, self.inputs, self.number, self.temperature))
