"""`threshold`: only what scores enough."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexes.filters import Filter
from indexes.passage import Hit
from indexes.pipelines.composed import Composed, Stage
from indexes.pipelines.part import is_number


@dataclass(frozen=True, repr=False)
class Threshold(Stage):
    """`threshold(12.5)`: scores from 12.5 up, on the scale of what stands before.

    `threshold(0.5, of_best=True)`: from half of the best passage's score up; where that is not above 0, nothing is
    dropped.
    """

    score: float | None = None
    of_best: bool = False

    def run(self, upstream: Composed, query: str, k: int, where: Filter | None) -> Sequence[Hit]:
        found = upstream.find(query, k, where)
        lowest = float(self.score or 0.0)
        if self.of_best and found:
            best = max(hit.score for hit in found)
            lowest = lowest * best if best > 0 else min(hit.score for hit in found)
        return [hit for hit in found if hit.score >= lowest]

    def problems(self, upstream: Composed, k: int) -> Iterator[str]:
        if self.of_best and not is_number(self.score, 0, 1):
            yield f"threshold(…, of_best=True) needs a share from 0 to 1, but got {self.score!r}"
        elif not is_number(self.score):
            yield f"threshold needs a score, a finite number, but got {self.score!r}"


threshold = Threshold
