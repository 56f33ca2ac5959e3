"""`dedupe`: of passages that say the same, the best one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexes.filters import Filter
from indexes.passage import Hit
from indexes.pipelines.composed import Composed, Stage
from indexes.pipelines.part import is_number, until_enough

RUN = 3
"""Texts are near where they share runs of so many words."""
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, repr=False)
class Dedupe(Stage):
    """`dedupe()`: equal texts, but for case, punctuation and spaces; `dedupe(by="title")`: equal titles.

    `near`, between 0 and 1, drops a text too that shares so much with a better one: the share of common runs of three
    words in all of both (Jaccard; Broder 1997), counted exactly. What is dropped is made up for from further down.
    """

    near: float | None = None
    by: str = "text"

    def run(self, upstream: Composed, query: str, k: int, where: Filter | None) -> Sequence[Hit]:
        return until_enough(lambda limit: upstream.find(query, limit, where), k, self.distinct)

    def problems(self, upstream: Composed, k: int) -> Iterator[str]:
        if self.by not in ("text", "title"):
            yield f"dedupe(by=…) is 'text' or 'title', but is {self.by!r}"
        if self.near is not None and (not is_number(self.near, 0, 1) or self.near == 0):
            yield f"dedupe(near=…) is a share above 0 and up to 1, but is {self.near!r}"

    def distinct(self, hits: Sequence[Hit]) -> list[Hit]:
        """The hits that are like none before them."""
        kept: list[Hit] = []
        seen: set[tuple[str, ...]] = set()
        sizes: list[int] = []
        holders: dict[tuple[str, ...], list[int]] = {}
        for hit in hits:
            words = tuple(_WORD.findall((hit.title if self.by == "title" else hit.text).casefold()))
            if not words and self.by == "title":  # passages without a title are not all one
                words = ("", hit.id)
            if words in seen:
                continue
            runs = _runs(words) if self.near is not None else frozenset[tuple[str, ...]]()
            if self.near is not None and self._is_near(runs, sizes, holders):
                continue
            seen.add(words)
            for run in runs:
                holders.setdefault(run, []).append(len(sizes))
            sizes.append(len(runs))
            kept.append(hit)
        return kept

    def _is_near(
        self, runs: frozenset[tuple[str, ...]], sizes: Sequence[int], holders: dict[tuple[str, ...], list[int]]
    ) -> bool:
        shared = Counter(number for run in runs for number in holders.get(run, ()))
        least = self.near or 0.0
        return any(common >= least * (len(runs) + sizes[number] - common) for number, common in shared.items())


def _runs(words: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    """The runs of three words; a text of fewer is one run."""
    return frozenset(words[start : start + RUN] for start in range(max(1, len(words) - RUN + 1)))


dedupe = Dedupe
