"""`BootstrapFewShot`: demonstrations that the program itself worked out on training questions."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from dsp.demonstrate.sample import sample
from dsp.errors import InputError
from dsp.execution.threads import Threads
from dsp.modules.module import Module
from dsp.optimize.bootstrap import bootstrap, demonstrations, labelled
from dsp.optimize.optimizer import Optimizer
from dsp.optimize.progress import Progress
from dsp.optimize.result import CompileResult
from dsp.protocols import Executor, Metric
from dsp.types.example import Example


class BootstrapFewShot(Optimizer):
    """Gives every predictor up to `max_bootstrapped_demos` demonstrations from runs that passed, and labelled examples
    up to `max_labeled_demos` in all.

    The names are DSPy's; how a run passes is told at `dsp.optimize.bootstrap.bootstrap`. `teacher_settings` hold while
    the demonstrations are worked out (`{"lm": …}`), `max_errors` says how many runs may fail (any number by default),
    and work is done in `num_threads` threads or over the `executor`. `progress` is called with a stage's name, what is
    done of it and its total.
    """

    def __init__(
        self,
        metric: Metric | None = None,
        *,
        max_bootstrapped_demos: int = 4,
        max_labeled_demos: int = 0,
        max_rounds: int = 4,
        metric_threshold: float | None = None,
        teacher_settings: Mapping[str, Any] | None = None,
        max_errors: int | None = None,
        num_threads: int | None = None,
        seed: int = 0,
        executor: Executor | None = None,
        progress: Progress | None = None,
    ) -> None:
        if max_rounds < 1:
            raise InputError(f"max_rounds must be at least 1, but got {max_rounds}")
        if min(max_bootstrapped_demos, max_labeled_demos) < 0:
            raise InputError("the numbers of demonstrations must be 0 or more")
        self.metric, self.metric_threshold = metric, 1.0 if metric_threshold is None else metric_threshold
        self.teacher_settings, self.max_errors = dict(teacher_settings or {}), max_errors
        self.max_bootstrapped_demos, self.max_labeled_demos = max_bootstrapped_demos, max_labeled_demos
        self.max_rounds, self.seed = max_rounds, seed
        self.executor = executor if executor is not None else Threads(num_threads)
        self.progress = progress

    def run(
        self,
        program: Module,
        *,
        trainset: Sequence[Example],
        valset: Sequence[Example] | None = None,
        teacher: Module | None = None,
    ) -> CompileResult:
        """Compile and tell how. A `teacher`, a program with the same predictors, works the examples out instead."""
        pool = self.pool(program, trainset, teacher)
        compiled = program.deepcopy()
        for name, predictor in compiled.named_parameters():
            worked_out = sample(demonstrations(pool, name), self.max_bootstrapped_demos, seed=self.seed)
            room = max(0, self.max_labeled_demos - len(worked_out))
            predictor.demos = [*sample(labelled(trainset, predictor), room, seed=self.seed), *worked_out]
        return CompileResult(compiled, demonstrations=sum(len(part.demos) for part in compiled.parameters()))

    def pool(self, program: Module, trainset: Sequence[Example], teacher: Module | None = None) -> list[Example]:
        """All training examples of which some predictor made a demonstration."""
        if not trainset:
            raise InputError("compiling needs at least one training example, but got none; give a trainset")
        working = program if teacher is None else teacher
        ours, theirs = [[name for name, _ in each.named_predictors()] for each in (program, working)]
        if ours != theirs:
            raise InputError(
                f"a teacher must have the student's predictors ({', '.join(ours)}), but has {', '.join(theirs)}; "
                "give another version of the same program"
            )
        finished, lock = 0, threading.Lock()

        def done() -> None:
            nonlocal finished
            with lock:
                finished += 1
                if self.progress is not None:
                    self.progress("annotate", finished, len(trainset))

        return bootstrap(
            working,
            trainset,
            metric=self.metric,
            threshold=self.metric_threshold,
            rounds=self.max_rounds,
            executor=self.executor,
            done=done,
            settings=self.teacher_settings,
            max_errors=self.max_errors,
        )
