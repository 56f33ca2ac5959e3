"""Token precision: how much of what was answered belongs to the gold answer."""

from __future__ import annotations

from typing import Any

from dsp.evaluate.metrics.normalize import gold_answers, overlap, predicted_answer
from dsp.types.example import Example


def answer_precision(example: Example, prediction: Example, trace: Any = None) -> float:
    """The share of the answer's tokens that the gold answer has, best over the gold answers; HotpotQA's
    yes/no rule as in `f1`. Raises InputError where the example has no gold answer."""
    ours = predicted_answer(prediction)
    return max(overlap(ours, gold).precision for gold in gold_answers(example))
