"""Searching among some passages only, with any engine: those that a filter lets through, or that were not deleted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from indexes.protocols import EngineReader, SelectiveReader

GROWTH = 4
"""With twice as many each time, a search for a rare kind of passage takes a third longer: it is asked so often."""


def search_within(reader: EngineReader, query: str, k: int, allowed: NDArray[np.bool_]) -> list[tuple[int, float]]:
    """The k best of the allowed passages, as pairs of ordinal and score; fewer where there are no more.

    `allowed` is bool [passages]. An engine that cannot choose by itself is asked for more and more, each time four
    times as many, until k of what it gives are allowed or it has no more.
    """
    passages = len(allowed)
    k = min(k, int(np.count_nonzero(allowed)))
    if k == 0:
        return []
    if isinstance(reader, SelectiveReader):
        return _only(reader.search_within(query, k, allowed), allowed)[:k]
    limit = k
    while True:
        found = reader.search(query, limit)
        kept = _only(found, allowed)
        if len(kept) >= k or len(found) < limit or limit == passages:
            return kept[:k]
        limit = min(GROWTH * limit, passages)


def _only(found: Sequence[tuple[int, float]], allowed: NDArray[np.bool_]) -> list[tuple[int, float]]:
    # an engine's own choice is looked over too: a filter is often a question of who may see what
    return [(ordinal, score) for ordinal, score in found if allowed[ordinal]]
