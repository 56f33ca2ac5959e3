"""What an evaluation found: each example's result, and the means over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dsp.errors import InputError
from dsp.evaluate.intervals import Interval, bootstrap_interval, paired_interval
from dsp.trace import to_json
from dsp.types.example import Example
from dsp.types.prediction import Prediction
from dsp.types.usage import Usage


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """One example: what was predicted and how it scored, or the error. `seconds` is wall time.

    `scores` holds the metrics that apply to the example; a failed one scores 0 in each.
    """

    index: int
    example: Example
    prediction: Prediction | None
    scores: Mapping[str, float]
    error: str = ""
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0

    def __iter__(self) -> Iterator[Any]:
        """As DSPy's users unpack a result: example, prediction, and the score of the first metric."""
        return iter((self.example, self.prediction, next(iter(self.scores.values()), 0.0)))

    @property
    def id(self) -> str:
        return str(self.example.get("id", self.index))

    def to_dict(self) -> dict[str, Any]:
        """One line of a run's results: passages by id, title and score, their texts being in the index."""
        predicted = {} if self.prediction is None else dict(self.prediction)
        if isinstance(predicted.get("context"), list):
            predicted["context"] = [_reference(passage) for passage in predicted["context"]]
        return {
            "id": self.id,
            "question": to_json(self.example.get("question")),
            "answer": to_json(self.example.get("answer")),
            "gold_titles": to_json(self.example.get("gold_titles")),
            "prediction": to_json(predicted) if self.prediction is not None else None,
            "scores": dict(self.scores),
            "error": self.error or None,
            "usage": self.usage.to_dict(),
            "seconds": round(self.seconds, 6),
        }


class Evaluation:
    """The results of one program on one set of examples, in the examples' order.

    `stopped` says what ended it early, where something did: the results are then those that were finished.
    """

    def __init__(
        self, results: Sequence[ExampleResult], metrics: Sequence[str], seconds: float, *, stopped: str = ""
    ) -> None:
        self.results = list(results)
        self.metrics = list(metrics)
        self.seconds = seconds
        self.stopped = stopped

    def __len__(self) -> int:
        return len(self.results)

    @property
    def usage(self) -> Usage:
        return Usage.total(result.usage for result in self.results)

    @property
    def failures(self) -> list[ExampleResult]:
        return [result for result in self.results if result.error]

    def scores(self, metric: str) -> list[float]:
        """That metric's scores of the examples to which it applies, in order."""
        if metric not in self.metrics:
            raise InputError(f'this evaluation has the metrics {", ".join(self.metrics)}, but not "{metric}"')
        return [result.scores[metric] for result in self.results if metric in result.scores]

    def mean(self, metric: str) -> float:
        return self.interval(metric).mean

    @property
    def score(self) -> float:
        """The first metric's mean in percent, to two places, as DSPy tells it."""
        return round(100 * self.mean(self.metrics[0]), 2)

    def __float__(self) -> float:
        return self.score

    def interval(self, metric: str, *, level: float = 0.95) -> Interval:
        """The metric's mean with its bootstrap interval."""
        return bootstrap_interval(self.scores(metric), level=level)

    def part(self, indices: Sequence[int]) -> Evaluation:
        """The same evaluation over some of the examples, by their place in the set."""
        wanted = set(indices)
        chosen = [result for result in self.results if result.index in wanted]
        return Evaluation(chosen, self.metrics, sum(result.seconds for result in chosen), stopped=self.stopped)

    def to_dict(self) -> dict[str, Any]:
        """`n`, `metrics`, `usage` and `seconds`, as the command line prints them; a metric that applies to no
        example is left out."""
        metrics = {name: self.interval(name).to_dict() for name in self.metrics if self.scores(name)}
        return {
            "n": len(self),
            "metrics": metrics,
            "failures": len(self.failures),
            "usage": self.usage.to_dict(),
            "seconds": round(self.seconds, 3),
            **({"stopped": self.stopped} if self.stopped else {}),
        }


def compare(before: Evaluation, after: Evaluation) -> dict[str, Interval]:
    """Each metric's mean change over the same examples, with its paired interval.

    Where one was stopped early, the examples are those that both finished. Raises InputError where the two did not
    run on the same examples.
    """
    if before.stopped or after.stopped:
        both = {result.index for result in before.results} & {result.index for result in after.results}
        before, after = before.part(list(both)), after.part(list(both))
    if [result.id for result in before.results] != [result.id for result in after.results]:
        raise InputError("two evaluations are compared example by example, but these ran on different examples")
    shared = [name for name in before.metrics if name in after.metrics and before.scores(name)]
    return {name: paired_interval(before.scores(name), after.scores(name)) for name in shared}


def _reference(passage: Any) -> Any:
    plain = to_json(passage)
    return {key: plain[key] for key in ("id", "title", "score") if key in plain} if isinstance(plain, dict) else plain
