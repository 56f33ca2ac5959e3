"""DSPy's `answer_passage_match`: do the passages that were found hold the answer?"""

from __future__ import annotations

from typing import Any

from dsp.demonstrate.match import passage_match
from dsp.evaluate.metrics.normalize import gold_answers
from dsp.types.example import Example


def answer_passage_match(example: Example, pred: Example, trace: Any = None) -> bool:
    """Whether a passage of the prediction's `context` holds a gold answer as a run of whole words.

    >>> answer_passage_match(Example(answer="Jane Austen"), Example(context=["Emma | A novel by Jane Austen."]))
    True

    Raises InputError where the example has no gold answer.
    """
    return passage_match(pred.get("context") or [], gold_answers(example))
