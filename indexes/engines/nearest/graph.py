"""`hnsw`: a graph over the vectors, walked from one to nearer ones (Malkov & Yashunin 2016, arXiv 1603.09320).

The quickest where memory is plenty: the vectors as `flat` keeps them, and some 265 bytes each for the graph, all of it
mapped. It is built with all of that in memory, and nothing can be taken out of it: what was deleted is passed over.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from indexes.engines.nearest.flat import VECTORS, flat_index, lend
from indexes.engines.nearest.searching import DEPTH, Found
from indexes.engines.nearest.state import Effort, State
from indexes.engines.nearest.vectors import RowFile, Rows, map_rows
from indexes.errors import CorruptIndexError

LINKS, LEVELS = "links.i32", "levels.i32"
M = 32
"""Links a vector has at most on each level, twice as many on the lowest."""
CONSTRUCTION = 100
_I32 = np.dtype("<i4")
_BLOCK = 65_536


def build_graph(faiss: Any, folder: Path, rows: RowFile, old: int) -> None:
    """Write the graph over all the rows; of the first `old` of them it stands in the folder."""
    index = faiss.IndexHNSWFlat(rows.shape[1], M, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = CONSTRUCTION
    if old:
        faiss.downcast_index(index.storage).add(rows.part(0, old))
        links, levels, entry = _read(folder, old)
        _put(faiss, index, levels, entry, old)
        index.hnsw.neighbors.resize(links.size)
        faiss.memcpy(index.hnsw.neighbors.data(), faiss.swig_ptr(np.ascontiguousarray(links)), links.nbytes)
    for start in range(old, len(rows), _BLOCK):
        index.add(rows.part(start, start + _BLOCK))
    neighbors = index.hnsw.neighbors
    links = faiss.rev_swig_ptr(neighbors.data(), neighbors.size())
    levels = faiss.vector_to_array(index.hnsw.levels).astype(_I32)
    _replace(folder / LINKS, links.astype(_I32, copy=False))
    _replace(folder / LEVELS, np.append(levels, _I32.type(index.hnsw.entry_point)))


class GraphSearcher:
    """The graph and the vectors, both mapped."""

    def __init__(self, faiss: Any, folder: Path, state: State) -> None:
        self._faiss = faiss
        self._passages = state.vectors
        self._rows = map_rows(folder / VECTORS, state.vectors, state.dimension)
        self._flat = flat_index(faiss, self._rows)
        self._links, levels, entry = _read(folder, state.vectors)
        index = faiss.IndexHNSWFlat(state.dimension, M, faiss.METRIC_INNER_PRODUCT)
        storage = faiss.downcast_index(index.storage)
        lend(faiss, storage.codes, self._rows.reshape(-1).view("u1"))
        storage.ntotal = state.vectors
        _put(faiss, index, levels, entry, state.vectors)
        lend(faiss, index.hnsw.neighbors, self._links)
        self._index = index

    def near(self, rows: Rows, limit: int, effort: Effort, selector: Any) -> Found:
        faiss = self._faiss
        params = faiss.SearchParametersHNSW(efSearch=max(effort.queue, limit), sel=selector)
        found: Found = self._index.search(rows, limit, params=params)
        return found

    def all(self, rows: Rows, limit: int, selector: Any) -> Found:
        params = self._faiss.SearchParameters(sel=selector) if selector is not None else None
        found: Found = self._flat.search(rows, limit, params=params)
        return found

    def widened(self, effort: Effort, wider: float, deeper: float) -> Effort | None:
        queue = int(max(effort.queue, DEPTH + 1) * wider)
        return Effort(queue=queue) if 20 * queue < self._passages else None

    def fills(self, effort: Effort) -> bool:
        return False  # parts of a graph may be out of reach

    def close(self) -> None:
        del self._index, self._flat, self._links, self._rows


def _put(faiss: Any, index: Any, levels: Any, entry: int, count: int) -> None:
    """Where each vector's links begin, from how many levels it stands on."""
    sizes = faiss.vector_to_array(index.hnsw.cum_nneighbor_per_level)
    offsets = np.concatenate([[0], np.cumsum(sizes[levels])]).astype(np.uint64)
    faiss.copy_array_to_vector(offsets, index.hnsw.offsets)
    faiss.copy_array_to_vector(np.ascontiguousarray(levels, dtype=np.int32), index.hnsw.levels)
    index.hnsw.entry_point = entry
    index.hnsw.max_level = int(levels.max()) - 1
    index.ntotal = count


def _read(folder: Path, count: int) -> tuple[Any, Any, int]:
    """Links, levels and the entry point, every number of them checked: a wrong one would take FAISS out of bounds."""
    path = folder / LEVELS
    numbers = map_rows(path, count + 1, 1, _I32)[:, 0]
    levels, entry = numbers[:-1], int(numbers[-1])
    if not 0 <= entry < count or levels.min() < 1 or levels.max() > 32 or levels[entry] != levels.max():
        raise CorruptIndexError(f"{path} holds no levels of a graph of {count} vectors; build the index again")
    path = folder / LINKS
    links = map_rows(path, int((levels.astype(np.int64) + 1).sum()) * M, 1, _I32)[:, 0]
    if links.min() < -1 or links.max() >= count:
        raise CorruptIndexError(f"{path} links to vectors beyond the {count} there are; build the index again")
    if not _climbs(links, levels):
        raise CorruptIndexError(f"{path} links to vectors that don't stand so high; build the index again")
    return links, levels, entry


def _climbs(links: Any, levels: Any) -> bool:
    """Whether the links of each upper level lead to vectors that stand on it too: they have room for its links."""
    starts = (np.cumsum(levels.astype(np.int64) + 1) - levels - 1) * M
    for level in range(1, int(levels.max())):
        nodes = starts[levels > level]
        targets = links[(nodes + (level + 1) * M)[:, None] + np.arange(M)]
        if (levels[targets[targets >= 0]] <= level).any():
            return False
    return True


def _replace(path: Path, array: Any) -> None:
    draft = path.with_name(f"{path.name}.new")
    array.tofile(draft)
    draft.replace(path)
