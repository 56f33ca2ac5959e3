"""`rank_bm25`: the package of that name, exact and slow: the reference for small corpora, and our tests' oracle.

Its class BM25Okapi scores as `indexes.engines.bm25` does, but for the idf, which is ln((N - n + 0.5) / (n + 0.5)) and,
where that is negative, a quarter of the mean one. Here the idf is Lucene's, ln(1 + (N - n + 0.5) / (n + 0.5)), so that
the two engines agree: to rounding where no field is longer than 40 terms, closely elsewhere (lengths here are exact).
Every search scores every passage: meant for up to some ten thousand.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rank_bm25 import BM25Okapi

from indexes.engines.parameters import number, with_defaults
from indexes.errors import CorruptIndexError
from indexes.passage import Passage
from indexes.protocols import EngineReader, EngineWriter, Recipe

FIELDS = ("title", "text")
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
    """Engine `rank_bm25`. Parameters: `title_weight` (3), `text_weight` (1), `k1` (1.2) and `b` (0.75)."""

    name = "rank_bm25"

    def parameters(self, given: Mapping[str, Any]) -> dict[str, Any]:
        defaults = {"title_weight": 3.0, "text_weight": 1.0, "k1": 1.2, "b": 0.75}
        chosen = with_defaults(self.name, given, defaults)
        highest = {"title_weight": 1e6, "text_weight": 1e6, "k1": 1e6, "b": 1.0}
        return {key: number(self.name, key, value, low=0, high=highest[key]) for key, value in chosen.items()}

    def create(self, folder: Path, recipe: Recipe) -> EngineWriter:
        return RankBm25Writer(folder, recipe)

    def open(self, folder: Path, recipe: Recipe, passages: int) -> EngineReader:
        return RankBm25Reader(folder, recipe, passages)


ENGINE = RankBm25()


class RankBm25Writer:
    """Writes the terms of each passage as a line of JSON: `[title terms, text terms]`."""

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        self._file = (folder / FILE).open("w", encoding="ascii")
        self._analyzer = recipe.analyzer

    def add(self, passage: Passage) -> None:
        terms = [self._analyzer(passage.title), self._analyzer(passage.text)]
        self._file.write(json.dumps(terms, separators=(",", ":")) + "\n")

    def finish(self) -> None:
        self._file.close()

    def abort(self) -> None:
        self._file.close()


class RankBm25Reader:
    def __init__(self, folder: Path, recipe: Recipe, passages: int) -> None:
        titles, texts = _read(folder / FILE, passages)
        given = recipe.parameters
        k1, b = float(given["k1"]), float(given["b"])
        self._analyzer = recipe.analyzer
        models = ((reference(titles, k1, b), "title_weight"), (reference(texts, k1, b), "text_weight"))
        self._fields = [(given[name], model) for model, name in models if model is not None and given[name] > 0]

    def search(self, query: str, k: int) -> Sequence[tuple[int, float]]:
        counts = Counter(self._analyzer(query))
        scores: Any = 0.0
        for weight, model in self._fields:
            for term, count in counts.items():
                if term in model.idf:
                    scores = scores + weight * count * model.get_scores([term])
        if isinstance(scores, float):
            return []
        order = np.argsort(-scores, kind="stable")[:k]
        return [(int(ordinal), float(scores[ordinal])) for ordinal in order if scores[ordinal] > 0]

    def close(self) -> None:
        self._fields = []


def _read(path: Path, passages: int) -> tuple[list[list[str]], list[list[str]]]:
    titles, texts = [], []
    try:
        with path.open(encoding="ascii") as lines:
            for line in lines:
                title, text = json.loads(line)
                titles.append(title)
                texts.append(text)
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise CorruptIndexError(f"{path} cannot be read ({error}); build the index again") from None
    if len(titles) != passages:
        raise CorruptIndexError(f"{path} must hold {passages} passages, but holds {len(titles)}; build the index again")
    return titles, texts
