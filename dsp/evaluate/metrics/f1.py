"""Token F1: how much of the answer is the gold answer."""

from __future__ import annotations

from typing import Any

from dsp.evaluate.metrics.normalize import gold_answers, overlap, predicted_answer
from dsp.types.example import Example


def f1(example: Example, prediction: Example, trace: Any = None) -> float:
    """The harmonic mean of token precision and recall, best over the gold answers.

    With HotpotQA's rule: a yes or no that is not the gold answer scores 0, and so does anything else
    where the gold answer is yes or no. Raises InputError where the example has no gold answer."""
    ours = predicted_answer(prediction)
    return max(overlap(ours, gold).f1 for gold in gold_answers(example))
