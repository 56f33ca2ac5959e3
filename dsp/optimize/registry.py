"""Optimizers by name; a third party's package adds one by an entry point in the group `dsp.optimizers`."""

from __future__ import annotations

from dsp.errors import UnknownNameError
from indexes.registry import Registry

OPTIMIZERS = Registry(
    "optimizer",
    "dsp.optimizers",
    {
        "labeled_few_shot": "dsp.optimize.labeled_few_shot:LabeledFewShot",
        "bootstrap_few_shot": "dsp.optimize.bootstrap_few_shot:BootstrapFewShot",
        "knn_few_shot": "dsp.optimize.knn_few_shot:KNNFewShot",
        "random_search": "dsp.optimize.random_search:BootstrapFewShotWithRandomSearch",
    },
    UnknownNameError,
)
