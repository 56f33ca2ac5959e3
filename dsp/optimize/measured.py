"""Compile and show honestly what it brought.

The dev set is split: one part selects among candidates, the other has no say. The chosen program's score on the
first part is *selected* (it was chosen for being high); its score on the held-out part is what to expect.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dsp.demonstrate.sample import questions_of
from dsp.errors import InputError
from dsp.evaluate.check import check
from dsp.evaluate.evaluator import DEFAULT_METRICS, Evaluate
from dsp.evaluate.results import Evaluation, ExampleResult, compare
from dsp.modules.module import Module
from dsp.optimize.optimizer import Optimizer
from dsp.optimize.progress import Progress
from dsp.optimize.result import CompileResult
from dsp.protocols import Executor
from dsp.types.example import Example


@dataclass(frozen=True, slots=True)
class Measured:
    """A compiled program with its scores before and after on the whole dev set, and on its two parts.

    `left_out` is how many training questions were not learnt from, because they stand in the dev set too.
    """

    result: CompileResult
    before: Evaluation
    after: Evaluation
    selecting: tuple[int, ...]
    held_out: tuple[int, ...]
    left_out: int = 0

    @property
    def program(self) -> Module:
        return self.result.program

    def to_dict(self) -> dict[str, Any]:
        """`before`, `after` and the paired `change` on the whole dev set; the same for each part."""
        everything = range(len(self.before))
        parts = {"selected": self.selecting, "held_out": self.held_out}
        return {
            **self._part(everything),
            **{name: self._part(indices) for name, indices in parts.items() if indices},
            "candidates": [candidate.to_dict() for candidate in self.result.candidates],
            "demonstrations": self.result.demonstrations,
            **({"left_out": self.left_out} if self.left_out else {}),
            **({"stopped": self.result.stopped} if self.result.stopped else {}),
        }

    def _part(self, indices: Sequence[int]) -> dict[str, Any]:
        before, after = self.before.part(indices), self.after.part(indices)
        change = {name: interval.to_dict() for name, interval in compare(before, after).items()}
        return {"before": before.to_dict(), "after": after.to_dict(), "change": change}


def split(count: int, held_out: float, seed: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Which of `count` examples select and which are held out: a random split, the same for the same seed.

    Raises InputError for a share outside [0, 1), or a dev set too small to split.
    """
    if not 0 <= held_out < 1:
        raise InputError(f"the held-out share must be from 0 up to (not including) 1, but got {held_out}")
    order = list(range(count))
    random.Random(seed).shuffle(order)
    aside = round(count * held_out)
    if aside >= count:
        raise InputError(f"a dev set of {count} leaves nothing to select on when {aside} are held out; give more")
    return tuple(sorted(order[aside:])), tuple(sorted(order[:aside]))


def compile_measured(
    program: Module,
    optimizer: Optimizer,
    *,
    trainset: Sequence[Example],
    devset: Sequence[Example],
    held_out: float = 0.5,
    seed: int = 0,
    before: Evaluation | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    done: Callable[[str, ExampleResult], None] | None = None,
) -> Measured:
    """Score the program on the dev set, compile it on one part of it, and score what came out on all.

    Before anything is asked, all is checked (`dsp.check`): CheckError, with all that is wrong, where it cannot work.
    Where a part is held out, training questions that stand in the dev set too are left out, lest a question that
    measures was learnt from; an error where none remains.
    `before` is that first score, where it is known already. `done` gets every result of the two evaluations with
    "before" or "after".
    """
    report = check(program, data=devset, train=trainset, metrics=DEFAULT_METRICS, held_out=held_out)
    if any(problem.where != "held-out" for problem in report.errors):  # a wrong share alone is told by `split`
        report.raise_errors()
    report.announce()
    selecting, aside = split(len(devset), held_out, seed)
    measuring = set().union(*map(questions_of, devset)) if aside else set()
    learnt = [example for example in trainset if not measuring & questions_of(example)]
    if not learnt:
        raise InputError(
            "training questions must be other questions than the dev set's, for those measure what was learnt, but all "
            f"{len(trainset)} stand in both; give others, or none of them twice"
        )

    def evaluated(stage: str, candidate: Module) -> Evaluation:
        finished = 0

        def one(result: ExampleResult) -> None:
            nonlocal finished
            finished += 1
            if done is not None:
                done(stage, result)
            if progress is not None:
                progress(f"score {stage}", finished, len(devset))

        return Evaluate(devset, executor=executor, progress=one)(candidate)

    scored = before if before is not None else evaluated("before", program)
    result = optimizer.run(program, trainset=learnt, valset=[devset[index] for index in selecting])
    after = evaluated("after", result.program)
    return Measured(result, scored, after, selecting, aside, len(trainset) - len(learnt))
