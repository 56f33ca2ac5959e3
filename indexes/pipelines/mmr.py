"""`mmr`: passages that answer the query and differ from each other (maximal marginal relevance)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from indexes.embedders import embedder_named
from indexes.errors import InputError
from indexes.filters import Filter
from indexes.fusion import normalized
from indexes.passage import Hit
from indexes.pipelines.composed import Composed, Stage
from indexes.pipelines.part import is_count, is_number
from indexes.pipelines.rerank import depth_problems
from indexes.protocols import Embedder


@dataclass(frozen=True, repr=False)
class Mmr(Stage):
    """`mmr(0.7)`: one after another of the first `depth` passages, each time the one with the highest

        weight * relevance - (1 - weight) * likeness to the likest one chosen before

    (Carbonell & Goldstein 1998), which becomes its score. Relevance is the score, brought to 0 … 1; likeness the cosine
    of the counts of terms, or of the vectors of an `embedder`, an object or a name.
    """

    weight: float = 0.7
    depth: int = 50
    embedder: Embedder | str | None = None

    def run(self, upstream: Composed, query: str, k: int, where: Filter | None) -> Sequence[Hit]:
        import numpy as np

        found = list(upstream.find(query, self.depth, where))
        if not found:
            return []
        rows = self._rows([str(hit) for hit in found])
        relevance = self.weight * np.array(normalized([hit.score for hit in found], "min_max"))
        likest = np.zeros(len(found))
        left = np.ones(len(found), dtype=bool)
        chosen: list[Hit] = []
        while len(chosen) < min(k, len(found)):
            gains = np.where(left, relevance - (1 - self.weight) * likest, -np.inf)
            best = int(gains.argmax())  # the first of equal ones
            hit = found[best]
            chosen.append(replace(hit, score=float(gains[best]), source=f"mmr({hit.source})"))
            left[best] = False
            likest = np.maximum(likest, rows @ rows[best])
        return chosen

    def problems(self, upstream: Composed, k: int) -> Iterator[str]:
        if not is_number(self.weight, 0, 1):
            yield f"the weight of mmr must be a number from 0 to 1, but is {self.weight!r}"
        try:
            if self.embedder is not None and not isinstance(self._embedder, Embedder):
                yield f"the embedder of mmr must be an Embedder or the name of one, but is {self.embedder!r}"
        except InputError as error:
            yield str(error)
        yield from depth_problems("mmr", self.depth, upstream, k)

    def limit(self, size: float) -> float:
        return min(size, self.depth) if is_count(self.depth) else size

    @cached_property
    def _embedder(self) -> Any:
        return embedder_named(self.embedder) if isinstance(self.embedder, str) else self.embedder

    def _rows(self, texts: list[str]) -> Any:
        """A row of unit length for each text; zero where it has no terms."""
        import numpy as np

        rows = _counts(texts) if self.embedder is None else np.asarray(self._embedder.embed_passages(texts))
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.divide(rows, lengths, out=np.zeros(rows.shape), where=lengths > 0)


def _counts(texts: list[str]) -> Any:
    import numpy as np

    from indexes.analyzers.english import ENGLISH

    number_of: dict[str, int] = {}
    terms = [[number_of.setdefault(term, len(number_of)) for term in ENGLISH(text)] for text in texts]
    rows = np.zeros((len(texts), max(1, len(number_of))))
    for row, numbers in zip(rows, terms, strict=True):
        np.add.at(row, numbers, 1.0)
    return rows


mmr = Mmr
