"""How hard to search for a stated recall: tried out at building, on queries whose exact answers are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexes.engines.nearest.searching import Searcher
from indexes.engines.nearest.state import Effort, Recall
from indexes.engines.nearest.vectors import RowFile, Rows

BEST = 10
QUERIES = 500
"""At most so many passages' vectors, and as many pieces of passages' texts."""
_ROUNDING = 1e-6
_SOME, _WORTH = 0.9, 0.0005
"""Above this recall, a stride up the ladder that gains less than that is not worth its while."""
_STRIDE = 3


class Figures(NamedTuple):
    """What part of the best ten is found by snippets and by vectors; and `sure`, the lower of the two less its standard
    error, by which an effort is chosen: else the queries that happen to be easy would choose too little."""

    snippets: float
    vectors: float
    sure: float


class Exam:
    """Queries with the score that a passage must reach to be among the best ten.

    Half the queries are pieces of texts, as the embedder embeds queries; half are passages' own vectors, and such a
    passage is left out of what its vector finds. Equal scores count as equal: it doesn't matter which ones are found.
    """

    def __init__(self, snippets: Rows, rows: RowFile, first: int = 0) -> None:
        """`rows` are the vectors with the ordinals from `first` on."""
        picked = np.random.default_rng(1).permutation(len(rows))[:QUERIES]
        vectors = rows.take(picked)
        some = vectors.any(axis=1)
        self.snippets = len(snippets)
        self.queries = np.ascontiguousarray(np.concatenate([snippets, vectors[some]]), dtype=np.float32)
        self.own = np.concatenate([np.full(len(snippets), -1), picked[some] + first]).astype(np.int64)
        self._rows: RowFile | None = None
        self._needed: NDArray[np.float32] = np.empty(0, dtype=np.float32)
        self._wanted = BEST

    def answer_by_rows(self, faiss: Any, rows: RowFile) -> None:
        """The exact answers, from all the vectors, read a block at a time."""
        best = min(BEST + 1, len(rows))
        scores, ordinals, start = [], [], 0
        for block in rows.blocks():
            found = faiss.knn(self.queries, block, min(best, len(block)), metric=faiss.METRIC_INNER_PRODUCT)
            scores.append(found[0])
            ordinals.append(found[1] + start)
            start += len(block)
        self._rows = rows
        self._answer(np.concatenate(scores, axis=1), np.concatenate(ordinals, axis=1))

    def answer_by(self, searcher: Searcher, passages: int) -> None:
        """The answers as they are with all of a searcher's codes looked at, where the vectors are gone."""
        self._answer(*searcher.all(self.queries, min(BEST + 1, passages), None))

    def recalls(self, searcher: Searcher, effort: Effort) -> Figures:
        """What is found with so much effort. Of queries of one sort only, there is one figure for both."""
        scores, ordinals = searcher.near(self.queries, BEST + 1, effort, None)
        scores = self._scores(scores, ordinals)
        scores[(ordinals < 0) | (ordinals == self.own[:, None])] = -np.inf
        reached = (scores >= self._needed[:, None] - _ROUNDING).sum(axis=1)
        parts = np.minimum(reached, self._wanted) / self._wanted
        halves = [half for half in (parts[: self.snippets], parts[self.snippets :]) if len(half)]
        snippets, vectors = float(halves[0].mean()), float(halves[-1].mean())
        return Figures(snippets, vectors, min(float(half.mean() - half.std() / len(half) ** 0.5) for half in halves))

    def _answer(self, scores: Any, ordinals: Any) -> None:
        kept = np.where(ordinals == self.own[:, None], -np.inf, scores)
        kept = -np.sort(-kept, axis=1)
        self._wanted = max(1, min(BEST, kept.shape[1] - 1))
        self._needed = kept[:, self._wanted - 1]

    def _scores(self, scores: Any, ordinals: Any) -> Any:
        if self._rows is None:
            return scores.copy()
        exact = np.empty(ordinals.shape, dtype=np.float32)
        for number, (query, found) in enumerate(zip(self.queries, ordinals, strict=True)):
            exact[number] = self._rows.take(np.maximum(found, 0)) @ query
        return exact


def tune(
    exam: Exam, searcher: Searcher, ladders: Sequence[Sequence[Effort]], cost: Callable[[Effort], float], asked: float
) -> tuple[Effort, Figures]:
    """The cheapest effort that is sure to give the recall asked for, and what it gives.

    Each ladder rises from little effort to much. Where none reaches it, the one that comes nearest. Cheap is what the
    model `cost` says, not the clock: the same corpus is to give the same index.
    """
    passing: list[tuple[Effort, Figures]] = []
    short: list[tuple[Effort, Figures]] = []
    for ladder in ladders:
        if passing and cost(ladder[0]) >= min(cost(effort) for effort, _ in passing):
            continue  # it begins dearer than what does already
        effort, figures = _climb(exam, searcher, ladder, asked)
        (passing if figures.sure >= asked else short).append((effort, figures))
    return min(passing, key=lambda top: cost(top[0])) if passing else max(short, key=lambda top: top[1].sure)


def _climb(exam: Exam, searcher: Searcher, ladder: Sequence[Effort], asked: float) -> tuple[Effort, Figures]:
    """The first step of the ladder with the recall asked for, or the last one that was worth its while.

    By strides, and then back between the last two.
    """
    below, at = -1, 0
    figures = exam.recalls(searcher, ladder[0])
    while figures.sure < asked and at + 1 < len(ladder):
        higher = min(at + _STRIDE, len(ladder) - 1)
        there = exam.recalls(searcher, ladder[higher])
        if figures.sure > _SOME and there.sure < figures.sure + _WORTH:
            return ladder[at], figures
        below, at, figures = at, higher, there
    while at - below > 1 and figures.sure >= asked:
        middle = (below + at) // 2
        there = exam.recalls(searcher, ladder[middle])
        if there.sure >= asked:
            at, figures = middle, there
        else:
            below = middle
    return ladder[at], figures


def report(asked: float, figures: Figures, passages: int, against: str) -> Recall:
    snippets, vectors = round(figures.snippets, 4), round(figures.vectors, 4)
    return Recall(asked, min(snippets, vectors), snippets, vectors, passages, against)
