"""The vectors that stay when deleted passages are dropped: read from the layout, none embedded again.

Of `ivf_sq8` and `ivf_rabitq` there are only bytes: their vectors are what the bytes say, to some 0.002 of a cosine.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexes.engines.nearest.flat import VECTORS
from indexes.engines.nearest.lists import I64, LIST_KINDS, LISTS, REFINE, U8, Layout, scalar_quantizer
from indexes.engines.nearest.state import State
from indexes.engines.nearest.vectors import F32, RowFile, Rows, map_rows

_BLOCK = 16_384
Kept = NDArray[np.uint32]


def only_bytes(state: State) -> bool:
    """Whether the vectors themselves are gone."""
    kind = LIST_KINDS.get(state.kind)
    return kind is not None and (kind.trained or kind.refined)


def kept_rows(faiss: Any, folder: Path, state: State, kept: Kept, scratch: Path) -> Iterator[tuple[Kept, Rows]]:
    """The vectors of those ordinals, in their order, a block at a time, each with its ordinals.

    `scratch` is a file that may be made on the way.
    """
    if state.kind not in LIST_KINDS:
        rows = RowFile(folder / VECTORS, state.vectors, state.dimension)
        for some in _blocks(kept):
            yield some, rows.take(some.astype(np.int64))
        return
    layout = Layout(faiss, folder, LIST_KINDS[state.kind], state)
    if layout.kind.refined:
        quantizer = scalar_quantizer(faiss, state.dimension, np.array(layout.trained).reshape(-1))
        codes = map_rows(folder / REFINE, state.vectors, state.dimension, U8)
        for some in _blocks(kept):
            yield some, _unit(quantizer.sa_decode(np.ascontiguousarray(codes[some])) @ layout.rotation)
        return
    _in_order(faiss, folder, layout, kept, scratch)
    ordered = RowFile(scratch, len(kept), state.dimension)
    for first, some in zip(range(0, len(kept), _BLOCK), _blocks(kept), strict=True):
        rows_of_block = ordered.part(first, first + _BLOCK)
        yield some, _unit(rows_of_block) if layout.kind.trained else rows_of_block
    scratch.unlink()


def _in_order(faiss: Any, folder: Path, layout: Layout, kept: Kept, scratch: Path) -> None:
    """The vectors out of the lists, written where they stand among those kept."""
    dimension, code_size = layout.index.d, layout.code_size
    data = map_rows(folder / LISTS, (folder / LISTS).stat().st_size, 1, U8)[:, 0]
    quantizer = (
        scalar_quantizer(faiss, dimension, np.array(layout.trained).reshape(-1)) if layout.kind.trained else None
    )
    stride = dimension * F32.itemsize
    with scratch.open("wb") as file:
        file.truncate(len(kept) * stride)
        for start, size in zip(layout.places()[0].tolist(), layout.sizes.tolist(), strict=True):
            end = start + size * code_size
            codes = np.array(data[start:end]).reshape(size, code_size)
            rows = codes.view(F32) if quantizer is None else quantizer.sa_decode(codes)
            ordinals = np.array(data[end : end + size * I64.itemsize]).view(I64)
            places = np.minimum(np.searchsorted(kept, ordinals), len(kept) - 1)
            for row, place, ordinal in zip(rows, places.tolist(), ordinals.tolist(), strict=True):
                if kept[place] == ordinal:
                    file.seek(place * stride)
                    file.write(row.tobytes())


def _blocks(kept: Kept) -> Iterator[Kept]:
    for first in range(0, len(kept), _BLOCK):
        yield kept[first : first + _BLOCK]


def _unit(rows: Rows) -> Rows:
    """Brought to unit length again, which rounding took from them; what was zero is zero."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Rows = np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0.5)
    return scaled
