"""DSPy's `answer_exact_match`: for its users' optimizers and evaluations."""

from __future__ import annotations

from typing import Any

from dsp.demonstrate.match import answer_match
from dsp.evaluate.metrics.normalize import gold_answers, predicted_answer
from dsp.types.example import Example


def answer_exact_match(example: Example, pred: Example, trace: Any = None, frac: float = 1.0) -> bool:
    """Whether the answer equals a gold answer as DSP normalises them; with frac < 1 whether its F1 reaches frac.

    >>> answer_exact_match(Example(answer=["Jane Austen"]), Example(answer="jane austen."))
    True

    (`em` normalises as HotpotQA does: accents stay.) Raises InputError where the example has no gold answer.
    """
    return answer_match(predicted_answer(pred), gold_answers(example), frac)
