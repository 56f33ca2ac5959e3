"""The numbers the reader starts from: feature weights, how freely demonstrations may move them, term weights.

They are read once from `weights.json`, which `python -m dsp.lms.extractive.fit` writes; its `note` says from what.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from dsp.errors import DataError
from dsp.lms.extractive.arrays import Floats
from dsp.lms.extractive.features.names import ANSWER_FEATURES, QUERY_FEATURES
from dsp.lms.extractive.rarity import TermWeights, term_weights

FORMAT = 1
FILE = "weights.json"


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """One weight and one scale per feature, float64. A feature is divided by its scale before a weight is learnt,
    so that one prior strength suits all: `scaled weight = weight * scale`."""

    values: Floats
    scales: Floats


@dataclass(frozen=True, slots=True, eq=False)
class WeightFile:
    """All that `weights.json` says."""

    answer: Weights
    query: Weights
    terms: TermWeights
    note: str


@cache
def load() -> WeightFile:
    """The shipped weights. Raises DataError where the file is not of this version."""
    return parse(json.loads(files(__package__).joinpath(FILE).read_text("utf-8")))


def parse(data: Mapping[str, Any]) -> WeightFile:
    """Weights from the JSON object; features it does not name weigh 0. Raises DataError for another format."""
    if data.get("format") != FORMAT:
        raise DataError(
            f"{FILE} must have format {FORMAT}, but has {data.get('format')!r}; "
            "fit it again with python -m dsp.lms.extractive.fit"
        )
    return WeightFile(
        answer=_weights(data["answer"], ANSWER_FEATURES),
        query=_weights(data["query"], QUERY_FEATURES),
        terms=term_weights(data["terms"], data["default_term"]),
        note=str(data["note"]),
    )


def _weights(rows: Mapping[str, Mapping[str, float]], names: tuple[str, ...]) -> Weights:
    return Weights(
        values=np.array([rows.get(name, {}).get("weight", 0.0) for name in names], dtype=float),
        scales=np.array([rows.get(name, {}).get("scale", 1.0) for name in names], dtype=float),
    )
