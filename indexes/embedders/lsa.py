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
CHARACTERS = 100_000
"""More of a passage is not learned from."""
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
        terms, matrix = _counted(_drawn(texts))
        passages = matrix.shape[0]
        spread = np.bincount(matrix.indices, minlength=len(terms))
        fewest = 2 if passages >= 1000 else 1  # a word of one passage in thousands is close to nothing
        known = sorted(np.flatnonzero(spread >= fewest).tolist(), key=lambda term: (-spread[term], terms[term]))[:TERMS]
        weights = (np.log(passages / spread[known]) + 1).astype(np.float32)
        components = _components(_unit(matrix[:, known].multiply(weights).tocsr()), self.dimension)
        return LsaEmbedder([terms[term] for term in known], weights, components)

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
            drawn.append(text[:CHARACTERS])
        elif (place := chance.randrange(number + 1)) < SAMPLE:
            drawn[place] = text[:CHARACTERS]
    return drawn


def _counted(texts: Sequence[str]) -> tuple[list[str], Any]:
    """The words that occur, and a sparse matrix, float32 [texts, words], of 1 + ln count."""
    from scipy.sparse import csr_matrix

    numbers: dict[str, int] = {}
    columns, values, starts = array("i"), array("f"), array("q", [0])
    for text in texts:
        counted = Counter(ENGLISH(text))
        columns.extend(numbers.setdefault(term, len(numbers)) for term in counted)
        values.extend(1 + math.log(count) for count in counted.values())
        starts.append(len(columns))
    matrix = csr_matrix(
        (np.array(values, dtype=np.float32), np.array(columns, dtype=np.int32), np.array(starts, dtype=np.int64)),
        shape=(len(texts), len(numbers)),
    )
    return list(numbers), matrix


def _unit(matrix: Any) -> Any:
    """The rows brought to length 1; a row of zeros stays."""
    from scipy.sparse import diags

    norms = np.sqrt(matrix.multiply(matrix).sum(axis=1)).A1
    return (diags(np.divide(1, norms, out=np.zeros_like(norms), where=norms > 0)) @ matrix).tocsr()


def _weighed(
    counted: Mapping[str, int], numbers: Mapping[str, int], weights: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The known words' numbers, rising, and their weights in this text: (1 + ln count) · (ln(N / n) + 1)."""
    known = sorted((numbers[term], 1 + math.log(count)) for term, count in counted.items() if term in numbers)
    places = np.array([number for number, _ in known], dtype=np.int64)
    return places, np.array([count for _, count in known], dtype=np.float32) * weights[places]


def _components(matrix: Any, dimension: int) -> NDArray[np.float16]:
    """The directions among words that keep the most of the passages, of a sparse float32 [passages, words]:
    float16 [words, dimension]."""
    passages, terms = matrix.shape
    size = max(1, min(dimension, passages, terms))
    if not terms:
        return np.zeros((0, size), dtype=np.float16)
    turned = matrix.T.tocsr()
    start = np.random.default_rng(0).standard_normal((terms, min(size + _SPARE, passages, terms)), dtype=np.float32)
    basis = _orthonormal(matrix @ start)
    for _ in range(_ROUNDS):
        basis = _orthonormal(matrix @ _orthonormal(turned @ basis))
    directions, _, _ = np.linalg.svd(turned @ basis, full_matrices=False)
    return np.ascontiguousarray(directions[:, :size], dtype=np.float16)


def _orthonormal(columns: Any) -> NDArray[np.float32]:
    basis: NDArray[np.float32] = np.linalg.qr(columns)[0]
    return basis
