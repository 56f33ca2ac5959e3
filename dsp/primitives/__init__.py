"""DSPy's name for the nouns, and for the file in which its users find the assertions' handlers."""

from __future__ import annotations

from typing import Any

from dsp.lazy import loaded

_PUBLIC = {
    "Completions": "dsp.types.prediction",
    "Example": "dsp.types.example",
    "Module": "dsp.modules.module",
    "Prediction": "dsp.types.prediction",
    "PythonInterpreter": "dsp.modules.sandbox:Sandbox",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    return loaded(__name__, _PUBLIC, name)
