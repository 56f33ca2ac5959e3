"""`Evaluate`: a program over a set of examples, in parallel, every result kept, every mean with its interval."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from dsp.errors import EvaluationError, InputError, LMAuthenticationError, LMRequestError
from dsp.evaluate.metrics import METRICS, applies
from dsp.evaluate.results import Evaluation, ExampleResult
from dsp.execution.threads import Threads
from dsp.protocols import Executor, Metric
from dsp.trace import record
from dsp.types.example import Example
from dsp.types.prediction import Prediction

Program = Callable[..., Prediction]
Progress = Callable[[ExampleResult], None]

DEFAULT_METRICS = ("em", "f1", "support_recall", "mean_recall")
_HOPELESS = (InputError, LMAuthenticationError, LMRequestError)  # every other example would fail the same way


class Evaluate:
    """Scores programs on `devset` by `metrics` (names, or functions by name).

    A program that raises on an example scores 0 there, and the failure is kept with its message; the others go on.
    After `max_failures` failures without a success, or an error that every example would meet (no key, a wrong
    request, nothing configured), the evaluation ends with an EvaluationError that carries the failures.

    `progress` is called with each result as it is done, from the thread that did it, one call at a time.
    """

    def __init__(
        self,
        devset: Sequence[Example],
        metrics: Sequence[str] | Mapping[str, Metric] = DEFAULT_METRICS,
        *,
        executor: Executor | None = None,
        progress: Progress | None = None,
        max_failures: int = 10,
    ) -> None:
        if not devset:
            raise InputError("an evaluation needs at least one example, but got none; give a devset")
        self.devset = list(devset)
        self.metrics = metrics_of(metrics)
        self.executor = executor if executor is not None else Threads()
        self.progress = progress
        self.max_failures = max_failures

    def __call__(self, program: Program, *, progress: Progress | None = None) -> Evaluation:
        started = time.perf_counter()
        run = _Run(program, self.metrics, progress or self.progress, self.max_failures)
        results = self.executor.map(run.one, list(enumerate(self.devset)))
        if all(result.error for result in results):
            raise run.hopeless()
        return Evaluation(results, list(self.metrics), time.perf_counter() - started)


def metrics_of(metrics: Sequence[str] | Mapping[str, Metric]) -> dict[str, Metric]:
    """Metrics by name. Raises UnknownNameError, with the closest names, for one that nobody registered."""
    if isinstance(metrics, Mapping):
        return dict(metrics)
    return {name: METRICS.get(name) for name in metrics}


class _Run:
    """One evaluation under way."""

    def __init__(
        self, program: Program, metrics: Mapping[str, Metric], progress: Progress | None, max_failures: int
    ) -> None:
        self._program = program
        self._metrics = metrics
        self._progress = progress
        self._max_failures = max_failures
        self._failures: list[tuple[str, str]] = []
        self._succeeded = False

    def one(self, numbered: tuple[int, Example]) -> ExampleResult:
        index, example = numbered
        if not self._succeeded and len(self._failures) >= self._max_failures:
            raise self.hopeless()
        started = time.perf_counter()
        with record() as trace:
            try:
                prediction = self._program(**example.inputs())
                scores = self._scores(example, prediction)
                error = ""
                self._succeeded = True
            except _HOPELESS:
                raise
            except Exception as fault:  # noqa: BLE001 - a user's program may raise anything; the others go on
                prediction, scores, error = None, self._scores(example, None), f"{type(fault).__name__}: {fault}"
                self._failures.append((str(example.get("question", index)), error))
        seconds = time.perf_counter() - started
        result = ExampleResult(index, example, prediction, scores, error, trace.usage, seconds)
        if self._progress is not None:
            self._progress(result)
        return result

    def hopeless(self) -> EvaluationError:
        question, error = self._failures[0]
        return EvaluationError(
            f'all of the first {len(self._failures)} examples failed; the first was "{question}": {error}',
            failures=self._failures,
        )

    def _scores(self, example: Example, prediction: Prediction | None) -> dict[str, float]:
        scores = {}
        for name, metric in self._metrics.items():
            if applies(metric, example):
                scores[name] = float(metric(example, prediction)) if prediction is not None else 0.0
        return scores
