"""`ivf`, `ivf_sq8` and `ivf_rabitq`: vectors in lists about centroids, of which a query probes the nearest few.

The lists lie in one mapped file, `lists.bin`: of each list its codes, then its ordinals as int64. A code is

- `ivf`: the vector itself, float32. Scores are exact.
- `ivf_sq8`: a byte a number, scaled between the smallest and the largest of a sample. Scores err by some 0.002.
- `ivf_rabitq`: a bit a number of the rotated vector less its centroid, and two factors (Gao & Long 2024, RaBitQ, arXiv
  2405.12497), in blocks of 32 that are compared by table look-ups in registers. What that finds is compared anew by the
  bytes of `ivf_sq8`, which lie in a mapped file of their own, `refine.u8`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexes.engines.nearest.flat import lend
from indexes.engines.nearest.searching import DEPTH, Found
from indexes.engines.nearest.state import Effort, State
from indexes.engines.nearest.vectors import F32, Rows, map_rows
from indexes.errors import CorruptIndexError

CENTROIDS, SIZES, LISTS = "centroids.f32", "sizes.u32", "lists.bin"
TRAINED, ROTATION, REFINE = "trained.f32", "rotation.f32", "refine.u8"
I64, U32, U8 = np.dtype("<i8"), np.dtype("<u4"), np.dtype("u1")


@dataclass(frozen=True, slots=True)
class ListKind:
    """One way to keep vectors in lists. `make(faiss, quantizer, dimension, lists)` gives FAISS's index for it.

    `lists_per_root`: lists for so many vectors' square root; fewer where a vector in a list costs little more than
    none. `block`: vectors are kept in blocks of so many. `refined`: whether what is found is compared anew.
    """

    name: str
    make: Callable[[Any, Any, int, int], Any]
    lists_per_root: float
    block: int = 1
    trained: bool = False
    refined: bool = False

    def lists(self, vectors: int) -> int:
        """A power of two, such that a list has some forty vectors at least."""
        wanted = min(self.lists_per_root * vectors**0.5, vectors / 40, 65_536)
        return int(2 ** max(0, round(float(np.log2(max(1.0, wanted))))))


def _flat(faiss: Any, quantizer: Any, dimension: int, lists: int) -> Any:
    index = faiss.IndexIVFFlat(quantizer, dimension, lists, faiss.METRIC_INNER_PRODUCT)
    index.by_residual = False
    return index


def _bytes(faiss: Any, quantizer: Any, dimension: int, lists: int) -> Any:
    kind = faiss.ScalarQuantizer.QT_8bit
    return faiss.IndexIVFScalarQuantizer(quantizer, dimension, lists, kind, faiss.METRIC_INNER_PRODUCT, False)


def _bits(faiss: Any, quantizer: Any, dimension: int, lists: int) -> Any:
    return faiss.IndexIVFRaBitQFastScan(quantizer, dimension, lists, faiss.METRIC_INNER_PRODUCT, 32, True)


LIST_KINDS = {
    kind.name: kind
    for kind in (
        ListKind("ivf", _flat, lists_per_root=4),
        ListKind("ivf_sq8", _bytes, lists_per_root=4, trained=True),
        ListKind("ivf_rabitq", _bits, lists_per_root=1, block=32, refined=True),
    )
}


def centroids_index(faiss: Any, centroids: Rows) -> Any:
    """The nearest centroids are those at the least distance: they are means, of lengths that differ."""
    index = faiss.IndexFlatL2(centroids.shape[1])
    index.add(np.ascontiguousarray(centroids))
    return index


def scalar_quantizer(faiss: Any, dimension: int, trained: NDArray[np.float32]) -> Any:
    """The index that turns vectors to bytes and compares them so."""
    index = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
    faiss.copy_array_to_vector(np.ascontiguousarray(trained, dtype=np.float32), index.sq.trained)
    index.is_trained = True
    return index


class Layout:
    """An index of FAISS, put together from the arrays in a folder, over the mapped lists."""

    def __init__(self, faiss: Any, folder: Path, kind: ListKind, state: State) -> None:
        dimension, lists = state.dimension, state.lists
        self.kind = kind
        centroids = map_rows(folder / CENTROIDS, lists, dimension)
        if not lists or not np.isfinite(centroids).all():
            raise CorruptIndexError(f"{folder / CENTROIDS} holds no centroids; build the index again")
        self.quantizer = centroids_index(faiss, centroids)
        self.index = kind.make(faiss, self.quantizer, dimension, lists)
        self.trained = _finite(folder / TRAINED, 2, dimension) if kind.trained or kind.refined else None
        if kind.trained:
            faiss.copy_array_to_vector(np.array(self.trained).reshape(-1), self.index.sq.trained)
        self.index.is_trained = True
        self.rotation = _finite(folder / ROTATION, dimension, dimension) if kind.refined else None
        self.sizes = map_rows(folder / SIZES, lists, 1, U32)[:, 0].astype(np.int64)
        self._check(folder, state)
        self._attach(faiss, folder / LISTS)

    @property
    def code_size(self) -> int:
        return int(self.index.code_size)

    def rotate(self, rows: Rows) -> Rows:
        return rows if self.rotation is None else np.ascontiguousarray(rows @ self.rotation.T)

    def places(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where each list begins in the file, and for how many vectors it has room: whole blocks."""
        return list_places(self.sizes, self.kind.block, self.code_size)

    def _check(self, folder: Path, state: State) -> None:
        if int(self.sizes.sum()) != state.vectors:
            raise CorruptIndexError(
                f"{folder / SIZES} must add up to {state.vectors} vectors, but adds up to {int(self.sizes.sum())}; "
                "build the index again"
            )
        _, room = self.places()
        wanted = int((room * self.code_size + self.sizes * I64.itemsize).sum())
        data = map_rows(folder / LISTS, wanted, 1, U8)[:, 0]
        if self.kind.refined:  # FAISS itself follows these ordinals, into the bytes to compare anew
            self._check_ordinals(folder, data, state.vectors)

    def _check_ordinals(self, folder: Path, data: NDArray[np.uint8], vectors: int) -> None:
        starts, room = self.places()
        for start, size in zip((starts + room * self.code_size).tolist(), self.sizes.tolist(), strict=True):
            ordinals = data[start : start + 8 * size].view(I64)
            if size and (ordinals.min() < 0 or ordinals.max() >= vectors):
                raise CorruptIndexError(
                    f"{folder / LISTS} names vectors beyond the {vectors} there are; build the index again"
                )

    def _attach(self, faiss: Any, path: Path) -> None:
        """Let FAISS map the lists read-only, from the table of where they are; no thread reads ahead."""
        starts, room = self.places()
        table = np.stack([self.sizes, room, starts], axis=1).astype(np.uint64)
        lists = faiss.OnDiskInvertedLists()
        lists.nlist, lists.code_size, lists.read_only, lists.prefetch_nthread = len(table), self.code_size, True, 0
        lists.filename, lists.totsize = str(path), path.stat().st_size
        lists.lists.resize(len(table))
        faiss.memcpy(lists.lists.data(), faiss.swig_ptr(table), table.nbytes)
        lists.do_mmap()
        self.index.replace_invlists(lists, False)
        self._mapped = lists  # FAISS owns it not: it must outlive the index
        self.index.ntotal = int(self.sizes.sum())


def list_places(sizes: NDArray[np.int64], block: int, code_size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    room = -(-sizes // block) * block
    lengths = room * code_size + sizes * I64.itemsize
    return np.concatenate([[0], np.cumsum(lengths)[:-1]]), room


class ListSearcher:
    """Probes the lists nearest to a query, and compares what they gave anew where codes are but bits."""

    def __init__(self, faiss: Any, folder: Path, state: State) -> None:
        self._faiss = faiss
        self._layout = Layout(faiss, folder, LIST_KINDS[state.kind], state)
        self._lists, self._passages = state.lists, state.vectors
        self._index = self._layout.index
        self._bytes: Any = None
        if self._layout.kind.refined:
            self._codes = map_rows(folder / REFINE, state.vectors, state.dimension, U8)
            self._bytes = scalar_quantizer(faiss, state.dimension, np.array(self._layout.trained).reshape(-1))
            lend(faiss, self._bytes.codes, self._codes.reshape(-1))
            self._bytes.ntotal = state.vectors
            self._index = faiss.IndexRefine(self._layout.index, self._bytes)
        self._usual = state.effort
        self._params: dict[int, Any] = {}

    def near(self, rows: Rows, limit: int, effort: Effort, selector: Any) -> Found:
        usual = selector is None and effort is self._usual
        params = self._params.get(limit) if usual else None
        if params is None:
            params = self._params_of(effort, limit, selector)
            if usual and len(self._params) <= DEPTH:
                self._params[limit] = params
        found: Found = self._index.search(self._turned(rows), limit, params=params)
        return found

    def all(self, rows: Rows, limit: int, selector: Any) -> Found:
        if self._bytes is None:
            return self.near(rows, limit, Effort(probes=self._lists), selector)
        params = self._faiss.SearchParameters(sel=selector) if selector is not None else None
        found: Found = self._bytes.search(self._turned(rows), limit, params=params)
        return found

    def widened(self, effort: Effort, wider: float, deeper: float) -> Effort | None:
        probes = int(np.ceil(effort.probes * wider))
        # bits are looked at so much faster than bytes that all bytes are dearer than nearly all bits
        if probes > (self._lists if self._bytes is not None else self._lists // 2):
            return None
        return Effort(probes=probes, candidates=int(effort.candidates * deeper))

    def fills(self, effort: Effort) -> bool:
        return int(np.sort(self._layout.sizes)[: effort.probes].sum()) > DEPTH

    def close(self) -> None:
        self._params.clear()
        del self._index, self._bytes, self._layout

    def _turned(self, rows: Rows) -> Rows:
        rotation = self._layout.rotation
        if rotation is None or len(rows) > 1:
            return self._layout.rotate(rows)
        turned = np.empty_like(rows)
        pointer = self._faiss.swig_ptr
        # a product by FAISS's own hands: a BLAS would wake its threads for it
        self._faiss.fvec_inner_products_ny(pointer(turned), pointer(rows), pointer(rotation), *rotation.shape)
        return turned

    def _params_of(self, effort: Effort, limit: int, selector: Any) -> Any:
        faiss = self._faiss
        probing = faiss.SearchParametersIVF(nprobe=min(effort.probes, self._lists), sel=selector)
        if self._bytes is None:
            return probing
        candidates = min(max(effort.candidates, limit), self._passages)
        factor = (candidates + 0.5) / limit  # FAISS multiplies by it, and cuts off
        return faiss.IndexRefineSearchParameters(k_factor=factor, base_index_params=probing)


def _finite(path: Path, count: int, dimension: int) -> Any:
    rows = np.ascontiguousarray(map_rows(path, count, dimension, F32))
    if not np.isfinite(rows).all():
        raise CorruptIndexError(f"{path} holds what is no number; build the index again")
    return rows
