"""Vectors as an embedder gives them: checked, brought to unit length, and kept in a plain file of float32 rows."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexes.errors import CorruptIndexError, InputError
from indexes.passage import Passage
from indexes.protocols import Embedder

F32 = np.dtype("<f4")
BATCH = 256
SNIPPETS = 500
"""How many passages lend a piece of their text as a query, to measure recall with."""
SNIPPET_WORDS, SNIPPET_CHARACTERS = 12, 200

_TINY, _HUGE = 1e-20, 1e20
"""Squared lengths between these are exact enough in 32 bits."""

Rows = NDArray[np.float32]


def unit_rows(rows: Any, count: int, embedder: Embedder) -> tuple[Rows, NDArray[np.float64]]:
    """The embedder's vectors, checked and brought to unit length, and their norms; zeros stay zeros.

    Raises InputError for another shape or type, NaN or infinity.
    """
    try:
        vectors = np.ascontiguousarray(rows, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"an embedder must give float32 [{count}, {embedder.dimension}], but what {embedder.fingerprint} gave is "
            f"no array of numbers ({error}); mend the embedder"
        ) from None
    if vectors.shape != (count, embedder.dimension):
        raise InputError(
            f"an embedder must give float32 [{count}, {embedder.dimension}], but {embedder.fingerprint} gave "
            f"{list(vectors.shape)}; mend the embedder"
        )
    # in 64 bits, where no finite 32-bit number overflows: one pass finds the norms, and NaN and infinity with them
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    if not np.isfinite(norms).all():
        raise InputError(
            f"an embedder must give finite numbers, but {embedder.fingerprint} gave NaN or infinity; mend the embedder"
        )
    scaled = np.divide(vectors, norms[:, None], out=np.zeros_like(vectors), where=norms[:, None] > 0, casting="unsafe")
    return scaled, norms


def unit_row(rows: Any, embedder: Embedder) -> Rows:
    """As `unit_rows`, for one row: most queries take the short way."""
    if isinstance(rows, np.ndarray) and rows.dtype == np.float32 and rows.shape == (1, embedder.dimension):
        row: Rows = rows[0]
        with np.errstate(over="ignore", invalid="ignore"):  # the long way tells what it was
            square = float(row.dot(row))
        if _TINY < square < _HUGE:
            return np.ascontiguousarray(rows * np.float32(1 / sqrt(square)))
    return unit_rows(rows, 1, embedder)[0]


def map_rows(path: Path, count: int, dimension: int, dtype: np.dtype[Any] = F32) -> NDArray[Any]:
    """The rows of a file, mapped, not read. Raises CorruptIndexError where its size is not theirs."""
    wanted = count * dimension * dtype.itemsize
    try:
        size = path.stat().st_size
        if size != wanted:
            raise CorruptIndexError(
                f"{path} must hold {wanted} bytes for {count} rows of {dimension}, but has {size}; "
                "build the index again"
            )
        if not wanted:
            return np.empty((count, dimension), dtype=dtype)
        return np.asarray(np.memmap(path, dtype=dtype, mode="r", shape=(count, dimension)))
    except OSError as error:
        raise CorruptIndexError(f"{path} cannot be read ({error}); build the index again") from None


class RowFile:
    """A file of float32 rows that are read, not mapped: what was read takes memory only while it is used."""

    def __init__(self, path: Path, count: int, dimension: int) -> None:
        map_rows(path, count, dimension)  # for its checks
        self.shape = (count, dimension)
        self._path = path

    def __len__(self) -> int:
        return self.shape[0]

    def part(self, start: int, stop: int) -> Rows:
        """The rows from `start` up to `stop`, or the last."""
        dimension = self.shape[1]
        count = max(0, min(stop, self.shape[0]) - start)
        rows = np.fromfile(self._path, dtype=F32, count=count * dimension, offset=start * dimension * F32.itemsize)
        return rows.reshape(count, dimension).astype(np.float32, copy=False)

    def blocks(self, size: int = 65_536) -> Iterator[Rows]:
        for start in range(0, len(self), size):
            yield self.part(start, start + size)

    def take(self, ordinals: NDArray[np.int64]) -> Rows:
        """Those rows, in that order."""
        rows = np.empty((len(ordinals), self.shape[1]), dtype=F32)
        stride = rows.itemsize * self.shape[1]
        with self._path.open("rb") as file:
            for row, ordinal in zip(rows, ordinals.tolist(), strict=True):
                file.seek(ordinal * stride)
                row[:] = np.frombuffer(file.read(stride), dtype=F32)
        return rows.astype(np.float32, copy=False)


class VectorWriter:
    """Embeds passages, title and text, in batches, and writes their unit vectors one after another.

    `before`, a file of vectors, is copied to the front. Meanwhile it keeps a few pieces of the texts, as queries to
    measure with: which ones depends on the order of passages alone.
    """

    def __init__(self, path: Path, embedder: Embedder, before: Path | None = None) -> None:
        self.path = path
        self.count = 0
        self.zeros = 0
        self.norms: tuple[float, float] | None = None
        self._embedder = embedder
        if before is not None:
            shutil.copyfile(before, path)
        self._file = path.open("wb" if before is None else "ab")
        self._waiting: list[str] = []
        self._chance = random.Random(0)
        self._snippets: list[str] = []

    def add(self, passage: Passage) -> None:
        self._waiting.append(f"{passage.title}\n{passage.text}" if passage.title else passage.text)
        self._keep_snippet(passage.text)
        self.count += 1
        if len(self._waiting) == BATCH:
            self._flush()

    def add_rows(self, rows: Rows, texts: Sequence[str]) -> None:
        """Vectors that are there already, of unit length or zero, with the texts of their passages."""
        self._flush()
        for text in texts:
            self._keep_snippet(text)
            self.count += 1
        self.zeros += int(np.count_nonzero(~rows.any(axis=1)))
        self._file.write(rows.astype(F32, copy=False).tobytes())

    def finish(self) -> None:
        self._flush()
        self._file.close()

    def abort(self) -> None:
        with suppress(OSError):
            self._file.close()

    def queries(self) -> Rows:
        """Pieces of the texts as the embedder sees queries: float32 [up to 500, dimension], unit length, no zeros."""
        rows = [
            unit_rows(self._embedder.embed_queries(part), len(part), self._embedder)[0]
            for part in _parts(self._snippets, BATCH)
        ]
        whole = np.concatenate(rows) if rows else np.empty((0, self._embedder.dimension), dtype=np.float32)
        return np.ascontiguousarray(whole[whole.any(axis=1)])

    def _flush(self) -> None:
        if not self._waiting:
            return
        texts, self._waiting = self._waiting, []
        rows, norms = unit_rows(self._embedder.embed_passages(texts), len(texts), self._embedder)
        self._file.write(rows.astype(F32, copy=False).tobytes())
        some = norms[norms > 0]
        self.zeros += len(norms) - len(some)
        if len(some):
            low, high = self.norms or (np.inf, 0.0)
            self.norms = (min(low, float(some.min())), max(high, float(some.max())))

    def _keep_snippet(self, text: str) -> None:
        """Each passage has the same chance to be among those kept (Vitter 1985, algorithm R)."""
        if self.count < SNIPPETS:
            self._snippets.append(self._snippet(text))
            return
        place = self._chance.randrange(self.count + 1)
        if place < SNIPPETS:
            self._snippets[place] = self._snippet(text)

    def _snippet(self, text: str) -> str:
        words = text[:100_000].split()
        start = self._chance.randrange(max(1, len(words) - SNIPPET_WORDS + 1))
        return " ".join(words[start : start + SNIPPET_WORDS])[:SNIPPET_CHARACTERS]


def _parts(texts: Sequence[str], size: int) -> list[Sequence[str]]:
    return [texts[start : start + size] for start in range(0, len(texts), size)]
