"""`BootstrapFewShotWithRandomSearch`: many sets of bootstrapped demonstrations, the best one by score.

DSPy's optimizer of that name (arXiv 2310.03714, section 4), with two differences: instruction variants may join the
search, and weak candidates are dropped early (successive halving, Jamieson & Talwalkar 2016).
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence

from dsp.demonstrate.sample import sample
from dsp.errors import InputError
from dsp.evaluate.evaluator import Evaluate
from dsp.evaluate.results import Evaluation, ExampleResult
from dsp.execution.sequential import Sequential
from dsp.execution.threads import Threads
from dsp.modules.module import Module, Predictor
from dsp.optimize.bootstrap import demonstrations, labelled
from dsp.optimize.bootstrap_few_shot import BootstrapFewShot
from dsp.optimize.instructions import variants
from dsp.optimize.objective import objective
from dsp.optimize.progress import Progress
from dsp.optimize.result import Candidate, CompileResult
from dsp.protocols import Executor, Metric
from dsp.types.example import Example


class BootstrapFewShotWithRandomSearch:
    """Tries `num_candidate_programs` programs on `valset` and returns the best.

    The candidates: the program as it is, labelled demonstrations alone, and random draws of bootstrapped
    demonstrations (up to `max_bootstrapped_demos` a predictor) and, with `tune_instructions`, of an instruction
    variant for each predictor. Ties go to the candidate that changes less. Equal seeds and inputs try equal programs.
    """

    def __init__(
        self,
        metric: Metric | None = None,
        *,
        max_bootstrapped_demos: int = 8,
        max_labeled_demos: int = 0,
        max_rounds: int = 2,
        num_candidate_programs: int = 16,
        tune_instructions: bool = True,
        score: Callable[[Evaluation], float] = objective,
        seed: int = 0,
        executor: Executor | None = None,
        progress: Progress | None = None,
    ) -> None:
        if num_candidate_programs < 1:
            raise InputError(f"num_candidate_programs must be at least 1, but got {num_candidate_programs}")
        self.executor = executor if executor is not None else Threads()
        self.bootstrapper = BootstrapFewShot(
            metric,
            max_bootstrapped_demos=max_bootstrapped_demos,
            max_labeled_demos=max_labeled_demos,
            max_rounds=max_rounds,
            seed=seed,
            executor=self.executor,
            progress=progress,
        )
        self.max_bootstrapped_demos, self.max_labeled_demos = max_bootstrapped_demos, max_labeled_demos
        self.num_candidate_programs = num_candidate_programs
        self.tune_instructions = tune_instructions
        self.score, self.seed, self.progress = score, seed, progress

    def compile(
        self, program: Module, *, trainset: Sequence[Example], valset: Sequence[Example] | None = None
    ) -> Module:
        return self.run(program, trainset=trainset, valset=valset).program

    def run(
        self, program: Module, *, trainset: Sequence[Example], valset: Sequence[Example] | None = None
    ) -> CompileResult:
        """Compile and tell how. Without a valset the training examples select, which flatters the result more."""
        pool = self.bootstrapper.pool(program, trainset)
        candidates = self.candidates(program, trainset, pool)
        scored = self._scored(candidates, list(valset or trainset))
        best = sorted(scored, key=lambda candidate: -candidate.score)
        return CompileResult(best[0].program, best, demonstrations=len(pool))

    def candidates(self, program: Module, trainset: Sequence[Example], pool: Sequence[Example]) -> list[Candidate]:
        """The programs to try, simplest first."""
        made = [Candidate("as it is", program.deepcopy())]
        if self.max_labeled_demos:
            shown = program.deepcopy()
            for predictor in shown.predictors():
                predictor.demos = sample(labelled(trainset, predictor), self.max_labeled_demos, seed=self.seed)
            made.append(Candidate(f"{self.max_labeled_demos} labelled demonstrations", shown))
        while len(made) < self.num_candidate_programs:
            made.append(self._drawn(program, pool, len(made)))
        return made[: self.num_candidate_programs]

    def _drawn(self, program: Module, pool: Sequence[Example], number: int) -> Candidate:
        drawn = program.deepcopy()
        choice = random.Random(f"{self.seed}/{number}")
        notes = []
        for name, predictor in drawn.named_predictors():
            available = demonstrations(pool, name)
            most = min(self.max_bootstrapped_demos, len(available))
            count = choice.randint(min(1, most), most)
            predictor.demos = choice.sample(available, count)
            notes.append(f"{name}: {count} demonstrations{self._instructed(predictor, choice)}")
        return Candidate("; ".join(notes), drawn)

    def _instructed(self, predictor: Predictor, choice: random.Random) -> str:
        if not self.tune_instructions:
            return ""
        texts = variants(predictor.signature)
        index = choice.randrange(len(texts))
        predictor.signature = predictor.signature.with_instructions(texts[index])
        return f", instruction {index}" if index else ""

    def _scored(self, candidates: Sequence[Candidate], valset: Sequence[Example]) -> list[Candidate]:
        total, finished, lock = len(candidates) * len(valset), 0, threading.Lock()

        def done(_: ExampleResult) -> None:
            nonlocal finished
            with lock:
                finished += 1
                if self.progress is not None:
                    self.progress("try candidates", finished, total)

        evaluate = Evaluate(valset, executor=Sequential(), progress=done)

        def scored(candidate: Candidate) -> Candidate:
            evaluation = evaluate(candidate.program)
            return Candidate(candidate.label, candidate.program, evaluation, self.score(evaluation))

        return self.executor.map(scored, candidates)
