"""`rank_bm25`: the package of that name, exact and slow: the reference for small corpora, and our tests' oracle.

Its class BM25Okapi scores as `indexes.engines.bm25` does, but for the idf, which is ln((N - n + 0.5) / (n + 0.5)) and,
where that is negative, a quarter of the mean one. Here the idf is Lucene's, ln(1 + (N - n + 0.5) / (n + 0.5)), so that
the two engines agree: to rounding where no passage is longer than 40 terms, closely elsewhere (lengths here are exact).
Every search scores every passage: meant for up to some ten thousand.
"""

from __future__ import annotations

import json
import math
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from rank_bm25 import BM25Okapi

from indexes.engines.parameters import number, whole_number, with_defaults
from indexes.errors import CorruptIndexError
from indexes.passage import Passage
from indexes.protocols import EngineReader, EngineWriter, Recipe, Store
from indexes.stores.deleted import NONE, Ordinals, mask_of_others

FILE = "terms.jsonl"


def reference(corpus: list[list[str]], k1: float, b: float) -> Any:
    """A BM25Okapi over these passages' terms, with the idf that is never negative; None where there are no terms."""
    if not any(corpus):
        return None
    model = BM25Okapi(corpus, k1=k1, b=b)
    counts = Counter(term for frequencies in model.doc_freqs for term in frequencies)
    model.idf = {term: math.log(1 + (len(corpus) - count + 0.5) / (count + 0.5)) for term, count in counts.items()}
    return model


class RankBm25:
    """Engine `rank_bm25`. Parameters: `title_weight` (3, a whole number), `k1` (1.2) and `b` (0.75)."""

    name = "rank_bm25"

    def parameters(self, given: Mapping[str, Any]) -> dict[str, Any]:
        chosen = with_defaults(self.name, given, {"title_weight": 3, "k1": 1.2, "b": 0.75})
        return {
            "title_weight": whole_number(self.name, "title_weight", chosen["title_weight"], low=0, high=100),
            "k1": number(self.name, "k1", chosen["k1"], low=0, high=1e6),
            "b": number(self.name, "b", chosen["b"], low=0, high=1),
        }

    def embeds(self, parameters: Mapping[str, Any]) -> bool:
        return False

    def create(self, folder: Path, recipe: Recipe) -> EngineWriter:
        return RankBm25Writer(folder, recipe)

    def open(self, folder: Path, recipe: Recipe, store: Store) -> EngineReader:
        return RankBm25Reader(folder, recipe, len(store), NONE)

    def extend(self, folder: Path, recipe: Recipe, store: Store) -> EngineWriter:
        return RankBm25Writer(folder, recipe)

    def forget(self, folder: Path, recipe: Recipe, passages: Sequence[Passage]) -> None:
        """All statistics are counted anew whenever an index is opened: there is nothing to note."""

    def open_without(self, folder: Path, recipe: Recipe, store: Store, deleted: Ordinals) -> EngineReader:
        return RankBm25Reader(folder, recipe, len(store), deleted)


ENGINE = RankBm25()


class RankBm25Writer:
    """Writes the terms of each passage as a line of JSON, the title's as often as they count; after the lines that are
    there already, in a copy of them."""

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        self._path = folder / FILE
        self._draft = folder / f"{FILE}.new"
        if self._path.exists():
            shutil.copyfile(self._path, self._draft)
        self._file = self._draft.open("a", encoding="ascii")
        self._analyzer = recipe.analyzer
        self._title_weight = int(recipe.parameters["title_weight"])

    def add(self, passage: Passage) -> None:
        terms = self._analyzer(passage.title) * self._title_weight + self._analyzer(passage.text)
        self._file.write(json.dumps(terms, separators=(",", ":")) + "\n")

    def finish(self) -> None:
        self._file.close()
        self._draft.replace(self._path)

    def abort(self) -> None:
        with suppress(OSError):
            self._file.close()


class RankBm25Reader:
    """Scores every passage for every term: exact, and as slow as that sounds."""

    def __init__(self, folder: Path, recipe: Recipe, passages: int, deleted: Ordinals) -> None:
        live = mask_of_others(deleted, passages).nonzero()[0]
        lines = _read(folder / FILE, passages)
        terms = [lines[ordinal] for ordinal in live] if len(deleted) else lines
        self._ordinals = live
        self._analyzer = recipe.analyzer
        self._model = reference(terms, float(recipe.parameters["k1"]), float(recipe.parameters["b"]))

    def search(self, query: str, k: int) -> Sequence[tuple[int, float]]:
        if self._model is None:
            return []
        counts = Counter(term for term in self._analyzer(query) if term in self._model.idf)
        if not counts:
            return []
        scores: Any = sum(count * self._model.get_scores([term]) for term, count in counts.items())
        order = np.argsort(-scores, kind="stable")[:k]
        return [(int(self._ordinals[place]), float(scores[place])) for place in order if scores[place] > 0]

    def close(self) -> None:
        self._model = None


def _read(path: Path, passages: int) -> list[list[str]]:
    try:
        with path.open(encoding="ascii") as lines:
            terms: list[list[str]] = [json.loads(line) for line in lines]
    except (OSError, ValueError, RecursionError) as error:
        raise CorruptIndexError(f"{path} cannot be read ({error}); build the index again") from None
    if len(terms) != passages:
        raise CorruptIndexError(f"{path} must hold {passages} passages, but holds {len(terms)}; build the index again")
    return terms
