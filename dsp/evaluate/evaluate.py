"""Where the tutorials of DSPy 2 find the evaluator: `from dsp.evaluate.evaluate import Evaluate`."""

from __future__ import annotations

from typing import Any

from dsp.lazy import loaded

_PUBLIC = {"Evaluate": "dsp.evaluate.evaluator", "EvaluationResult": "dsp.evaluate.results:Evaluation"}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    return loaded(__name__, _PUBLIC, name)
