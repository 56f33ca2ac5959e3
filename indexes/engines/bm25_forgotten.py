"""Exact BM25 over what is left, from an index that still holds what was deleted.

tantivy counts deleted passages in its statistics until they are merged away, and even then only estimates the average
length. So they stay in its index, and what they contribute is kept beside it: how many of them there are, how many
terms they have, and in how many of them each term occurs. Then, at search, with N, n and the average length as tantivy
has them and N*, n*, average* without the deleted:

    each term is boosted by idf(n*, N*) / idf(n, N), which leaves only the average length wrong, and
    score* / score of a passage then lies between 1 and r = average* / average.

The candidates are scored anew, exactly, by the formula in `indexes.engines.bm25`, and more are asked for until the k-th
best exact score is above the last candidate's score times max(1, r): no other passage can then be among the best k.
Where r is 1 to five digits, as it is while few are deleted, the candidates' own scores are exact to as many.

`forgotten.terms` holds 64-bit hashes of terms, sorted, `forgotten.counts` their numbers of passages (32-bit), both
little-endian; `forgotten.json` the two totals.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from heapq import heappush, heappushpop
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexes.errors import CorruptIndexError
from indexes.passage import Passage
from indexes.protocols import Store
from indexes.stores.deleted import Ordinals, mask_of_others

TERMS, COUNTS, TOTALS = "forgotten.terms", "forgotten.counts", "forgotten.json"
K1, B = 1.2, 0.75
_U64, _U32 = np.dtype("<u8"), np.dtype("<u4")
_ROUNDING = 1e-5  # tantivy adds up in 32 bits
_CLOSE = 1e-5
_SPARE = 8  # asked for beyond k, so that one search is mostly enough
Analysis = Callable[[Passage], Counter[str]]
"""A passage's terms, the title's as often as they count."""


class Candidates(Protocol):
    """What an index that still holds the deleted passages is asked for."""

    def terms(self, query: str) -> Sequence[tuple[str, int]]:
        """The query's terms, each with how often it occurs."""
        ...

    def analysis(self, passage: Passage) -> Counter[str]: ...

    def passages_with(self, term: str) -> int: ...

    def average_length(self, term: str) -> float:
        """The average length of all passages; the term is one that some passage has."""
        ...

    def best(self, weights: Sequence[tuple[str, float]], limit: int) -> Sequence[tuple[int, float]]:
        """The best of all passages by the terms' weighted scores, as pairs of ordinal and score, best first."""
        ...

    def close(self) -> None: ...


def forget(folder: Path, passages: Iterable[Passage], analysis: Analysis) -> None:
    """Add these passages to what is known of the deleted ones, in new files."""
    known = _Forgotten(folder)
    counts: Counter[str] = Counter()
    count, tokens = known.passages, known.tokens
    for passage in passages:
        terms = analysis(passage)
        counts.update(terms.keys())
        count += 1
        tokens += terms.total()
    hashes = np.concatenate([known.hashes, np.fromiter(map(_hash, counts), dtype=_U64, count=len(counts))])
    numbers = np.concatenate([known.counts, np.fromiter(counts.values(), dtype=_U32, count=len(counts))])
    different, places = np.unique(hashes, return_inverse=True)
    sums = np.bincount(places.reshape(-1), weights=numbers, minlength=len(different))
    for name in (TERMS, COUNTS, TOTALS):
        (folder / name).unlink(missing_ok=True)  # another generation may share the old one: it stays
    different.astype(_U64).tofile(folder / TERMS)
    sums.astype(_U32).tofile(folder / COUNTS)
    (folder / TOTALS).write_text(json.dumps({"passages": count, "tokens": tokens}), encoding="ascii")


class _Forgotten:
    """What was noted so far; nothing where nothing was."""

    def __init__(self, folder: Path) -> None:
        self.passages = self.tokens = 0
        self.hashes: NDArray[np.uint64] = np.empty(0, dtype=_U64)
        self.counts: NDArray[np.uint32] = np.empty(0, dtype=_U32)
        if not (folder / TOTALS).exists():
            return
        try:
            totals = json.loads((folder / TOTALS).read_bytes())
            self.passages, self.tokens = int(totals["passages"]), int(totals["tokens"])
            if (folder / TERMS).stat().st_size:  # where no deleted passage has a term there is nothing to map
                self.hashes = np.memmap(folder / TERMS, dtype=_U64, mode="r")
                self.counts = np.memmap(folder / COUNTS, dtype=_U32, mode="r")
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise _unfit(folder, str(error)) from None
        if len(self.hashes) != len(self.counts):
            raise _unfit(folder, f"{len(self.hashes)} terms, {len(self.counts)} counts")

    def passages_with(self, term: str) -> int:
        wanted = np.uint64(_hash(term))
        place = int(np.searchsorted(self.hashes, wanted))
        return int(self.counts[place]) if place < len(self.hashes) and self.hashes[place] == wanted else 0


@dataclass(frozen=True, slots=True)
class _Query:
    """What a search needs: the terms' weights for tantivy, and for the exact scores; the true average length, and its
    ratio to tantivy's."""

    weights: list[tuple[str, float]]
    exact: dict[str, float]
    average: float
    ratio: float

    @property
    def bound(self) -> float:
        return max(1.0, self.ratio) * (1 + _ROUNDING)

    @property
    def close(self) -> bool:
        return abs(self.ratio - 1) <= _CLOSE


class ForgottenReader:
    """Searches as if the deleted passages had never been indexed."""

    def __init__(self, folder: Path, candidates: Candidates, store: Store, deleted: Ordinals) -> None:
        self._candidates = candidates
        self._store = store
        self._live = mask_of_others(deleted, len(store))
        self._left = len(store) - len(deleted)
        self._forgotten = _Forgotten(folder)
        if self._forgotten.passages != len(deleted):
            raise _unfit(folder, f"{self._forgotten.passages} passages where {len(deleted)} were deleted")

    def search(self, query: str, k: int) -> Sequence[tuple[int, float]]:
        return self.search_within(query, k, self._live)

    def search_within(self, query: str, k: int, allowed: NDArray[np.bool_]) -> Sequence[tuple[int, float]]:
        wanted = self._query(query)
        if wanted is None:
            return []
        everything = len(self._live)
        limit = min(k + _SPARE, everything)
        scores: dict[int, float] = {}
        while True:
            found = self._candidates.best(wanted.weights, limit)
            best: list[float] = []  # a heap of the k best exact scores so far
            settled = len(found) < limit or limit == everything
            for ordinal, score in found:
                if len(best) == k and score * wanted.bound < best[0]:
                    settled = True  # neither this one nor any after it can be among the k best
                    break
                if self._live[ordinal] and allowed[ordinal]:
                    if ordinal not in scores:
                        scores[ordinal] = score if wanted.close else self._score(wanted, ordinal)
                    (heappush if len(best) < k else heappushpop)(best, scores[ordinal])
            if settled:
                return sorted(scores.items(), key=lambda hit: (-hit[1], hit[0]))[:k]
            limit = min(2 * limit, everything)

    def close(self) -> None:
        self._candidates.close()

    def _query(self, query: str) -> _Query | None:
        """The weights of the query's terms; None where no passage that is left has one of them."""
        weights: list[tuple[str, float]] = []
        exact: dict[str, float] = {}
        everything = len(self._live)
        for term, count in self._candidates.terms(query):
            there = self._candidates.passages_with(term)
            left = there - self._forgotten.passages_with(term)
            if left > 0:
                idf = _idf(self._left, left)
                exact[term] = count * idf
                weights.append((term, count * idf / _idf(everything, there)))
        if not weights:
            return None
        stale = self._candidates.average_length(weights[0][0])
        tokens = stale * everything
        if tokens < 1 << 23:  # then the average, a 32-bit float, tells the exact number
            tokens = round(tokens)
        average = (tokens - self._forgotten.tokens) / self._left
        return _Query(weights, exact, average, average / stale)

    def _score(self, query: _Query, ordinal: int) -> float:
        terms = self._candidates.analysis(self._store[ordinal])
        norm = K1 * (1 - B + B * kept_length(terms.total()) / query.average)
        score = 0.0
        for term, weight in query.exact.items():
            if tf := terms.get(term):
                score += weight * tf / (tf + norm)
        return score * (K1 + 1)


def kept_length(length: int) -> int:
    """The length as tantivy keeps it, in one byte: exact up to 40, then four significant bits above 24."""
    if length <= 40:
        return length
    shift = (length - 24).bit_length() - 4
    return ((length - 24) >> shift << shift) + 24


def _idf(passages: int, with_term: int) -> float:
    return math.log(1 + (passages - with_term + 0.5) / (with_term + 0.5))


def _hash(term: str) -> int:
    return int.from_bytes(hashlib.blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _unfit(folder: Path, how: str) -> CorruptIndexError:
    return CorruptIndexError(f"{folder / TOTALS} does not fit the deleted passages ({how}); build the index again")
