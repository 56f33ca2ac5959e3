"""Exact match: is the answer the gold answer?"""

from __future__ import annotations

from typing import Any

from dsp.evaluate.metrics.normalize import gold_answers, normalize_answer, predicted_answer
from dsp.types.example import Example


def em(example: Example, prediction: Example, trace: Any = None) -> float:
    """1 where the normalised answer equals a normalised gold answer, else 0; no answer is an empty one.

    Raises InputError where the example has no gold answer.
    """
    ours = normalize_answer(predicted_answer(prediction))
    return float(any(ours == normalize_answer(gold) for gold in gold_answers(example)))
