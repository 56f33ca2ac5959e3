"""Metrics by name: how good a prediction is, 0 to 1.

A metric is any callable `(example, prediction, trace=None) -> float`. One that makes no sense for some
examples also has `applies_to(example) -> bool`; ask `applies(metric, example)`, which is True for all
others."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from dsp.errors import UnknownNameError
from dsp.lazy import loaded
from dsp.types.example import Example
from indexes.registry import Registry

METRICS = Registry(
    "metric",
    "dsp.metrics",
    {
        "answer_precision": "dsp.evaluate.metrics.answer_precision:answer_precision",
        "answer_recall": "dsp.evaluate.metrics.answer_recall:answer_recall",
        "citation_faithfulness": "dsp.evaluate.metrics.citation_faithfulness:citation_faithfulness",
        "citation_precision": "dsp.evaluate.metrics.citation_precision:citation_precision",
        "citation_recall": "dsp.evaluate.metrics.citation_recall:citation_recall",
        "distinct_queries": "dsp.evaluate.metrics.distinct_queries:distinct_queries",
        "em": "dsp.evaluate.metrics.em:em",
        "f1": "dsp.evaluate.metrics.f1:f1",
        "mean_recall": "dsp.evaluate.metrics.mean_recall:mean_recall",
        "sp_f1": "dsp.evaluate.metrics.sp_f1:sp_f1",
        "support_recall": "dsp.evaluate.metrics.support_recall:support_recall",
    },
    error=UnknownNameError,
)

_DSPYS = {  # as DSPy's users import them: from dsp.evaluate.metrics import answer_exact_match
    "answer_exact_match": "dsp.evaluate.metrics.exact_answer",
    "answer_passage_match": "dsp.evaluate.metrics.answer_in_passage",
}


def __getattr__(name: str) -> Any:
    return loaded(__name__, _DSPYS, name)


@runtime_checkable
class SelectiveMetric(Protocol):
    """A metric that says which examples it can score.

    Law: where `applies_to` is False the metric is not called, and the example counts in neither its mean
    nor its n."""

    def applies_to(self, example: Example) -> bool: ...


def applies(metric: Any, example: Example) -> bool:
    """Whether the metric can score this example: every metric can, unless it says otherwise."""
    return metric.applies_to(example) if isinstance(metric, SelectiveMetric) else True
