"""Leaving deleted vectors out without embedding what stays again: an embedder that remembers instead of embedding."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from indexes.engines.nearest.flat import VECTORS
from indexes.engines.nearest.state import State, read_state
from indexes.engines.nearest.vectors import RowFile, Rows
from indexes.protocols import Embedder
from indexes.stores.deleted import Ordinals


class KeptRows:
    """Gives the kept rows of a file of vectors, in order, as they are asked for passage by passage."""

    def __init__(self, embedder: Embedder, rows: RowFile, kept: Ordinals) -> None:
        self._embedder = embedder
        self._rows = rows
        self._kept = kept.astype(np.int64)
        self._given = 0

    @property
    def fingerprint(self) -> str:
        return self._embedder.fingerprint

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    def embed_passages(self, texts: Sequence[str]) -> Rows:
        wanted = self._kept[self._given : self._given + len(texts)]
        self._given += len(texts)
        return self._rows.take(wanted)

    def embed_queries(self, texts: Sequence[str]) -> Any:
        return self._embedder.embed_queries(texts)


def remembering(folder: Path, embedder: Embedder, kept: Ordinals) -> tuple[Embedder, State | None]:
    """An embedder that gives the kept passages' vectors, with the state they have; the embedder itself, and None, where
    the folder keeps no vectors but codes alone."""
    if not (folder / VECTORS).exists():
        return embedder, None
    state = read_state(folder)
    return KeptRows(embedder, RowFile(folder / VECTORS, state.vectors, state.dimension), kept), state
