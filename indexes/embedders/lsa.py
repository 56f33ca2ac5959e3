"""`lsa`: vectors learned from the corpus itself. No model, no download.

Latent semantic analysis (Deerwester et al. 1990): the matrix of passages and their words' TF-IDF weights is brought to
a few hundred dimensions that keep as much of it as any could. Words that occur in the same passages come to lie close,
so it finds some of what is said in other words, where the corpus says it in both. It knows nothing that the corpus
doesn't.

The decomposition is the randomized one of Halko, Martinsson & Tropp 2011 (algorithm 4.4), from a fixed seed.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexes.analyzers.english import ENGLISH
from indexes.errors import CorruptIndexError, InputError

FORMAT_VERSION = 1
LARGEST = 4096
SAMPLE = 100_000
"""Passages that are learned from, at most: of more, so many are drawn."""
TERMS = 100_000
"""Words that are known, at most: those in the most passages."""
META, WORDS, WEIGHTS, COMPONENTS = "lsa.json", "words.npy", "weights.npy", "components.npy"
_ROUNDS, _SPARE = 4, 16


class Lsa:
    """To be fitted on a corpus; `dimension` of the vectors, or fewer where the corpus has fewer passages or words."""

    in_names: Mapping[str, type] = {"dimension": int}

    def __init__(self, model: str = "", *, dimension: int = 256) -> None:
        if model:
            raise InputError(f'embedder lsa has no models, but got "{model}"; write lsa alone, or lsa?dimension=256')
        if isinstance(dimension, bool) or not isinstance(dimension, int) or not 1 <= dimension <= LARGEST:
            raise InputError(f"dimension must be a whole number between 1 and {LARGEST}, but got {dimension!r}")
        self.dimension = dimension

    def fit(self, texts: Iterable[str]) -> LsaEmbedder:
        counts = [Counter(ENGLISH(text)) for text in _drawn(texts)]
        spread = Counter(term for counted in counts for term in counted)
        fewest = 2 if len(counts) >= 1000 else 1  # a word of one passage in thousands is close to nothing
        known = sorted(term for term, passages in spread.items() if passages >= fewest)
        known = sorted(known, key=lambda term: -spread[term])[:TERMS]
        numbers = {term: number for number, term in enumerate(known)}
        weights = np.array([math.log(len(counts) / spread[term]) + 1 for term in known], dtype=np.float32)
        components = _components(
            [_weighed(counted, numbers, weights) for counted in counts], len(known), self.dimension
        )
        return LsaEmbedder(known, weights, components)

    def load(self, folder: Path) -> LsaEmbedder:
        try:
            meta = json.loads((folder / META).read_text("utf-8"))
            words = np.load(folder / WORDS, allow_pickle=False).tobytes().decode("utf-8", "surrogatepass")
            weights = np.load(folder / WEIGHTS, allow_pickle=False)
            components = np.load(folder / COMPONENTS, allow_pickle=False, mmap_mode="r")
            terms = words.split("\n") if words else []
            right = (
                meta["format_version"] == FORMAT_VERSION
                and weights.dtype == np.float32
                and components.dtype == np.float16
                and weights.shape == (len(terms),)
                and components.shape == (len(terms), components.shape[-1])
            )
        except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
            raise CorruptIndexError(f"{folder} cannot be read ({error}); build the index again") from None
        if not right:
            raise CorruptIndexError(
                f"{folder} must hold an embedder lsa, but its parts don't fit; build the index again"
            )
        return LsaEmbedder(terms, weights, components, str(meta["digest"]))


class LsaEmbedder:
    """Texts to float32 [n, dimension], rows of unit length; a text without a known word is a row of zeros.

    `components` are float16 [words, dimension], `weights` float32 [words].
    """

    def __init__(
        self,
        terms: Sequence[str],
        weights: NDArray[np.float32],
        components: NDArray[np.float16],
        digest: str | None = None,
    ) -> None:
        self._terms, self._weights, self._components = terms, weights, components
        self._numbers = {term: number for number, term in enumerate(terms)}
        self._known_digest = digest

    @property
    def dimension(self) -> int:
        return int(self._components.shape[1])

    @cached_property
    def fingerprint(self) -> str:
        return f"lsa:{FORMAT_VERSION}:{self.dimension}:{ENGLISH.fingerprint}:{self._digest}"

    @property
    def spelled(self) -> str:
        return f"lsa?dimension={self.dimension}"

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            numbers, values = _weighed(Counter(ENGLISH(text)), self._numbers, self._weights)
            if len(numbers):
                vector = values @ self._components[numbers].astype(np.float32)
                norm = float(np.linalg.norm(vector))
                rows[row] = vector / norm if norm > 0 else 0.0
        return rows

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.embed_passages(texts)

    def save(self, folder: Path) -> None:
        words = "\n".join(self._terms).encode("utf-8", "surrogatepass")
        np.save(folder / WORDS, np.frombuffer(words, dtype=np.uint8), allow_pickle=False)
        np.save(folder / WEIGHTS, self._weights, allow_pickle=False)
        np.save(folder / COMPONENTS, self._components, allow_pickle=False)
        meta = {"format_version": FORMAT_VERSION, "digest": self._digest}
        (folder / META).write_text(json.dumps(meta), "utf-8")

    @property
    def _digest(self) -> str:
        if self._known_digest is None:
            digest = hashlib.sha256("\n".join(self._terms).encode("utf-8", "surrogatepass"))
            digest.update(self._weights.tobytes())
            digest.update(self._components.tobytes())
            self._known_digest = digest.hexdigest()[:32]
        return self._known_digest


def _drawn(texts: Iterable[str]) -> list[str]:
    """All of them, or of more than `SAMPLE` so many, each as likely as any other (Vitter 1985, algorithm R)."""
    drawn: list[str] = []
    chance = random.Random(0)
    for number, text in enumerate(texts):
        if number < SAMPLE:
            drawn.append(text)
        elif (place := chance.randrange(number + 1)) < SAMPLE:
            drawn[place] = text
    return drawn


def _weighed(
    counted: Mapping[str, int], numbers: Mapping[str, int], weights: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The known words' numbers, rising, and their weights in this text: (1 + ln count) · (ln(N / n) + 1), length 1."""
    known = sorted((numbers[term], 1 + math.log(count)) for term, count in counted.items() if term in numbers)
    places = np.array([number for number, _ in known], dtype=np.int64)
    values = np.array([count for _, count in known], dtype=np.float32) * weights[places]
    norm = np.linalg.norm(values)
    return places, values / norm if norm > 0 else values


def _components(
    rows: Sequence[tuple[NDArray[np.int64], NDArray[np.float32]]], terms: int, dimension: int
) -> NDArray[np.float16]:
    """The directions among words that keep the most of the passages: float16 [words, dimension]."""
    from scipy.sparse import csr_matrix

    size = max(1, min(dimension, len(rows), terms))
    if not terms:
        return np.zeros((0, size), dtype=np.float16)
    starts = array("q", [0])
    for numbers, _ in rows:
        starts.append(starts[-1] + len(numbers))
    matrix = csr_matrix(
        (np.concatenate([values for _, values in rows]), np.concatenate([numbers for numbers, _ in rows]), starts),
        shape=(len(rows), terms),
    )
    turned = matrix.T.tocsr()
    start = np.random.default_rng(0).standard_normal((terms, min(size + _SPARE, len(rows), terms)), dtype=np.float32)
    basis = _orthonormal(matrix @ start)
    for _ in range(_ROUNDS):
        basis = _orthonormal(matrix @ _orthonormal(turned @ basis))
    directions, _, _ = np.linalg.svd(turned @ basis, full_matrices=False)
    return np.ascontiguousarray(directions[:, :size], dtype=np.float16)


def _orthonormal(columns: Any) -> NDArray[np.float32]:
    basis: NDArray[np.float32] = np.linalg.qr(columns)[0]
    return basis
