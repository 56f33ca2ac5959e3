"""Names for the arrays that pass between these modules."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Matrix: TypeAlias = NDArray[np.float32]
"""float32 [candidates, features]"""


def running_sum(values: Floats | Bools | Ints) -> Floats:
    """Sums before each position, and the whole: float64 [n + 1]; `out[b] - out[a]` is the sum over a … b-1."""
    out = np.zeros(len(values) + 1)
    np.cumsum(values, out=out[1:])
    return out
