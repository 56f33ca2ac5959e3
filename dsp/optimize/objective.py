"""What a compiler maximises: one number for an evaluation."""

from __future__ import annotations

from collections.abc import Sequence

from dsp.evaluate.results import Evaluation

ANSWER_AND_SUPPORTS = ("f1", "support_recall")


def objective(evaluation: Evaluation, metrics: Sequence[str] = ANSWER_AND_SUPPORTS) -> float:
    """The average of the metrics' means, over those metrics that apply to any of the examples.

    By default answer F1 and support recall: an answer that is right for the wrong reasons is worth half.
    """
    means = [evaluation.mean(name) for name in metrics if name in evaluation.metrics and evaluation.scores(name)]
    return sum(means) / len(means) if means else 0.0
