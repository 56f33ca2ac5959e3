"""`KNNFewShot`: each question is shown the training examples nearest to it (Liu et al. 2022; DSPy's name)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dsp.demonstrate.knn import Vectorizer
from dsp.errors import InputError
from dsp.execution.threads import Threads
from dsp.modules.module import Module
from dsp.modules.nearest_demos import NearestDemos
from dsp.optimize.bootstrap import bootstrap, demonstrations, labelled
from dsp.optimize.optimizer import Optimizer
from dsp.optimize.progress import Progress
from dsp.optimize.result import CompileResult
from dsp.protocols import Executor, Metric
from dsp.types.example import Example


class KNNFewShot(Optimizer):
    """Makes a program that shows every question the `k` nearest demonstrations, chosen when it is asked.

    With `bootstrapped` (the default) the program first works out every training example once, and what passes becomes
    the pool that each question chooses from; predictors that nothing passed for, and all of them without it, choose
    among the labelled examples. (DSPy bootstraps the neighbours anew at every call.) `metric` and its threshold judge
    as in `BootstrapFewShot`. No example demonstrates itself while it is being worked out.
    """

    def __init__(
        self,
        k: int = 3,
        trainset: Sequence[Example] = (),
        vectorizer: Vectorizer = "hashing",
        *,
        metric: Metric | None = None,
        metric_threshold: float | None = None,
        num_threads: int | None = None,
        bootstrapped: bool = True,
        seed: int = 0,
        executor: Executor | None = None,
        progress: Progress | None = None,
    ) -> None:
        if k < 1:
            raise InputError(f"k must be at least 1, but got {k}; ask for one demonstration or more")
        self.k, self.trainset, self.vectorizer = k, list(trainset), vectorizer
        self.metric, self.metric_threshold = metric, 1.0 if metric_threshold is None else metric_threshold
        self.bootstrapped, self.seed = bootstrapped, seed
        self.executor = executor if executor is not None else Threads(num_threads)
        self.progress = progress

    def compile(
        self,
        student: Module,
        *,
        trainset: Sequence[Example] = (),
        valset: Sequence[Example] | None = None,
        **more: Any,
    ) -> Module:
        return super().compile(student, trainset=trainset, valset=valset, **more)

    def run(
        self, program: Module, *, trainset: Sequence[Example] = (), valset: Sequence[Example] | None = None
    ) -> CompileResult:
        """The examples are those given here, else those given to the optimizer. Raises InputError for none."""
        examples = list(trainset) or self.trainset
        if not examples:
            raise InputError("nearest examples need examples to choose from, but got none; give a trainset")
        pool = self._worked_out(program, examples) if self.bootstrapped else []
        compiled = program.deepcopy()
        for name, predictor in compiled.named_parameters():
            predictor.demos = demonstrations(pool, name) or labelled(examples, predictor)
        shown = sum(min(self.k, len(predictor.demos)) for predictor in compiled.parameters())
        return CompileResult(NearestDemos(compiled, self.k, self.vectorizer), demonstrations=shown)

    def _worked_out(self, program: Module, examples: Sequence[Example]) -> list[Example]:
        finished = 0

        def one() -> None:
            nonlocal finished
            finished += 1
            if self.progress is not None:
                self.progress("bootstrap", finished, len(examples))

        return bootstrap(
            program,
            examples,
            metric=self.metric,
            threshold=self.metric_threshold,
            executor=self.executor,
            done=one,
        )
