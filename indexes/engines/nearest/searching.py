"""What a layout of vectors must be able to do, and how to read a ranking from what it finds."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from indexes.engines.nearest.state import Effort
from indexes.engines.nearest.vectors import Rows
from indexes.errors import CorruptIndexError

DEPTH = 100
"""A search for up to so many takes the same effort for any k, so that the best j of k are the search for j."""

Found = tuple[Any, Any]
"""Scores, float32 [n, k], best first, and ordinals, int64 [n, k]: -1 where there are no more."""


class Searcher(Protocol):
    """Vectors laid out to be searched. Safe from any number of threads until `close`.

    `selector`, one of FAISS's, lets through what may be found; None is all.
    """

    def near(self, rows: Rows, limit: int, effort: Effort, selector: Any) -> Found:
        """The best that so much effort finds."""
        ...

    def all(self, rows: Rows, limit: int, selector: Any) -> Found:
        """The best of all the vectors as they are kept."""
        ...

    def widened(self, effort: Effort, wider: float, deeper: float) -> Effort | None:
        """The effort for looking so many times as wide and giving so many times as many; None where looking at all of
        them is hardly dearer."""
        ...

    def fills(self, effort: Effort) -> bool:
        """Whether so much effort finds `DEPTH` and one more for any query, where all may be found."""
        ...

    def close(self) -> None: ...


def ranked(
    fetch: Callable[[int], Found], k: int, first: int, available: int, passages: int, folder: Path
) -> tuple[list[tuple[int, float]], int]:
    """The best k as pairs of ordinal and score; where equal scores straddle the end, the earliest of all of them.
    And how many were found at all.

    `fetch(limit)` gives the best `limit`, of at most `available`; it is asked for `first` to begin with.
    Raises CorruptIndexError for what no sound index gives: an ordinal outside the passages, a score that is no number.
    """
    limit = min(max(first, k + 1), available)
    while True:
        all_scores, all_ordinals = fetch(limit)
        scores, ordinals = all_scores[0], all_ordinals[0]
        # FAISS fills up with -1, at the end
        there = limit if ordinals[-1] >= 0 else int(np.count_nonzero(ordinals >= 0))
        if not there == limit < available or scores[k - 1] != scores[-1]:
            break
        limit = min(16 * limit, available)
    last = min(k, there)
    while last < there and scores[last] == scores[k - 1]:
        last += 1
    pairs = sorted(zip((-scores[:last]).tolist(), ordinals[:last].tolist(), strict=True))
    for minus, ordinal in pairs:
        if not (0 <= ordinal < passages and isfinite(minus)):
            raise damaged(folder)
    return [(ordinal, -minus) for minus, ordinal in pairs[:k]], there


def damaged(folder: Path) -> CorruptIndexError:
    return CorruptIndexError(
        f"{folder} does not fit its passages: FAISS finds other vectors than theirs; see which file was altered with "
        "verify, and build the index again"
    )
