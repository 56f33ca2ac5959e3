"""`faiss`: the nearest passages by the vectors of an embedder, through FAISS (extra `[dense]`).

`flat` compares the query with every passage: exact, and some 60 ms for a million vectors of 384. Scores are cosines, so
the vectors are brought to unit length; a passage whose vector is zero has score 0. The vectors lie in a plain,
memory-mapped file, float32 [passages, dimension], in the order of indexing: no file is read by FAISS itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexes.engines.parameters import with_defaults
from indexes.errors import CorruptIndexError, InputError
from indexes.passage import Passage
from indexes.protocols import Embedder, EngineReader, EngineWriter, Recipe, Store

VECTORS = "vectors.f32"
KINDS = ("flat",)
BATCH = 256
_F32 = np.dtype("<f4")


class Faiss:
    """Engine `faiss`. Parameter: `kind` (`flat`). Needs an embedder."""

    name = "faiss"

    def parameters(self, given: Mapping[str, Any]) -> dict[str, Any]:
        chosen = with_defaults(self.name, given, {"kind": "flat"})
        if chosen["kind"] not in KINDS:
            raise InputError(f"kind of engine faiss must be one of {', '.join(KINDS)}, but got {chosen['kind']!r}")
        return chosen

    def embeds(self, parameters: Mapping[str, Any]) -> bool:
        return True

    def create(self, folder: Path, recipe: Recipe) -> EngineWriter:
        _load()  # better now than after an hour of embedding
        return FaissWriter(folder, _embedder(recipe))

    def open(self, folder: Path, recipe: Recipe, store: Store) -> EngineReader:
        return FaissReader(folder, _embedder(recipe), len(store))


ENGINE = Faiss()


def _load() -> Any:
    try:
        import faiss
    except ImportError as error:
        raise InputError(
            f'engine faiss needs the package faiss-cpu, but it cannot be imported ({error}); pip install "dsp[dense]"'
        ) from None
    return faiss


def _embedder(recipe: Recipe) -> Embedder:
    if recipe.embedder is None:
        raise InputError('engine faiss needs an embedder, but got none; say embedder="hashing", or another')
    return recipe.embedder


class FaissWriter:
    """Embeds passages, title and text, in batches, and appends their vectors to the file."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self._embedder = embedder
        self._file = (folder / VECTORS).open("wb")
        self._waiting: list[str] = []

    def add(self, passage: Passage) -> None:
        self._waiting.append(f"{passage.title}\n{passage.text}" if passage.title else passage.text)
        if len(self._waiting) == BATCH:
            self._flush()

    def finish(self) -> None:
        self._flush()
        self._file.close()

    def abort(self) -> None:
        with suppress(OSError):
            self._file.close()

    def _flush(self) -> None:
        if self._waiting:
            rows = unit_rows(self._embedder.embed_passages(self._waiting), len(self._waiting), self._embedder)
            self._file.write(rows.astype(_F32).tobytes())
            self._waiting = []


class FaissReader:
    """Compares a query with every vector. One thread a search, so that it is safe in a forked process."""

    def __init__(self, folder: Path, embedder: Embedder, passages: int) -> None:
        self._faiss = _load()
        self._embedder = embedder
        path = folder / VECTORS
        wanted = passages * embedder.dimension * _F32.itemsize
        try:
            size = path.stat().st_size
            if size != wanted:
                raise CorruptIndexError(
                    f"{path} must hold {wanted} bytes for {passages} vectors of {embedder.dimension}, but has {size}; "
                    "build the index again"
                )
            self._vectors = np.memmap(path, dtype=_F32, mode="r", shape=(passages, embedder.dimension))
        except OSError as error:
            raise CorruptIndexError(f"{path} cannot be read ({error}); build the index again") from None

    def search(self, query: str, k: int) -> Sequence[tuple[int, float]]:
        if not any(letter.isprintable() and not letter.isspace() for letter in query):
            return []
        row = unit_rows(self._embedder.embed_queries([query]), 1, self._embedder)
        return self._nearest(row, k) if row.any() else []

    def close(self) -> None:
        del self._vectors

    def _nearest(self, row: NDArray[np.float32], k: int) -> list[tuple[int, float]]:
        """The best k; where equal scores straddle the end, all of them are fetched, so that the earliest stay."""
        passages = len(self._vectors)
        limit = min(k + 1, passages)
        while True:
            found = self._faiss.knn(row, self._vectors, limit, metric=self._faiss.METRIC_INNER_PRODUCT)
            scores, ordinals = found[0][0].tolist(), found[1][0].tolist()
            if limit == passages or scores[-1] != scores[k - 1]:
                break
            limit = min(2 * limit, passages)
        ranked = sorted(zip(ordinals, scores, strict=True), key=lambda hit: (-hit[1], hit[0]))
        return [(ordinal, score) for ordinal, score in ranked[:k] if ordinal >= 0]


def unit_rows(rows: Any, count: int, embedder: Embedder) -> NDArray[np.float32]:
    """The embedder's vectors, checked and brought to unit length; zeros stay. Raises InputError for any other shape,
    NaN or infinity."""
    vectors = np.ascontiguousarray(rows, dtype=np.float32)
    if vectors.shape != (count, embedder.dimension):
        raise InputError(
            f"an embedder must give float32 [{count}, {embedder.dimension}], but {embedder.fingerprint} gave "
            f"{list(vectors.shape)}; mend the embedder"
        )
    if not np.isfinite(vectors).all():
        raise InputError(f"an embedder must give finite numbers, but {embedder.fingerprint} gave NaN or infinity")
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    result: NDArray[np.float32] = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
    return result
