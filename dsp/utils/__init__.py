"""Small helpers where the users of DSP and DSPy look for them: `from dsp.utils import deduplicate`."""

from __future__ import annotations

from typing import Any

from dsp.lazy import loaded

_PUBLIC = {
    "BaseCallback": "dsp.callbacks",
    "DummyLM": "dsp.testing.dummy",
    "EM": "dsp.evaluate.metrics.answers",
    "F1": "dsp.evaluate.metrics.answers",
    "HotPotF1": "dsp.evaluate.metrics.answers",
    "deduplicate": "dsp.search.deduplicate",
    "inspect_history": "dsp.wiring",
    "normalize_text": "dsp.evaluate.metrics.normalize",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    return loaded(__name__, _PUBLIC, name)
