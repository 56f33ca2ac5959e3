"""Retrievers that give what they were told to give, and remember what they were asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from indexes import Hit, Passage
from indexes.pipelines import composed
from indexes.pipelines.composed import Source


class Listed:
    """One ranking, whatever the query is: ids with scores, or passages with scores."""

    def __init__(self, name: str, ranking: Sequence[tuple[str | Passage, float]]) -> None:
        self.name = name
        self.asked: list[tuple[str, int]] = []
        self.hits = [
            Hit(each if isinstance(each, Passage) else Passage(each, each, f"text of {each}"), score, rank, name)
            for rank, (each, score) in enumerate(ranking, 1)
        ]

    def search(self, query: str, k: int) -> list[Hit]:
        self.asked.append((query, k))
        return self.hits[:k]


class Sized(Listed):
    def __len__(self) -> int:
        return len(self.hits)


Make = Callable[..., Source]


@pytest.fixture(scope="session")
def listed() -> Make:
    """`listed("a", "x y z")`: a retriever called a that finds x, y and z, with the scores 3, 2 and 1."""

    def make(name: str, ids: str | Sequence[tuple[Any, float]], *, sized: bool = False) -> Source:
        ranking = (
            [(id, float(score)) for score, id in zip(range(99, 0, -1), ids.split(), strict=False)]
            if isinstance(ids, str)
            else ids
        )
        made = composed((Sized if sized else Listed)(name, ranking))
        assert isinstance(made, Source)
        return made

    return make


class Words:
    """A reranker that prefers passages by the order of their ids."""

    name = "words"

    def __init__(self, scores: Mapping[str, float]) -> None:
        self.scores = scores

    def score(self, query: str, passages: Sequence[Hit]) -> list[float]:
        return [self.scores.get(hit.id, 0.0) for hit in passages]


@pytest.fixture(scope="session")
def reranker() -> Callable[[Mapping[str, float]], Words]:
    return Words
