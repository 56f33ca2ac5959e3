"""`Ensemble`: several programs, one answer."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dsp.errors import InputError
from dsp.execution.sequential import Sequential
from dsp.modules.attempts import configured
from dsp.modules.module import Module
from dsp.modules.parallel import Parallel
from dsp.predict.majority import majority
from dsp.protocols import Executor
from dsp.types.prediction import Completions, Prediction

Reduce = Callable[[list[Any]], Prediction]


class Ensemble(Module):
    """Calls several programs with the same inputs and reduces their predictions to one, by default by `majority`.

        >>> from dsp.lms.scripted import Scripted
        >>> from dsp.modules.predict import Predict
        >>> programs = [Predict("question -> answer", lm=Scripted([said])) for said in ("Lviv", "Paris", "lviv")]
        >>> Ensemble(programs)(question="Where was Lem born?").answer
        'Lviv'

    `reduce` takes the list of predictions; None gives the first, with all of them as its completions. With `size` that
    many programs are drawn for each call; equal calls draw the same ones, whatever DSPy's `deterministic` says. A
    program that fails has no vote, and where all fail the last error is raised; no key, no LM or a spent budget is
    raised at once. Called synchronously the programs run one after the other, or over the `executor`; awaited,
    together. A call's `config=` goes over the settings of every predictor. `Ensemble(reduce_fn=…).compile(programs)` is
    DSPy's way of saying the same.
    """

    awaits_modules_only = True

    def __init__(
        self,
        programs: Sequence[Module] = (),
        reduce: Reduce | None = majority,
        *,
        reduce_fn: Reduce | None = None,
        size: int | None = None,
        deterministic: bool = True,
        executor: Executor | None = None,
    ) -> None:
        if size is not None and size < 1:
            raise InputError(f"size must be at least 1, but got {size}; ask for one program or more")
        self.programs = list(programs)
        self.reduce = reduce_fn if reduce_fn is not None else reduce
        self.size = size
        self.executor = executor

    def compile(self, programs: Sequence[Module]) -> Ensemble:
        """An ensemble of these programs, which reduces as this one does."""
        return Ensemble(programs, self.reduce, size=self.size, executor=self.executor)

    async def aforward(self, /, *args: Any, config: Mapping[str, Any] | None = None, **inputs: Any) -> Prediction:
        if not self.programs:
            raise InputError("an ensemble needs at least one program, but has none; give Ensemble([program, …])")
        drawn = self._drawn(args, inputs)
        with configured(config):
            together = Parallel(max_errors=len(drawn) - 1, executor=self.executor or Sequential())
            results = await together.acall([(_Applied(program, args, inputs), ()) for program in drawn])
        predictions = [result for result in results if result is not None]
        return self.reduce(predictions) if self.reduce is not None else _all_of(predictions)

    def _drawn(self, args: tuple[Any, ...], inputs: Mapping[str, Any]) -> list[Module]:
        if self.size is None or self.size >= len(self.programs):
            return self.programs
        return random.Random(repr((args, sorted(inputs.items())))).sample(self.programs, self.size)


class _Applied(Module):
    """A program with the inputs it is to be called with, of either kind."""

    awaits_modules_only = True
    _is_told = False

    def __init__(self, program: Module, args: tuple[Any, ...], inputs: Mapping[str, Any]) -> None:
        self.program, self.args, self.inputs = program, args, inputs

    async def aforward(self) -> Prediction:
        return await self.program.acall(*self.args, **self.inputs)


def _all_of(predictions: Sequence[Prediction]) -> Prediction:
    return Prediction(predictions[0], completions=Completions(predictions))
