"""`hashing`: vectors of hashed words and letter n-grams. No model, no download, nothing to fit.

It is lexical, and says so: texts are close where they share words or parts of words, so it forgives spelling and
endings, but knows no synonyms. Each word, with its n-grams of 3 to 5 letters, adds to a few of the dimensions, with a
sign of its own (Weinberger et al. 2009, "Feature hashing for large scale multitask learning"); a word that comes n
times counts 1 + ln n, and a long one no more than a short one. English's few commonest words are left out.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexes.analyzers.english import ENGLISH
from indexes.analyzers.native import NativeAnalyzer
from indexes.errors import InputError

NGRAMS = (3, 4, 5)
WORD_WEIGHT = 1.0
"""A whole word counts as much as all its n-grams together, times this."""
WORDS = NativeAnalyzer("hashing", stop_words=ENGLISH.stop_words)


class HashingEmbedder:
    """Texts to float32 [n, dimension], rows of unit length; a text without a word is a row of zeros."""

    def __init__(self, dimension: int = 1024) -> None:
        if isinstance(dimension, bool) or not isinstance(dimension, int) or dimension < 8:
            raise InputError(f"dimension must be a whole number, at least 8, but got {dimension!r}")
        self._dimension = dimension
        self._features = lru_cache(maxsize=1 << 16)(self._features_of)

    @property
    def dimension(self) -> int:
        return self._dimension

    @property
    def fingerprint(self) -> str:
        return f"hashing:1:{self._dimension}:{WORDS.fingerprint}"

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for number, text in enumerate(texts):
            rows[number] = self._embed(text)
        return rows

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.embed_passages(texts)

    def _embed(self, text: str) -> Any:
        counts = Counter(WORDS(text))
        if not counts:
            return 0.0
        places, values = zip(*(self._features(word) for word in counts), strict=True)
        weights = [1 + math.log(count) for count in counts.values()]
        lengths = [len(place) for place in places]
        row = np.bincount(
            np.concatenate(places),
            weights=np.concatenate(values) * np.repeat(weights, lengths),
            minlength=self._dimension,
        )
        norm = np.linalg.norm(row)
        return row / norm if norm > 0 else 0.0

    def _features_of(self, word: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Where a word adds to the vector, and how much: its own feature first, then those of its n-grams."""
        marked = f"<{word}>"
        grams = [marked[at : at + size] for size in NGRAMS for at in range(len(marked) - size + 1)]
        hashes = np.array([zlib.crc32(part.encode()) for part in (f"={word}", *grams)], dtype=np.int64)
        signs = np.where(hashes & 1, 1.0, -1.0)
        signs[0] *= WORD_WEIGHT
        if grams:
            signs[1:] /= math.sqrt(len(grams))
        return (hashes >> 1) % self._dimension, signs


HASHING = HashingEmbedder()
