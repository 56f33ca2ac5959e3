from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.protocols import SelectiveReader
from indexes.selection import search_within


class Ranking:
    """Gives one ranking, whatever is asked, and remembers how many were asked for."""

    def __init__(self, ranked: Sequence[int]) -> None:
        self.ranked = list(ranked)
        self.asked: list[int] = []

    def search(self, query: str, k: int) -> list[tuple[int, float]]:
        self.asked.append(k)
        return [(ordinal, 1 / rank) for rank, ordinal in enumerate(self.ranked[:k], 1)]

    def close(self) -> None: ...


class Selective(Ranking):
    """One that chooses by itself, and well."""

    def search_within(self, query: str, k: int, allowed: Any) -> list[tuple[int, float]]:
        self.asked.append(k)
        return [hit for hit in super().search(query, len(allowed)) if allowed[hit[0]]][:k]


class Careless(Ranking):
    """One that gives whatever it likes."""

    def search_within(self, query: str, k: int, allowed: Any) -> list[tuple[int, float]]:
        return self.search(query, len(allowed))


@pytest.mark.parametrize("kind", [Ranking, Selective, Careless])
@given(data=st.data())
def test_what_is_found_is_the_best_k_of_the_allowed_and_nothing_else(kind: type[Ranking], data: st.DataObject) -> None:
    passages = data.draw(st.integers(1, 30))
    ranked = data.draw(st.lists(st.integers(0, passages - 1), unique=True))
    allowed = np.array(data.draw(st.lists(st.booleans(), min_size=passages, max_size=passages)))
    k = data.draw(st.integers(1, 40))
    expected = [(ordinal, 1 / rank) for rank, ordinal in enumerate(ranked, 1) if allowed[ordinal]][:k]
    assert search_within(kind(ranked), "query", k, allowed) == expected


def test_an_engine_that_can_choose_is_asked_once_and_for_no_more_than_there_are() -> None:
    reader = Selective(range(100))
    assert isinstance(reader, SelectiveReader)
    allowed = np.arange(100) >= 97
    assert [ordinal for ordinal, _ in search_within(reader, "query", 50, allowed)] == [97, 98, 99]
    assert reader.asked[0] == 3


def test_one_that_cannot_is_asked_for_more_until_enough_are_allowed_or_it_has_no_more() -> None:
    reader = Ranking(range(100))
    search_within(reader, "query", 4, np.arange(100) >= 10)
    assert reader.asked == [4, 16]
    reader = Ranking(range(20))
    assert search_within(reader, "query", 4, np.arange(100) >= 50) == []
    assert reader.asked == [4, 16, 64]


def test_nothing_is_asked_where_nothing_is_allowed() -> None:
    reader = Ranking(range(3))
    assert search_within(reader, "query", 2, np.zeros(3, dtype=bool)) == []
    assert reader.asked == []
