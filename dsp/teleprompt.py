"""DSPy's name for the optimizers' room, `dsp.optimize`: `from dsp.teleprompt import BootstrapFewShot`."""

from __future__ import annotations

from typing import Any

from dsp.lazy import loaded

_PUBLIC = {
    "BootstrapFewShot": "dsp.optimize.bootstrap_few_shot",
    "BootstrapFewShotWithRandomSearch": "dsp.optimize.random_search",
    "BootstrapRS": "dsp.optimize.random_search:BootstrapFewShotWithRandomSearch",
    "Ensemble": "dsp.modules.ensemble",
    "KNNFewShot": "dsp.optimize.knn_few_shot",
    "LabeledFewShot": "dsp.optimize.labeled_few_shot",
    "Teleprompter": "dsp.optimize.optimizer:Optimizer",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    return loaded(__name__, _PUBLIC, name)
