"""`rm3`: the query, widened by the terms of what it finds first (pseudo-relevance feedback), and asked again."""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexes.filters import Filter
from indexes.passage import Hit
from indexes.pipelines.composed import Composed, Stage
from indexes.pipelines.part import is_count, is_number

RESOLUTION = 100
"""A term of weight w is written w times so often, at least once: engines count what stands twice as two."""
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, repr=False)
class Rm3(Stage):
    """`rm3()`: for engines that find by words (Abdul-Jaleel et al. 2004).

    The `terms` likeliest terms of the first `passages` passages, each passage counting by its score, make up
    1 - `weight` of the new query; the words of the old one make up `weight`.
    """

    terms: int = 30
    passages: int = 10
    weight: float = 0.8

    def run(self, upstream: Composed, query: str, k: int, where: Filter | None) -> Sequence[Hit]:
        best = upstream.find(query, self.passages, where)
        return upstream.find(self.widened(query, best) if best else query, k, where)

    def problems(self, upstream: Composed, k: int) -> Iterator[str]:
        for name in ("terms", "passages"):
            if not is_count(getattr(self, name)):
                yield f"rm3({name}=…) must be a whole number from 1 up, but is {getattr(self, name)!r}"
        if not is_number(self.weight, 0, 1):
            yield f"the weight of rm3 must be a number from 0 to 1, but is {self.weight!r}"

    def widened(self, query: str, best: Sequence[Hit]) -> str:
        """The new query, as plain text."""
        spoken: dict[str, Counter[str]] = {}
        asked = _counts(query, spoken)
        likely: dict[str, float] = {}
        total = sum(max(hit.score, 0.0) for hit in best)
        for hit in best:
            counts = _counts(f"{hit.title} {hit.text}", spoken)
            share = max(hit.score, 0.0) / total if total else 1 / len(best)
            for term, count in counts.items():
                likely[term] = likely.get(term, 0.0) + share * count / counts.total()
        chosen = heapq.nlargest(self.terms, likely.items(), key=lambda pair: pair[1])
        mass = sum(weight for _, weight in chosen)
        weights = {term: self.weight * count / asked.total() for term, count in asked.items()}
        for term, weight in chosen:
            weights[term] = weights.get(term, 0.0) + (1 - self.weight) * weight / mass
        words = ((spoken[term].most_common(1)[0][0], weight) for term, weight in weights.items())
        return " ".join(" ".join([word] * max(1, round(weight * RESOLUTION))) for word, weight in words)


def _counts(text: str, spoken: dict[str, Counter[str]]) -> Counter[str]:
    """How often each term stands in the text; `spoken` remembers the words behind a term."""
    from indexes.analyzers.english import ENGLISH

    counts: Counter[str] = Counter()
    for word in _WORD.findall(text):
        for term in ENGLISH(word):
            counts[term] += 1
            spoken.setdefault(term, Counter())[word] += 1
    return counts


rm3 = Rm3
