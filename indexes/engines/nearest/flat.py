"""`flat`: a query is compared with every vector. Exact; some 60 ms for a million vectors of 384, on one core."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from indexes.engines.nearest.searching import Found
from indexes.engines.nearest.state import Effort, State
from indexes.engines.nearest.vectors import Rows, map_rows

VECTORS = "vectors.f32"


class FlatSearcher:
    """Over the mapped file of float32 rows, in the order of indexing."""

    def __init__(self, faiss: Any, folder: Path, state: State) -> None:
        self._faiss = faiss
        self._rows = map_rows(folder / VECTORS, state.vectors, state.dimension)
        self._index = flat_index(faiss, self._rows)

    def near(self, rows: Rows, limit: int, effort: Effort, selector: Any) -> Found:
        return self.all(rows, limit, selector)

    def all(self, rows: Rows, limit: int, selector: Any) -> Found:
        params = self._faiss.SearchParameters(sel=selector) if selector is not None else None
        found: Found = self._index.search(rows, limit, params=params)
        return found

    def widened(self, effort: Effort, wider: float, deeper: float) -> Effort | None:
        return None

    def fills(self, effort: Effort) -> bool:
        return True

    def close(self) -> None:
        del self._index, self._rows


def flat_index(faiss: Any, rows: Rows) -> Any:
    """An exact index whose vectors are the given rows themselves, not a copy: they must outlive it."""
    index = faiss.IndexFlatIP(rows.shape[1])
    lend(faiss, index.codes, rows.reshape(-1).view("u1"))
    index.ntotal = len(rows)
    return index


def lend(faiss: Any, vector: Any, array: Any) -> None:
    """Let a vector of FAISS, one that may or may not own what it holds, hold this array without owning it.

    The array must outlive it.
    """
    pointer = faiss.swig_ptr(array)
    vector.is_owned = False
    vector.view_data = vector.c_ptr = pointer
    vector.view_size = vector.c_size = array.size
