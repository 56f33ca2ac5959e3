"""What kind of answer the question wants against what the candidate looks like."""

from __future__ import annotations

import numpy as np

from dsp.lms.extractive.arrays import Matrix
from dsp.lms.extractive.candidates import TYPES
from dsp.lms.extractive.features.names import KIND_SHAPES, SHAPED_KINDS
from dsp.lms.extractive.scene import Scene
from dsp.lms.extractive.shapes import SHAPES

_SHAPE_COLUMNS = [SHAPES.index(name) for name in KIND_SHAPES]


def kind_block(scene: Scene) -> Matrix:
    """float32 [N, d], as `names.kind_columns` orders it for the question's kind."""
    count = len(scene.types)
    types = np.zeros((count, len(TYPES)), dtype=np.float32)
    types[np.arange(count), scene.types] = 1
    if scene.question.kind not in SHAPED_KINDS:
        return types
    return np.hstack([types, scene.shapes[:, _SHAPE_COLUMNS]])
