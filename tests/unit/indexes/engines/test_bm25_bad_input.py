"""Passages and queries that no corpus should hold and somebody's will: each has a defined answer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import indexes
from indexes import Passage
from indexes.errors import QueryError
from indexes.folder_index import FolderIndex
from indexes.testing import QUERIES

SETTINGS: dict[str, dict[str, Any]] = {
    "bm25": {},
    "positions": {"positions": True},
    "fields": {"engine": "bm25_fields", "positions": True},
    "cjk": {"analyzer": "cjk", "positions": True},
    "german": {"analyzer": "german"},
}
ODD = [
    Passage("nothing", "", ""),
    Passage("stop words", "the", "of and the to die der das"),
    Passage("emoji", "🗿", "🎻🎺👩‍👩‍👧‍👦"),
    Passage("null", "\x00", "a\x00zebra\x00"),
    Passage("separator", "\x1f", "one\x1funit\x1fzebra"),
    Passage("half", "\ud83d", "\udc00 half a pair"),
    Passage("marks", "\u0301\u0308", "\u202e\u200b\ufeff\u0301"),
    Passage("one word", "", "x" * 100_000),
    Passage("one character", "", "猫" * 50_000),
    Passage("zebra", "Zebra", "a plain passage about a zebra"),
]


@pytest.fixture(scope="module", params=SETTINGS)
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FolderIndex]:
    folder = tmp_path_factory.mktemp("odd") / "index"
    with indexes.build(ODD, folder, **SETTINGS[request.param]) as index:
        yield index


def test_every_odd_passage_is_kept_as_it_was(index: FolderIndex) -> None:
    assert list(index.passages()) == ODD
    indexes.verify(index.path)


def test_what_has_terms_among_oddities_is_found_and_what_has_none_is_not(index: FolderIndex) -> None:
    found = {hit.id for hit in index.search("zebra", 10)}
    assert found == {"null", "separator", "zebra"}
    for hit in index.search("zebra", 10):
        assert index.highlight("zebra", hit).text


@pytest.mark.parametrize("query", ["", " \n", "🗿🎻", "?!*()[]{}^~:\\/\"'&|-+", "\x00\x1f", "\u202e\u200b", "\ud83d"])
def test_a_query_without_a_term_finds_nothing(index: FolderIndex, query: str) -> None:
    assert index.search(query, 5) == []


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: repr(query[:20]))
def test_a_query_of_any_kind_gives_finite_scores_best_first(index: FolderIndex, query: str) -> None:
    scores = [hit.score for hit in index.search(query, 10)]
    assert all(map(math.isfinite, scores))
    assert scores == sorted(scores, reverse=True)


def test_a_hundred_thousand_words_are_answered(index: FolderIndex) -> None:
    many = "zebra zebra " + " ".join(f"w{number}" for number in range(100_000))
    assert {hit.id for hit in index.search(many, 9)} == {"null", "separator", "zebra"}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(st.sampled_from('zebra half "()~1\\: ANDORT') | st.characters(), max_size=40))
def test_a_text_with_operators_finds_something_or_says_why_not(index: FolderIndex, query: str) -> None:
    try:
        hits = index.search_query(query, 5)
    except QueryError:
        return
    assert all(hit.passage in ODD for hit in hits)


def test_equal_passages_come_in_their_order_however_many(tmp_path: Path) -> None:
    passages = [Passage(str(number), "Twin", "the same words in all of them") for number in range(20_000)]
    with indexes.build(passages, tmp_path / "index") as index:
        assert [hit.id for hit in index.search("same twin", 15_000)] == [str(number) for number in range(15_000)]


@pytest.mark.parametrize("setting", ["positions", "cjk"])
def test_ten_megabytes_in_one_passage_are_indexed_with_their_positions(tmp_path: Path, setting: str) -> None:
    huge = "antidisestablishmentarianism and " * 310_000 + "one needle"
    passages = [
        Passage("small", "", "one hay needle"),
        Passage("huge", "", huge),
        Passage("word", "", "y" * 10_000_000),
    ]
    with indexes.build(passages, tmp_path / "index", **SETTINGS[setting]) as index:
        assert {hit.id for hit in index.search("needle", 3)} == {"small", "huge"}
        assert [hit.id for hit in index.search_query('"one needle"', 3)] == ["huge"]
