"""Searching an engine's folder by the text of a query."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexes.engines.nearest.searching import DEPTH, Searcher, damaged, ranked
from indexes.engines.nearest.state import STATE, Effort, read_state
from indexes.engines.nearest.vectors import Rows, unit_row
from indexes.engines.nearest.writer import SEARCHERS
from indexes.errors import CorruptIndexError, InputError
from indexes.protocols import Embedder

FEW_ALLOWED = 20_000
"""So few allowed passages are all compared: that is quick, and exact."""
_RARE, _CARE = 1.1, 2.0
"""Where only one of more than so many is allowed, so many times as many lists are probed as would do if those allowed
were spread evenly."""


class FaissReader:
    """Embeds the query, asks for 100 and more, and gives the best k. One thread a search: safe in a forked process.

    Fewer than 100 where there are as many: then all vectors are compared. So also for a k that is a large part of them.
    """

    def __init__(self, faiss: Any, folder: Path, embedder: Embedder, passages: int) -> None:
        self._faiss = faiss
        self._folder = folder
        self._embedder = embedder
        self._passages = passages
        self.state = read_state(folder)
        if self.state.vectors != passages or self.state.kind not in SEARCHERS:
            raise CorruptIndexError(
                f"{folder / STATE} must tell of {passages} vectors, but tells of {self.state.vectors}, of kind "
                f"{self.state.kind}; build the index again"
            )
        if self.state.dimension != embedder.dimension:
            raise InputError(
                f"{folder} holds vectors of {self.state.dimension} numbers, but {embedder.fingerprint} gives "
                f"{embedder.dimension}; give the embedder that it was built with"
            )
        self._searcher: Searcher = SEARCHERS[self.state.kind](faiss, folder, self.state)
        self._exact = self._searcher.widened(self.state.effort, 1, 1) is None
        self._fills = self._searcher.fills(self.state.effort)

    def facts(self) -> dict[str, Any]:
        """The kind and why it was chosen, the effort, the recall that was measured, and the like, as JSON values."""
        return self.state.facts()

    def search(self, query: str, k: int) -> Sequence[tuple[int, float]]:
        row = self._row(query)
        return [] if row is None else self._best(row, k, None, self._passages)

    def search_within(self, query: str, k: int, allowed: NDArray[np.bool_]) -> Sequence[tuple[int, float]]:
        row = self._row(query)
        count = int(np.count_nonzero(allowed))
        if row is None or not count:
            return []
        bits = np.packbits(allowed, bitorder="little")
        return self._best(row, min(k, count), self._faiss.IDSelectorBitmap(bits), count)

    def close(self) -> None:
        self._searcher.close()

    def _row(self, query: str) -> Rows | None:
        """The query's unit vector; None for a blank query, and for one of zeros, to which nothing is near."""
        if not any(letter.isprintable() and not letter.isspace() for letter in query):
            return None
        row = unit_row(self._embedder.embed_queries([query]), self._embedder)
        return row if row.any() else None

    def _best(self, row: Rows, k: int, selector: Any, available: int) -> list[tuple[int, float]]:
        depth = DEPTH
        while depth < k:
            depth *= 2
        effort = self._effort(depth, selector, available)
        if effort is not None:
            near = partial(self._searcher.near, row, effort=effort, selector=selector)
            # where there may be too few, as many as any search of this depth asks for: whether there are, and all
            # vectors are compared instead, must not hang on k
            enough = k if self._fills and effort is self.state.effort else min(depth, available)
            found, there = ranked(near, k, enough + 1, available, self._passages, self._folder)
            if there >= enough:
                return found
        every = partial(self._searcher.all, row, selector=selector)
        found, there = ranked(every, k, k + 1, available, self._passages, self._folder)
        if there < min(k, available):  # an exact search lacks none, but of files that were altered
            raise damaged(self._folder)
        return found

    def _effort(self, depth: int, selector: Any, available: int) -> Effort | None:
        """None where all vectors are to be compared."""
        if self._exact or (selector is not None and available <= FEW_ALLOWED):
            return None
        if depth == DEPTH and selector is None:
            return self.state.effort
        deeper = depth / DEPTH
        rarer = self._passages / available
        care = _CARE if rarer > _RARE else 1.0
        return self._searcher.widened(self.state.effort, deeper * rarer * care, deeper)
