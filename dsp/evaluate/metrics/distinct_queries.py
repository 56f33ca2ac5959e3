"""Distinct queries: does every hop ask for something that was not asked before?"""

from __future__ import annotations

from typing import Any

from dsp.evaluate.metrics.normalize import normalize_answer
from dsp.types.example import Example


def distinct_queries(example: Example, prediction: Example, trace: Any = None) -> float:
    """1 where no query of a later hop repeats one of an earlier hop, or the question; else 0.

    The prediction's `queries` are one query a hop, or a list of them. Queries are compared as answers are: case,
    punctuation and articles make no difference. Intrinsic: it needs no labels.
    """
    seen = {normalize_answer(str(example.get("question", "")))}
    for hop in prediction.get("queries") or []:
        asked = {normalize_answer(str(query)) for query in ([hop] if isinstance(hop, str) else hop)}
        if asked & seen:
            return 0.0
        seen |= asked
    return 1.0
