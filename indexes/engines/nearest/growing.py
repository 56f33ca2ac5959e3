"""Building the lists, from a mapped file of vectors a block at a time, and adding to lists that are there.

At no time are all vectors in memory: a sample to train on (up to 256 MB), a block of 65,536, and, for `ivf_rabitq`,
its codes, some 64 bytes each for vectors of 384.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexes.engines.nearest.lists import (
    CENTROIDS,
    I64,
    LIST_KINDS,
    LISTS,
    REFINE,
    ROTATION,
    SIZES,
    TRAINED,
    U8,
    U32,
    Layout,
    ListKind,
    centroids_index,
    list_places,
    scalar_quantizer,
)
from indexes.engines.nearest.state import State
from indexes.engines.nearest.vectors import F32, RowFile, Rows, map_rows

_SAMPLE_BYTES = 1 << 28
_SAMPLE_PER_LIST = 100
_ROUNDS = 8
_ROTATION_SEED = 240_512_497


def build_lists(faiss: Any, folder: Path, rows: RowFile, kind: ListKind) -> int:
    """Train on a sample, and write the lists. Gives how many of them there are."""
    count, dimension = rows.shape
    lists = kind.lists(count)
    rotation = _rotation(dimension) if kind.refined else None
    sample = _sample(rows, lists)
    if rotation is not None:
        _write(folder / ROTATION, rotation)
        sample = np.ascontiguousarray(sample @ rotation.T)
    quantizer = centroids_index(faiss, _centroids(faiss, sample, lists))
    index = kind.make(faiss, quantizer, dimension, lists)
    if kind.trained or kind.refined:
        by_bytes = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
        by_bytes.train(sample)
        trained = faiss.vector_to_array(by_bytes.sq.trained)
        _write(folder / TRAINED, trained)
        if kind.trained:
            faiss.copy_array_to_vector(trained, index.sq.trained)
    index.is_trained = True
    centroids = faiss.rev_swig_ptr(quantizer.get_xb(), lists * dimension).reshape(lists, dimension)
    _write(folder / CENTROIDS, centroids)
    _grow(faiss, folder, kind, index, rows, rotation, None)
    return lists


def extend_lists(faiss: Any, folder: Path, rows: RowFile, state: State) -> None:
    """Add the rows to the lists in the folder, after the vectors that the state tells of; the centroids stay."""
    kind = LIST_KINDS[state.kind]
    old = Layout(faiss, folder, kind, state)
    index = kind.make(faiss, old.quantizer, state.dimension, state.lists)
    if kind.trained:
        faiss.copy_array_to_vector(np.array(old.trained).reshape(-1), index.sq.trained)
    index.is_trained = True
    _grow(faiss, folder, kind, index, rows, old.rotation, old)


def _grow(
    faiss: Any, folder: Path, kind: ListKind, index: Any, rows: RowFile, rotation: Rows | None, old: Layout | None
) -> None:
    first = 0 if old is None else int(old.sizes.sum())
    draft = folder / f"{LISTS}.new"
    if kind.block > 1:
        sizes = _pack(faiss, draft, index, _blocks(rows, rotation), first, folder / LISTS, old)
    else:
        sizes = _scatter(faiss, draft, index, rows, first, folder / LISTS, old)
    if kind.refined:
        _append_bytes(faiss, folder, _blocks(rows, rotation), first, rows.shape[1])
    draft.replace(folder / LISTS)
    _write(folder / SIZES, sizes.astype(U32))


def _pack(
    faiss: Any, draft: Path, index: Any, blocks: Iterator[Rows], first: int, before: Path, old: Layout | None
) -> NDArray[np.int64]:
    """Lists in blocks of 32: FAISS packs them in memory."""
    kept = faiss.downcast_InvertedLists(index.invlists)
    if old is not None:
        data = np.memmap(before, dtype=U8, mode="r")
        starts, room = old.places()
        for number, (start, slots, size) in enumerate(zip(starts, room, old.sizes, strict=True)):
            if size:
                kept.resize(number, int(size))
                end = start + slots * old.code_size
                _copy(faiss, kept.get_codes(number), data[start:end])
                _copy(faiss, kept.get_ids(number), data[end : end + size * I64.itemsize])
        index.ntotal = first
    for rows in blocks:
        index.add_with_ids(rows, np.arange(first, first + len(rows), dtype=np.int64))
        first += len(rows)
    sizes = np.array([kept.list_size(number) for number in range(index.nlist)], dtype=np.int64)
    _, room = list_places(sizes, 32, int(index.code_size))
    with draft.open("wb") as file:
        for number, (slots, size) in enumerate(zip(room.tolist(), sizes.tolist(), strict=True)):
            if size:
                file.write(faiss.rev_swig_ptr(kept.get_codes(number), slots * index.code_size).tobytes())
                file.write(faiss.rev_swig_ptr(kept.get_ids(number), size).astype(I64).tobytes())
    return sizes


def _scatter(
    faiss: Any, draft: Path, index: Any, rows: RowFile, first: int, before: Path, old: Layout | None
) -> NDArray[np.int64]:
    """Lists of codes one after another: each block's codes are written where their lists have room for them."""
    lists, code_size = int(index.nlist), int(index.code_size)
    assigned = [index.quantizer.search(block, 1)[1][:, 0] for block in rows.blocks()]
    filled = np.zeros(lists, dtype=np.int64) if old is None else old.sizes.copy()
    sizes = filled + np.bincount(np.concatenate(assigned), minlength=lists)
    starts, _ = list_places(sizes, 1, code_size)
    ordinals_at = starts + sizes * code_size
    with draft.open("wb") as file:
        place = file.fileno()
        if old is not None:
            data = np.memmap(before, dtype=U8, mode="r")
            for number, (start, size) in enumerate(zip(old.places()[0], old.sizes, strict=True)):
                end = start + size * code_size
                os.pwrite(place, data[start:end].tobytes(), starts[number])
                os.pwrite(place, data[end : end + size * I64.itemsize].tobytes(), ordinals_at[number])
        for block, homes in zip(rows.blocks(), assigned, strict=True):
            codes = np.empty((len(block), code_size), dtype=U8)
            pointer = faiss.swig_ptr
            index.encode_vectors(len(block), pointer(block), pointer(homes), pointer(codes))
            order = np.argsort(homes, kind="stable")
            for run in np.split(order, np.flatnonzero(np.diff(homes[order])) + 1):
                number = int(homes[run[0]])
                at = int(filled[number])
                os.pwrite(place, codes[run].tobytes(), starts[number] + at * code_size)
                os.pwrite(place, (run + first).astype(I64).tobytes(), ordinals_at[number] + at * I64.itemsize)
                filled[number] += len(run)
            first += len(block)
    return sizes


def _append_bytes(faiss: Any, folder: Path, blocks: Iterator[Rows], first: int, dimension: int) -> None:
    trained = map_rows(folder / TRAINED, 2, dimension)
    quantizer = scalar_quantizer(faiss, dimension, np.array(trained).reshape(-1))
    draft = folder / f"{REFINE}.new"
    with draft.open("wb") as file:
        if first:
            with (folder / REFINE).open("rb") as before:
                while part := before.read(1 << 24):
                    file.write(part)
        for rows in blocks:
            file.write(quantizer.sa_encode(rows).tobytes())
    draft.replace(folder / REFINE)


def _blocks(rows: RowFile, rotation: Rows | None) -> Iterator[Rows]:
    for block in rows.blocks():
        yield np.ascontiguousarray(block if rotation is None else block @ rotation.T, dtype=np.float32)


def _sample(rows: RowFile, lists: int) -> Rows:
    count, dimension = rows.shape
    wanted = max(_SAMPLE_PER_LIST * lists, 10_000)
    wanted = max(lists, min(count, wanted, _SAMPLE_BYTES // (F32.itemsize * dimension)))
    if wanted >= count:
        return rows.part(0, count)
    places = np.random.default_rng(0).choice(count, wanted, replace=False)
    return rows.take(np.sort(places))


def _centroids(faiss: Any, sample: Rows, lists: int) -> Rows:
    """k-means: a centroid is the mean of its vectors. Brought to unit length it would stand farther from them, and
    bits tell less of longer differences."""
    clustering = faiss.Clustering(sample.shape[1], lists)
    clustering.niter, clustering.seed = _ROUNDS, 1
    clustering.min_points_per_centroid, clustering.max_points_per_centroid = 1, len(sample)
    clustering.train(sample, faiss.IndexFlatL2(sample.shape[1]))
    found: Rows = faiss.vector_to_array(clustering.centroids).reshape(lists, -1)
    return np.nan_to_num(found)


def _rotation(dimension: int) -> Rows:
    """A random rotation. Bits say little of vectors that stand along the axes, as those of counted words do."""
    gaussian = np.random.default_rng(_ROTATION_SEED).standard_normal((dimension, dimension))
    return np.ascontiguousarray(np.linalg.qr(gaussian)[0], dtype=np.float32)


def _copy(faiss: Any, to: Any, data: NDArray[np.uint8]) -> None:
    whole = np.ascontiguousarray(data)
    faiss.memcpy(to, faiss.swig_ptr(whole), whole.nbytes)


def _write(path: Path, array: NDArray[Any]) -> None:
    draft = path.with_name(f"{path.name}.new")
    np.ascontiguousarray(array).tofile(draft)
    draft.replace(path)
