"""`BootstrapFewShotWithRandomSearch`: many sets of bootstrapped demonstrations, the best one by score.

DSPy's optimizer of that name (arXiv 2310.03714, section 4), with two differences: instruction variants may join the
search, and weak candidates are dropped early (successive halving, Jamieson & Talwalkar 2016).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dsp.demonstrate.sample import all_but, sample
from dsp.errors import EvaluationError, InputError
from dsp.evaluate.evaluator import DEFAULT_METRICS, evaluate_all, metrics_of
from dsp.evaluate.results import Evaluation, ExampleResult
from dsp.execution.threads import Threads
from dsp.modules.module import Module, Predictor
from dsp.optimize.bootstrap import demonstrations, labelled
from dsp.optimize.bootstrap_few_shot import BootstrapFewShot
from dsp.optimize.instructions import variants
from dsp.optimize.objective import objective
from dsp.optimize.optimizer import Optimizer
from dsp.optimize.progress import Progress
from dsp.optimize.result import Candidate, CompileResult
from dsp.protocols import Executor, Metric
from dsp.types.example import Example

_METRIC = "metric"  # what evaluations call the one that was given


class BootstrapFewShotWithRandomSearch(Optimizer):
    """Tries `num_candidate_programs` programs and returns the one that gains most over the program as it is.

    The candidates: labelled demonstrations alone (with `max_labeled_demos`), each instruction variant alone (with
    `tune_instructions`), and random draws of bootstrapped demonstrations (up to `max_bootstrapped_demos` a predictor)
    and of an instruction variant for each predictor.

    Candidates are scored by the `metric`, the same that judges runs; without one by the default metrics (`objective`),
    or by `score`, a function of the evaluation. `teacher_settings`, `max_errors` and `num_threads` are those of
    `BootstrapFewShot`.

    Every candidate is scored on `valset` and on those training examples that it does not itself show (`score_on_train`;
    the paper's crossval scores on the rest in the same way), and compared with the program as it is on the very same
    examples, none of which that one shows either. A candidate that nothing is left to judge, or that fails everywhere,
    is not chosen. Ties go to the candidate that changes less. Equal seeds and inputs try equal programs.
    """

    def __init__(
        self,
        metric: Metric | None = None,
        *,
        max_bootstrapped_demos: int = 8,
        max_labeled_demos: int = 0,
        max_rounds: int = 4,
        num_candidate_programs: int = 24,
        tune_instructions: bool = True,
        score_on_train: bool = True,
        score: Callable[[Evaluation], float] | None = None,
        metric_threshold: float | None = None,
        teacher_settings: Mapping[str, Any] | None = None,
        max_errors: int | None = None,
        num_threads: int | None = None,
        seed: int = 0,
        executor: Executor | None = None,
        progress: Progress | None = None,
    ) -> None:
        if num_candidate_programs < 1:
            raise InputError(f"num_candidate_programs must be at least 1, but got {num_candidate_programs}")
        self.executor = executor if executor is not None else Threads(num_threads)
        self.bootstrapper = BootstrapFewShot(
            metric,
            max_bootstrapped_demos=max_bootstrapped_demos,
            max_labeled_demos=max_labeled_demos,
            max_rounds=max_rounds,
            metric_threshold=metric_threshold,
            teacher_settings=teacher_settings,
            max_errors=max_errors,
            seed=seed,
            executor=self.executor,
            progress=progress,
        )
        self.max_bootstrapped_demos, self.max_labeled_demos = max_bootstrapped_demos, max_labeled_demos
        self.num_candidate_programs = num_candidate_programs
        self.tune_instructions, self.score_on_train = tune_instructions, score_on_train
        self.metrics = metrics_of(DEFAULT_METRICS if metric is None else {_METRIC: metric})
        self.score = score if score is not None else objective if metric is None else _mean
        self.seed, self.progress = seed, progress

    def run(
        self,
        program: Module,
        *,
        trainset: Sequence[Example],
        valset: Sequence[Example] | None = None,
        teacher: Module | None = None,
    ) -> CompileResult:
        """Compile and tell how. Without a valset the training examples alone select. A `teacher`, a program with the
        same predictors, works the demonstrations out in the program's place."""
        pool = self.bootstrapper.pool(program, trainset, teacher)
        candidates = self.candidates(program, trainset, pool)
        examples = [*(valset or ()), *(trainset if self.score_on_train or not valset else ())]
        # rounded, or the last digit of a sum would settle a tie
        scored, stopped = self._scored(candidates, examples)
        best = sorted(scored, key=lambda candidate: -round(candidate.score, 9))
        return CompileResult(best[0].program, best, demonstrations=len(pool), stopped=stopped)

    def candidates(self, program: Module, trainset: Sequence[Example], pool: Sequence[Example]) -> list[Candidate]:
        """The programs to try, simplest first."""
        made = [Candidate("as it is", program.deepcopy())]
        if self.max_labeled_demos:
            shown = program.deepcopy()
            for predictor in shown.parameters():
                predictor.demos = sample(labelled(trainset, predictor), self.max_labeled_demos, seed=self.seed)
            made.append(Candidate(f"{self.max_labeled_demos} labelled demonstrations", shown))
        if self.tune_instructions:
            made += _instructed_alone(program)
        while len(made) < self.num_candidate_programs:
            made.append(self._drawn(program, pool, len(made)))
        return made[: self.num_candidate_programs]

    def _drawn(self, program: Module, pool: Sequence[Example], number: int) -> Candidate:
        drawn = program.deepcopy()
        choice = random.Random(f"{self.seed}/{number}")
        notes = []
        for name, predictor in drawn.named_parameters():
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
        return f", {_hint(texts, index)}" if index else ""

    def _scored(self, candidates: Sequence[Candidate], examples: Sequence[Example]) -> tuple[list[Candidate], str]:
        """Each candidate with its score: the score of the program as it is, plus the gain over it.

        Those that a spent budget cut short don't compete; what was spent comes along.
        """
        judges = _not_shown(candidates[0].program, examples)
        place = {index: number for number, index in enumerate(judges)}
        kept = [[index for index in _not_shown(each.program, examples) if index in place] for each in candidates]
        total, finished = sum(map(len, kept)), 0

        def done(_: ExampleResult) -> None:
            nonlocal finished
            finished += 1
            if self.progress is not None:
                self.progress("try candidates", finished, total)

        jobs = [
            (candidate.program, [examples[index] for index in indices])
            for candidate, indices in zip(candidates, kept, strict=True)
        ]
        evaluations = evaluate_all(jobs, self.metrics, executor=self.executor, progress=done, end=False)
        as_it_is = evaluations[0]
        stopped = next((evaluation.stopped for evaluation in evaluations if evaluation.stopped), "")
        if not judges or (as_it_is.stopped and not len(as_it_is)):
            return [candidates[0]], stopped
        if _failed(as_it_is):
            raise EvaluationError(
                f"the program must work for some example to be compiled, but it failed on all {len(as_it_is)}; "
                f"the first: {as_it_is.failures[0].error}",
                failures=[(failure.id, failure.error) for failure in as_it_is.failures],
            )
        scored = [
            Candidate(
                candidate.label,
                candidate.program,
                evaluation,
                self.score(as_it_is)
                + (self.score(evaluation) - self.score(as_it_is.part([place[index] for index in indices]))),
            )
            for candidate, evaluation, indices in zip(candidates, evaluations, kept, strict=True)
            if evaluation is as_it_is or not (_failed(evaluation) or evaluation.stopped)
        ]
        return scored, stopped


def _mean(evaluation: Evaluation) -> float:
    """The mean of the metric that was given."""
    return evaluation.mean(_METRIC)


def _instructed_alone(program: Module) -> list[Candidate]:
    """The program with one predictor's instructions varied, for each predictor and variant."""
    made = []
    for name, predictor in program.named_parameters():
        texts = variants(predictor.signature)
        for index, text in enumerate(texts[1:], 1):
            varied = program.deepcopy()
            own = dict(varied.named_predictors())[name]
            own.signature = own.signature.with_instructions(text)
            made.append(Candidate(f"{name}: {_hint(texts, index)}", varied))
    return made


def _failed(evaluation: Evaluation) -> bool:
    """Whether nothing speaks for the program: it failed on every example, or there was none."""
    return len(evaluation.failures) == len(evaluation)


def _hint(texts: Sequence[str], index: int) -> str:
    """What a variant adds to the author's own instructions."""
    return f'instructed "{texts[index].removeprefix(texts[0]).strip()}"'


def _not_shown(program: Module, examples: Sequence[Example]) -> list[int]:
    """Which examples the program does not show as demonstrations: those that can judge it."""
    shown = [demo for predictor in program.predictors() for demo in predictor.demos]
    return [index for index, example in enumerate(examples) if len(all_but(shown, example)) == len(shown)]
