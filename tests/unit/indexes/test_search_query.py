from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import indexes
from indexes import AllOf, AnyOf, Passage, Phrase, Without, Words
from indexes.errors import InputError, QueryError
from indexes.queries import Query

PASSAGES = [
    Passage("emma", "Emma", "Emma is a novel by Jane Austen.", {"year": 1815}),
    Passage("film", "Emma (film)", "A film of the novel by Jane Austen; Austen wrote it.", {"year": 1996}),
    Passage("jane", "Jane Austen", "She wrote novels.", {"year": 1775}),
    Passage("eyre", "Jane Eyre", "A novel. Charlotte Bronte wrote it, not Jane of the Austens.", {"year": 1847}),
]
words = st.lists(st.sampled_from("abcde"), max_size=6).map(" ".join)
some_words = st.lists(st.sampled_from("abcde"), min_size=1, max_size=3).map(" ".join)
fields = st.sampled_from([None, "title", "text"])
queries = st.recursive(
    st.builds(Words, some_words, fields) | st.builds(Phrase, some_words, st.just(0), fields),
    lambda inner: (
        st.builds(AllOf, st.lists(inner, min_size=1, max_size=3).map(tuple))
        | st.builds(AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple))
        | st.builds(Without, inner, st.lists(inner, min_size=1, max_size=2).map(tuple))
    ),
    max_leaves=6,
)


def matches(query: Query, passage: Passage) -> bool:
    """What a query means, said as plainly as can be."""
    if isinstance(query, AllOf):
        return all(matches(part, passage) for part in query.parts)
    if isinstance(query, AnyOf):
        return any(matches(part, passage) for part in query.parts)
    if isinstance(query, Without):
        return matches(query.query, passage) and not any(matches(part, passage) for part in query.excluded)
    texts = [getattr(passage, query.field)] if query.field else [passage.title, passage.text]
    if isinstance(query, Phrase):
        return any(f" {query.text} " in f" {text} " for text in texts)
    return any(set(query.text.split()) & set(text.split()) for text in texts)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(words, words), min_size=1, max_size=12), st.lists(queries, min_size=1, max_size=8))
def test_a_query_finds_what_it_means_and_nothing_else(rows: list[tuple[str, str]], asked: list[Query]) -> None:
    passages = [Passage(str(number), title, text) for number, (title, text) in enumerate(rows)]
    with tempfile.TemporaryDirectory() as name:
        options = {"engine": "bm25_fields", "analyzer": "plain", "positions": True}
        with indexes.build(passages, Path(name) / "index", **options) as index:
            for query in asked:
                hits = index.search_query(query, 50)
                assert {hit.id for hit in hits} == {p.id for p in passages if matches(query, p)}
                assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
                assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
                assert index.search_query(query, 2) == hits[:2]


@pytest.fixture
def index(tmp_path: Path):
    with indexes.build(PASSAGES, tmp_path / "index", positions=True) as index:
        yield index


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ('"jane austen"', {"emma", "film", "jane"}),
        ('"jane austen" AND novel', {"emma", "film", "jane"}),
        ('"jane austen" NOT film', {"emma", "jane"}),
        ("wrote AND (eyre OR emma)", {"film", "eyre"}),
        ('"Emma is a novel"', {"emma"}),  # the stop words' places are kept
        ('"emma novel"', set()),
        ('"emma novel"~2', {"emma"}),
        ('"novel jane"~1', {"emma", "film"}),
        ('"emma film emma"', set()),  # the title is kept apart from itself and from the text
        ("the AND of AND novel", {"emma", "film", "jane", "eyre"}),  # stop words ask for nothing
        ("the", set()),
        ('"the of"', set()),
        ('"NOVELS"', {"emma", "film", "jane", "eyre"}),
    ],
)
def test_phrases_and_operators_find_what_they_say(index: indexes.Index, query: str, ids: set[str]) -> None:
    assert {hit.id for hit in index.search_query(query, 9)} == ids


def test_words_alone_are_found_as_a_plain_search_finds_them(index: indexes.Index) -> None:
    assert index.search_query("who wrote emma novel", 3) == index.search("who wrote emma novel", 3)


def test_a_filter_holds_for_queries_with_structure(index: indexes.Index) -> None:
    hits = index.search_query("novel OR wrote", 9, where={"year": {"lt": 1830}})
    assert {hit.id for hit in hits} == {"emma", "jane"}


@pytest.mark.parametrize("engine", ["bm25", "bm25_fields"])
def test_deleted_passages_are_not_found_by_structure_either(tmp_path: Path, engine: str) -> None:
    options = {"engine": engine, "positions": True}
    indexes.build(PASSAGES, tmp_path / "index", **options).close()
    indexes.delete(tmp_path / "index", ["emma", "film"])
    with indexes.open(tmp_path / "index") as index:
        assert {hit.id for hit in index.search_query('"jane austen" OR novel', 9)} == {"jane", "eyre"}


def test_an_index_without_positions_says_how_to_get_them(tmp_path: Path) -> None:
    with indexes.build(PASSAGES, tmp_path / "index") as index:
        assert index.search_query("jane AND eyre", 5)
        with pytest.raises(QueryError, match="positions=True"):
            index.search_query('"jane eyre"', 5)


def test_a_field_of_an_index_that_pools_them_is_refused(index: indexes.Index) -> None:
    for query in ("title:emma", 'title:"jane eyre"', "a AND NOT text:b", "title:the"):
        with pytest.raises(QueryError, match='engine="bm25_fields"'):
            index.search_query(query, 5)


def test_an_engine_that_takes_no_structure_says_so(tmp_path: Path) -> None:
    with (
        indexes.build(PASSAGES, tmp_path / "index", engine="rank_bm25") as index,
        pytest.raises(QueryError, match="bm25"),
    ):
        index.search_query("a AND b", 5)


@pytest.mark.parametrize("k", [0, -1, "3", None])
def test_k_is_checked_as_in_a_plain_search(index: indexes.Index, k: int) -> None:
    with pytest.raises(InputError, match="k must be"):
        index.search_query("emma", k)


def test_too_many_words_are_refused(index: indexes.Index) -> None:
    with pytest.raises(QueryError, match="1024 words, but this one holds 3000"):
        index.search_query(Words("w1 w2 w3 " * 1000), 5)
