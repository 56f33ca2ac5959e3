"""Token recall: how much of the gold answer was answered."""

from __future__ import annotations

from typing import Any

from dsp.evaluate.metrics.normalize import gold_answers, overlap, predicted_answer
from dsp.types.example import Example


def answer_recall(example: Example, prediction: Example, trace: Any = None) -> float:
    """The share of the gold answer's tokens that the answer has, best over the gold answers; HotpotQA's
    yes/no rule as in `f1`. Raises InputError where the example has no gold answer."""
    ours = predicted_answer(prediction)
    return max(overlap(ours, gold).recall for gold in gold_answers(example))
