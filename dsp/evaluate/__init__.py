"""How good a program is: metrics, the evaluator, and intervals for every mean.

Each name is loaded when it is first used: `from dsp.evaluate import Evaluate, SemanticF1`.
"""

from __future__ import annotations

from typing import Any

from dsp.lazy import loaded

_PUBLIC = {
    "CompleteAndGrounded": "dsp.evaluate.metrics.complete_and_grounded",
    "EM": "dsp.evaluate.metrics.answers",
    "Evaluate": "dsp.evaluate.evaluator",
    "Evaluation": "dsp.evaluate.results",
    "EvaluationResult": "dsp.evaluate.results:Evaluation",
    "SemanticF1": "dsp.evaluate.metrics.semantic_f1",
    "answer_exact_match": "dsp.evaluate.metrics.exact_answer",
    "answer_passage_match": "dsp.evaluate.metrics.answer_in_passage",
    "compare": "dsp.evaluate.results",
    "normalize_text": "dsp.evaluate.metrics.normalize",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    return loaded(__name__, _PUBLIC, name)
