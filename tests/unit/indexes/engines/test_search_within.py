"""What is not allowed takes no part: it is not found, not looked into, and nobody's place is taken by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import indexes
from indexes import Passage
from indexes.protocols import SelectiveReader
from indexes.selection import search_within

NAMES = ["Night Train", "Lucy Saunders", "Ashby", "May", "Red Lion", "Saunders", "Old Mill", "Them"]
PASSAGES = [
    Passage(
        str(number),
        NAMES[number % 8],
        f"{NAMES[number % 8]} and {NAMES[(3 * number + 1) % 8]} are in {NAMES[(5 * number + 2) % 8]}"
        + " train" * (number % 3),
    )
    for number in range(64)
]
EVEN = np.arange(64) % 2 == 0
QUERIES = ["a train for Lucy Saunders", "Old Mill", "lucy saunders in may", "nothing known"]


def reader_of(index: Any) -> Any:
    return index._reader


@pytest.mark.parametrize("query", QUERIES)
def test_a_hop_passes_over_what_is_not_allowed(tmp_path: Path, query: str) -> None:
    with indexes.build(PASSAGES, tmp_path / "index", engine="link_hop") as index:
        reader = reader_of(index)
        assert isinstance(reader, SelectiveReader)
        found = reader.search_within(query, 64, EVEN)
        plain = dict(search_within(reader._over, query, 64, EVEN))
        assert all(EVEN[ordinal] for ordinal, _ in found)
        assert {ordinal for ordinal, _ in found} >= set(plain)
        best = max(plain.values(), default=0.0)
        assert all(plain.get(ordinal, 0) <= score <= plain.get(ordinal, 0) + 0.5 * best for ordinal, score in found)
        assert found[:5] == reader.search_within(query, 5, EVEN)
        assert reader.search_within(query, 64, np.ones(64, dtype=bool)) == reader.search(query, 64)


def test_titles_of_what_is_not_allowed_are_no_titles_and_the_next_ten_are_meant(tmp_path: Path) -> None:
    passages = [Passage(str(number), "Same Title" if number else "Other", "x") for number in range(60)]
    with indexes.build(passages, tmp_path / "index", engine="link_hop") as index:
        titles = reader_of(index)._titles
        assert titles.mentioned("the Same Title") == list(range(1, 11))
        assert titles.mentioned("the Same Title", allowed=np.arange(60) >= 45) == list(range(45, 55))
        assert titles.mentioned("the Same Title", allowed=np.arange(60) < 1) == []


@pytest.mark.parametrize("query", QUERIES)
def test_each_engine_of_a_hybrid_gives_its_best_of_the_allowed(tmp_path: Path, query: str) -> None:
    options = {"engine": "hybrid", "dense": "rank_bm25", "dense_parameters": {"title_weight": 0}}
    with indexes.build(PASSAGES, tmp_path / "index", **options) as index:
        reader = reader_of(index)
        assert isinstance(reader, SelectiveReader)
        parts = [search_within(part, query, 64, EVEN) for part in reader._readers]
        assert reader.search_within(query, 64, EVEN) == reader._fused(parts, 64)
        assert reader.search_within(query, 64, np.ones(64, dtype=bool)) == reader.search(query, 64)
