from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import pytest

from indexes.adapters.foreign import ForeignRetriever, Found
from indexes.errors import InputError


class Theirs(ForeignRetriever):
    def find(self, query: str, k: int) -> Iterable[Found]:
        return self.retriever


def search(*found: Found, k: int = 9) -> list[tuple[str, float, int]]:
    return [(hit.id, hit.score, hit.rank) for hit in Theirs(found, "theirs").search("query", k)]


def test_scores_are_theirs_where_they_are_best_first_and_else_one_over_the_rank() -> None:
    assert search(("a", "x", {}, 0.9), ("b", "y", {}, 0.9), ("c", "z", {}, -1)) == [
        ("a", 0.9, 1),
        ("b", 0.9, 2),
        ("c", -1.0, 3),
    ]
    for scores in ((0.1, 0.9), (None, 0.9), (math.nan, 0.1), (math.inf, 0.1)):
        found = [(str(place), "x", {}, score) for place, score in enumerate(scores)]
        assert search(*found) == [("0", 1.0, 1), ("1", 0.5, 2)]


def test_a_passage_comes_once_and_k_at_most() -> None:
    assert search(("a", "x", {}, None), ("a", "x", {}, None), ("b", "y", {}, None), ("c", "z", {}, None), k=2) == [
        ("a", 1.0, 1),
        ("b", 0.5, 2),
    ]


def test_a_document_without_an_id_gets_one_of_what_it_says() -> None:
    one, other = Theirs([(None, "x", {"title": "T", "page": 3}, None), ("", "y", {"title": 3}, None)], "t").search(
        "q", 2
    )
    assert len({one.id, other.id}) == 2
    assert (one.title, one.text, one.passage.metadata, one.source) == ("T", "x", {"page": 3}, "t")
    assert other.title == ""
    assert Theirs([(None, "x", {"title": "T"}, None)], "t").search("other", 1)[0].id == one.id


@pytest.mark.parametrize("k", [0, True, None])
def test_a_wrong_k_or_query_is_refused_and_a_blank_query_finds_nothing(k: Any) -> None:
    with pytest.raises(InputError, match="k must be"):
        Theirs([], "t").search("q", k)
    with pytest.raises(InputError, match="query must be"):
        Theirs([], "t").search(k, 3)
    assert Theirs([("a", "x", {}, None)], "t").search(" \n", 3) == []
