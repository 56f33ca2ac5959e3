"""`Evaluate`: a program over a set of examples, in parallel, every result kept, every mean with its interval."""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dsp.callbacks import telling
from dsp.checking.checked import checked
from dsp.errors import EvaluationError, InputError, LMAuthenticationError, LMBudgetError, LMRequestError, SettingsError
from dsp.evaluate.display import show_table, telling_progress
from dsp.evaluate.metrics import METRICS, SelectiveMetric
from dsp.evaluate.results import Evaluation, ExampleResult
from dsp.execution.loop import BACKGROUND
from dsp.execution.tasks import Tasks
from dsp.execution.threads import Threads
from dsp.lms.faces import run_through
from dsp.modules.module import Module
from dsp.protocols import Executor, Metric
from dsp.trace import record
from dsp.types.example import Example
from dsp.types.prediction import Prediction

Program = Callable[..., Any]  # gives a Prediction, or is a coroutine function that does
Progress = Callable[[ExampleResult], None]

DEFAULT_METRICS = ("em", "f1", "support_recall", "mean_recall")
HOPELESS = (SettingsError, LMAuthenticationError)  # every other example would fail the same way
REFUSED = (InputError, LMRequestError)  # the others may, or it is this example's fault
MOST_REFUSED = 3


class Evaluate:
    """Scores programs on `devset` by `metrics` (names, or functions by name), or by one `metric` alone.

        >>> from dsp.lms.scripted import Scripted
        >>> from dsp.modules.predict import Predict
        >>> devset = [Example(question=str(n), answer="a").with_inputs("question") for n in range(4)]
        >>> same = lambda example, prediction, trace=None: example.answer == prediction.answer
        >>> program = Predict("question -> answer", lm=Scripted(["a", "b", "a", "a"]))
        >>> Evaluate(devset=devset, metric=same, num_threads=1)(program).score
        75.0

    A program that raises on an example scores 0 there, and the failure is kept with its message; the others go on.
    After `max_failures` failures without a success (`max_errors` is DSPy's word), or an error that every example would
    meet (no key, a wrong request, nothing configured), the evaluation ends with an EvaluationError that carries them.

    `progress` is called with each result as it is done, from the thread that did it, one call at a time. Work is done
    in `num_threads` threads, or over the `executor`. `display_progress` and `display_table` (True, or how many rows)
    write to standard error. What a call says goes over what was said here.
    """

    def __init__(
        self,
        devset: Sequence[Example],
        metrics: Sequence[str] | Mapping[str, Metric] | None = None,
        *,
        metric: Callable[..., Any] | None = None,
        num_threads: int | None = None,
        display_progress: bool = False,
        display_table: bool | int = False,
        max_errors: int | None = None,
        provide_traceback: bool | None = None,
        executor: Executor | None = None,
        progress: Progress | None = None,
        max_failures: int = 10,
    ) -> None:
        self.devset = _given(devset)
        self.metrics = _chosen(metrics, metric) or metrics_of(DEFAULT_METRICS)
        self.executor = executor if executor is not None else Threads(num_threads)
        self.progress = progress
        self.display_progress, self.display_table = display_progress, display_table
        self.max_failures = max_failures if max_errors is None else max_errors

    def __call__(
        self,
        program: Program,
        metric: Callable[..., Any] | None = None,
        devset: Sequence[Example] | None = None,
        *,
        num_threads: int | None = None,
        display_progress: bool | None = None,
        display_table: bool | int | None = None,
        progress: Progress | None = None,
    ) -> Evaluation:
        examples = self.devset if devset is None else _given(devset)
        told_of = progress or self.progress
        if self.display_progress if display_progress is None else display_progress:
            told_of = telling_progress(len(examples), told_of)
        with telling("evaluate", self, program=program) as told:
            (evaluation,) = evaluate_all(
                [(program, examples)],
                _chosen(None, metric) or self.metrics,
                executor=self.executor if num_threads is None else Threads(num_threads),
                progress=told_of,
                max_failures=self.max_failures,
            )
            if rows := self.display_table if display_table is None else display_table:
                show_table(evaluation, len(evaluation) if rows is True else rows)
            return told.gave(evaluation)


def _given(devset: Sequence[Example]) -> list[Example]:
    if not devset:
        raise InputError("an evaluation needs at least one example, but got none; give a devset")
    return list(devset)


def _chosen(
    metrics: Sequence[str] | Mapping[str, Metric] | None, metric: Callable[..., Any] | None
) -> dict[str, Metric] | None:
    """The metrics that were given, one function alone by its name; None where none was."""
    if metric is not None and metrics is not None:
        raise InputError("an evaluation has one metric or several metrics, but got both; give one of the two")
    if metric is None:
        return None if metrics is None else metrics_of(metrics)
    if isinstance(metric, str) or not callable(metric):
        raise InputError(f'a metric must be a function (example, prediction), but got {metric!r}; by name: ["em"]')
    name = getattr(metric, "__name__", type(metric).__name__)
    return {name if name.isidentifier() else "metric": metric}


def evaluate_all(
    jobs: Sequence[tuple[Program, Sequence[Example]]],
    metrics: Mapping[str, Metric],
    *,
    executor: Executor,
    progress: Progress | None = None,
    max_failures: int = 10,
    end: bool = True,
) -> list[Evaluation]:
    """Several programs, each on its own examples, all of it in parallel; one evaluation a program, in order.

    A program that fails too often ends the whole with an EvaluationError; without `end` only its own evaluation ends,
    with what is left of it not tried and counted as failed. When a budget is spent, no further example is tried, and
    each evaluation holds what was finished.

    Before anything is asked, a program of each class is checked against its examples, the metrics and the settings
    (`dsp.check`): CheckError, with all that is wrong, where that cannot work.
    """
    _check(jobs, metrics)
    started = time.perf_counter()
    lock = threading.Lock()
    budget = _Budget()
    runs = [_Run(program, metrics, progress, max_failures, end, lock, budget) for program, _ in jobs]
    items = [(run, numbered) for run, (_, examples) in zip(runs, jobs, strict=True) for numbered in enumerate(examples)]
    results = executor.map(_awaited, items) if isinstance(executor, Tasks) else executor.map(_now, items)
    seconds = time.perf_counter() - started
    evaluations, begin = [], 0
    for run, (_, examples) in zip(runs, jobs, strict=True):
        part = [result for result in results[begin : begin + len(examples)] if result is not None]
        begin += len(examples)
        if end and part and all(result.error for result in part):
            raise run.hopeless()
        stopped = budget.spent if len(part) < len(examples) else ""
        evaluations.append(Evaluation(part, list(metrics), seconds, stopped=stopped))
    return evaluations


def _check(jobs: Sequence[tuple[Program, Sequence[Example]]], metrics: Mapping[str, Metric]) -> None:
    for program, examples in {type(program): (program, examples) for program, examples in jobs if examples}.values():
        report = checked(program, data=examples, metrics=metrics)
        report.raise_errors()
        report.announce()


@dataclass(slots=True)
class _Budget:
    """What was spent, in the LM's words; empty for as long as something is left."""

    spent: str = ""


def _now(item: tuple[_Run, tuple[int, Example]]) -> ExampleResult | None:
    run, numbered = item
    return run.one(numbered)


async def _awaited(item: tuple[_Run, tuple[int, Example]]) -> ExampleResult | None:
    run, numbered = item
    return await run.one_awaited(numbered)


async def _result(given: Awaitable[Any]) -> Any:
    return await given


def _checked(prediction: object) -> Prediction:
    if not isinstance(prediction, Prediction):
        raise TypeError(f"a program must return a Prediction, but it returned {type(prediction).__name__}")
    return prediction


def metrics_of(metrics: Sequence[str] | Mapping[str, Metric]) -> dict[str, Metric]:
    """Metrics by name. Raises UnknownNameError, with the closest names, for one that nobody registered."""
    if isinstance(metrics, Mapping):
        return dict(metrics)
    return {name: METRICS.get(name) for name in metrics}


class _Run:
    """One program's evaluation under way. The lock keeps progress to one call at a time."""

    def __init__(
        self,
        program: Program,
        metrics: Mapping[str, Metric],
        progress: Progress | None,
        max_failures: int,
        end: bool,
        lock: threading.Lock,
        budget: _Budget,
    ) -> None:
        self._program = program
        self._metrics = [
            (name, metric, metric.applies_to if isinstance(metric, SelectiveMetric) else None)
            for name, metric in metrics.items()
        ]
        self._progress = progress
        self._max_failures = max_failures
        self._end = end
        self._failures: list[tuple[str, str]] = []
        self._refusals: list[Exception] = []
        self._succeeded = False
        self._lock = lock
        self._budget = budget

    def one(self, numbered: tuple[int, Example]) -> ExampleResult | None:
        async def now(inputs: Example) -> Any:
            given = self._program(**inputs)
            return BACKGROUND.run(_result(given)) if inspect.isawaitable(given) else given

        return run_through(self._one(numbered, now))

    async def one_awaited(self, numbered: tuple[int, Example]) -> ExampleResult | None:
        return await self._one(numbered, self._awaited)

    async def _awaited(self, inputs: Example) -> Any:
        if isinstance(self._program, Module):
            return await self._program.acall(**inputs)
        if inspect.iscoroutinefunction(self._program):
            return await self._program(**inputs)
        given = await asyncio.to_thread(self._program, **inputs)
        return await given if inspect.isawaitable(given) else given

    async def _one(
        self, numbered: tuple[int, Example], call: Callable[[Example], Awaitable[Any]]
    ) -> ExampleResult | None:
        index, example = numbered
        if self._budget.spent:
            return None
        hopeless = not self._succeeded and len(self._failures) >= self._max_failures
        if hopeless and self._end:
            raise self.hopeless()
        started = time.perf_counter()
        prediction, error = None, ""
        with record() as trace:
            try:
                if hopeless:
                    raise self.hopeless()
                prediction = _checked(await call(example.inputs()))
                self._succeeded = True
            except HOPELESS:
                raise
            except REFUSED as fault:
                error = self._refused_by(fault, index, example)
            except LMBudgetError as spent:
                self._budget.spent = str(spent)
                return None
            except (Exception, SystemExit) as fault:  # noqa: BLE001 - a user's program may raise anything; the others go on
                error = f"{type(fault).__name__}: {fault}"
                self._failures.append((str(example.get("question", index)), error))
        seconds = time.perf_counter() - started
        scores = self._scores(example, prediction)
        result = ExampleResult(index, example, prediction, scores, error, trace.usage, seconds)
        if self._progress is not None:
            with self._lock:
                self._progress(result)
        return result

    def _refused_by(self, fault: Exception, index: int, example: Example) -> str:
        """Note an example that was refused; so many without a success say that it is not the example's fault."""
        self._refusals.append(fault)
        if not self._succeeded and len(self._refusals) >= MOST_REFUSED:
            raise fault
        error = f"{type(fault).__name__}: {fault}"
        self._failures.append((str(example.get("question", index)), error))
        return error

    def hopeless(self) -> Exception:
        """What to raise where nothing succeeds: what refused each example, where each was refused."""
        if self._refusals and len(self._refusals) == len(self._failures):
            return self._refusals[0]
        question, error = self._failures[0]
        return EvaluationError(
            f'all of the first {len(self._failures)} examples failed; the first was "{question}": {error}',
            failures=self._failures,
        )

    def _scores(self, example: Example, prediction: Prediction | None) -> dict[str, float]:
        return {
            name: float(metric(example, prediction)) if prediction is not None else 0.0
            for name, metric, applies_to in self._metrics
            if applies_to is None or applies_to(example)
        }
