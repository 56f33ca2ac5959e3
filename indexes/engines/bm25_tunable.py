"""`bm25_tunable`: BM25 whose parameters are chosen for each search, over memory-mapped arrays. Extra `[tunable]`.

The score of a passage p for a query q, a bag of terms in which each counts as often as it occurs:

    score(p, q) = sum over t in q of  idf(t) * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length(p) / average length))
    tf          = title_weight * (occurrences of t in the title) + text_weight * (occurrences of t in the text)
    length(p)   = title_weight * (terms in the title) + text_weight * (terms in the text)

over N passages, n of them with t in a field of some weight. `idf` is `lucene`: ln(1 + (N - n + 0.5) / (n + 0.5)), which
is never negative, or `okapi`, as the package rank-bm25 has it: ln((N - n + 0.5) / (n + 0.5)), and a quarter of the mean
over all terms where that is negative. Lengths are exact. Nothing but counts is kept, so `with_` changes `k1`, `b`,
`title_weight`, `text_weight` and `idf` without building anew, and deleted passages leave no trace in any statistic.

numba compiles the loops (`tunable/`) on their first use, in some ten seconds, and keeps what it compiled; it takes some
200 MB of disk, and half a second to load.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from indexes.engines.parameters import number, with_defaults
from indexes.engines.tunable.statistics import Arrays
from indexes.errors import CorruptIndexError, InputError
from indexes.passage import Passage
from indexes.protocols import EngineReader, EngineWriter, Recipe, Store
from indexes.stores.deleted import NONE, Ordinals

if TYPE_CHECKING:
    from indexes.engines.tunable.parts import PartWriter

PARTS = "parts.json"
DEFAULTS = {"k1": 1.2, "b": 0.75, "title_weight": 3, "text_weight": 1, "idf": "lucene"}
IDFS = ("lucene", "okapi")
MAX_QUERY_TERMS = 1024
_MAX_PARTS = 10_000
_EPSILON = 0.25  # of rank-bm25


class Bm25Tunable:
    """Engine `bm25_tunable`. Parameters, all of them for searching: `k1` (1.2), `b` (0.75), `title_weight` (3),
    `text_weight` (1), `idf` (`lucene`, or `okapi`)."""

    name = "bm25_tunable"

    def parameters(self, given: Mapping[str, Any]) -> dict[str, Any]:
        chosen = with_defaults(self.name, given, DEFAULTS)
        if chosen["idf"] not in IDFS:
            raise InputError(f"idf of engine {self.name} must be one of {', '.join(IDFS)}, but got {chosen['idf']!r}")
        return {
            "k1": number(self.name, "k1", chosen["k1"], low=0, high=1e6),
            "b": number(self.name, "b", chosen["b"], low=0, high=1),
            "title_weight": number(self.name, "title_weight", chosen["title_weight"], low=0, high=100),
            "text_weight": number(self.name, "text_weight", chosen["text_weight"], low=0, high=100),
            "idf": chosen["idf"],
        }

    def embeds(self, parameters: Mapping[str, Any]) -> bool:
        return False

    def create(self, folder: Path, recipe: Recipe) -> EngineWriter:
        return Bm25TunableWriter(folder, recipe, [])

    def extend(self, folder: Path, recipe: Recipe, store: Store) -> EngineWriter:
        return Bm25TunableWriter(folder, recipe, _sizes(folder, len(store)))

    def open(self, folder: Path, recipe: Recipe, store: Store) -> EngineReader:
        return self.open_without(folder, recipe, store, NONE)

    def forget(self, folder: Path, recipe: Recipe, passages: Sequence[Passage]) -> None:
        """Nothing is to be noted: who searches counts without them."""

    def open_without(self, folder: Path, recipe: Recipe, store: Store, deleted: Ordinals) -> EngineReader:
        _need_numba()
        from indexes.engines.tunable.parts import Part

        parts = [Part(folder, at, passages) for at, passages in enumerate(_sizes(folder, len(store)))]
        return Bm25TunableReader(Arrays(parts, len(store), deleted), recipe, self.parameters(recipe.parameters))


ENGINE = Bm25Tunable()


class Bm25TunableWriter:
    """Writes a part whenever so much is in memory, and once more at the end; the old ones stay as they are."""

    def __init__(self, folder: Path, recipe: Recipe, sizes: list[int]) -> None:
        _need_numba()  # better known now than after an hour's work
        from indexes.engines.tunable.parts import TERMS_IN_PART, PartWriter

        self._folder = folder
        self._new: Callable[[], PartWriter] = partial(PartWriter, recipe.analyzer)
        self._full = TERMS_IN_PART
        self._sizes = sizes
        self._part = self._new()

    def add(self, passage: Passage) -> None:
        part = self._part
        part.add(passage.title, passage.text)
        if part.terms >= self._full:
            self._write()

    def finish(self) -> None:
        if self._part.passages:
            self._write()
        path = self._folder / PARTS
        path.unlink(missing_ok=True)  # it may be a link to that of the generation before
        path.write_text(json.dumps(self._sizes), encoding="ascii")

    def abort(self) -> None:
        self._part = self._new()

    def _write(self) -> None:
        self._part.finish(self._folder, len(self._sizes))
        self._sizes = [*self._sizes, self._part.passages]
        self._part = self._new()


class Bm25TunableReader:
    """Several readers, each with its own parameters, may search the same arrays."""

    def __init__(self, arrays: Arrays, recipe: Recipe, parameters: Mapping[str, Any]) -> None:
        from indexes.engines.tunable.kernels import CORRUPT, best

        self._arrays = arrays
        self._recipe = recipe
        self.parameters = dict(parameters)
        self._best, self._corrupt = best, CORRUPT

    def with_(self, **parameters: Any) -> Bm25TunableReader:
        chosen = ENGINE.parameters({**self.parameters, **parameters})
        return Bm25TunableReader(self._arrays, self._recipe, chosen)

    def search(self, query: str, k: int) -> Sequence[tuple[int, float]]:
        return self.search_within(query, k, self._arrays.live)

    def search_within(self, query: str, k: int, allowed: NDArray[np.bool_]) -> Sequence[tuple[int, float]]:
        arrays = self._arrays
        terms = Counter(self._recipe.analyzer(query)).most_common(MAX_QUERY_TERMS)
        if not terms or not arrays.count:
            return []
        places, weights = self._weighted(terms)
        settings = arrays.settings(self.parameters)
        scores, found = np.empty(k, np.float64), np.empty(k, np.int64)
        size = 0
        for at, part in enumerate(arrays.parts):
            chosen = [
                (part.range_of(place), weight) for place, weight in zip(places[at], weights, strict=True) if place >= 0
            ]
            if not chosen:
                continue
            ranges = np.array([range_ for range_, _ in chosen], np.int64)
            start = arrays.starts[at]
            size = self._best(
                (ranges[:, 0].copy(), ranges[:, 1].copy(), np.array([weight for _, weight in chosen], np.float64)),
                ranges[:, 2].copy(),
                (part.docs, part.counts, part.many, part.most, settings.norms[at]),
                part.blocks,
                part.lows,
                settings.shape,
                (np.ascontiguousarray(allowed[start : start + part.passages]), start, scores, found, size),
            )
            if size == self._corrupt:
                raise part.corrupt
        order = np.lexsort((found[:size], -scores[:size]))
        return list(zip(found[order].tolist(), scores[order].tolist(), strict=True))

    def close(self) -> None:
        """The files are given back when the last reader of them is no longer used."""

    def _weighted(self, terms: list[tuple[str, int]]) -> tuple[list[list[int]], list[float]]:
        """The place of each term in each part, and what its part of a score is multiplied with."""
        from indexes.engines.tunable.parts import hash_of
        from indexes.engines.tunable.words import encoded

        arrays = self._arrays
        letters = [encoded(term) for term, _ in terms]
        hashes = np.fromiter(map(hash_of, letters), np.uint64, len(letters))
        places = [part.find(letters, hashes) for part in arrays.parts]
        field = self._field()
        weights = []
        for number_, (_, count) in enumerate(terms):
            have = sum(
                arrays.passages_with(at, found[number_], field)
                for at, found in enumerate(places)
                if found[number_] >= 0
            )
            weights.append(count * (float(self.parameters["k1"]) + 1) * self._idf(have, field) if have else 0.0)
        return places, weights

    def _field(self) -> int:
        """Which fields have a weight: the text, the title, or both."""
        if not self.parameters["title_weight"]:
            return 0
        return 2 if self.parameters["text_weight"] else 1

    def _idf(self, have: int, field: int) -> float:
        rest = max(0, self._arrays.count - have)
        if self.parameters["idf"] == "lucene":
            return math.log(1 + (rest + 0.5) / (have + 0.5))
        value = math.log(rest + 0.5) - math.log(have + 0.5)
        return value if value >= 0 else _EPSILON * self._arrays.mean_okapi(field)


def _sizes(folder: Path, passages: int) -> list[int]:
    """How many passages each part has. Raises CorruptIndexError where they are not as many as the store's."""
    path = folder / PARTS
    try:
        sizes = json.loads(path.read_text(encoding="ascii"))
    except (OSError, ValueError, RecursionError) as error:
        raise CorruptIndexError(f"{path} cannot be read ({error}); build the index again") from None
    whole = isinstance(sizes, list) and all(type(size) is int and size > 0 for size in sizes)
    if not whole or len(sizes) > _MAX_PARTS or sum(sizes) != passages:
        raise CorruptIndexError(f"{path} must say the passages of each part, {passages} in all; build the index again")
    return list(sizes)


def _need_numba() -> None:
    try:
        import indexes.engines.tunable.kernels  # noqa: F401
    except ImportError as error:
        raise InputError(
            f"engine bm25_tunable needs the package numba, but it cannot be imported ({error}); "
            'pip install "dsp[tunable]"'
        ) from None
