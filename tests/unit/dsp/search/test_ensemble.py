from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.errors import InputError
from dsp.protocols import Retriever
from dsp.search.ensemble import retrieve_ensemble
from dsp.search.retrieve import retrieve
from indexes.passage import Hit, Passage

WORDS = ["red", "green", "blue", "old", "new", "tall"]
CORPUS = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4), min_size=1, max_size=12).map(
    lambda texts: [Passage(str(number), "", " ".join(text)) for number, text in enumerate(texts)]
)
QUERIES = st.lists(st.one_of(st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join), st.just("  ")), max_size=4)
KS = st.integers(1, 6)


class Table:
    """Answers from a table of scores by query."""

    def __init__(self, **scores: Sequence[tuple[str, float]]) -> None:
        self.scores = scores
        self.asked: list[tuple[str, int]] = []

    def search(self, query: str, k: int) -> list[Hit]:
        self.asked.append((query, k))
        found = self.scores[query][:k]
        return [Hit(Passage(name, name, name), score, rank, "table") for rank, (name, score) in enumerate(found, 1)]


def test_scores_are_summed_over_the_queries() -> None:
    table = Table(one=[("a", 3.0), ("b", 2.0)], two=[("b", 4.0), ("c", 1.0)])
    hits = retrieve_ensemble(["one", "two"], 3, by_prob=False, retriever=table)
    assert [(hit.id, hit.score, hit.rank, hit.source) for hit in hits] == [
        ("b", 6.0, 1, "combsum"),
        ("a", 3.0, 2, "combsum"),
        ("c", 1.0, 3, "combsum"),
    ]


def test_by_probability_every_query_has_one_vote_to_share_out() -> None:
    table = Table(one=[("a", 1000.0), ("b", 999.0)], two=[("c", 0.0)])
    hits = {hit.id: hit.score for hit in retrieve_ensemble(["one", "two"], 3, retriever=table)}
    assert hits["c"] == pytest.approx(1.0)
    assert hits["a"] == pytest.approx(1 / (1 + math.exp(-1)))
    assert sum(hits.values()) == pytest.approx(2.0)


def test_ties_go_to_the_better_rank_in_any_list_whatever_the_order_of_the_queries() -> None:
    table = Table(one=[("a", 1.0), ("b", 1.0)], two=[("c", 1.0), ("d", 1.0)])
    for queries in (["one", "two"], ["two", "one"]):
        hits = retrieve_ensemble(queries, 4, by_prob=False, retriever=table)
        assert [hit.id for hit in hits] == ["a", "c", "b", "d"]


def test_each_of_several_queries_brings_three_times_k() -> None:
    table = Table(one=[("a", 1.0)], two=[("a", 1.0)])
    retrieve_ensemble(["one", " ", "two"], 4, retriever=table)
    assert table.asked == [("one", 12), ("two", 12)]


def test_a_single_query_is_plain_retrieve() -> None:
    table = Table(one=[("a", 3.0), ("b", 2.0)])
    assert retrieve_ensemble(["", "one"], 1, retriever=table) == retrieve("one", 1, retriever=table)


def test_no_query_finds_nothing(retriever: Retriever) -> None:
    assert retrieve_ensemble([], 3, retriever=retriever) == []
    assert retrieve_ensemble(["", " "], 3, retriever=retriever) == []


@pytest.mark.parametrize("queries", [[], ["one"], ["one", "two"]])
@pytest.mark.parametrize("k", [0, -1])
def test_a_k_below_one_is_refused_as_it_was_given(queries: list[str], k: int, retriever: Retriever) -> None:
    with pytest.raises(InputError, match=f"k must be at least 1, but got {k};"):
        retrieve_ensemble(queries, k, retriever=retriever)


def test_one_string_is_no_list_of_queries(retriever: Retriever) -> None:
    with pytest.raises(InputError, match='but got the one string "Emma"; use retrieve'):
        retrieve_ensemble("Emma", retriever=retriever)


@given(CORPUS, QUERIES, KS, st.booleans())
def test_its_laws(
    make_retriever: Callable[[Sequence[Passage]], Retriever], corpus: list[Passage], queries: list[str], k: int, p: bool
) -> None:
    retriever = make_retriever(corpus)
    hits = retrieve_ensemble(queries, k, by_prob=p, retriever=retriever)
    assert len(hits) <= k
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert len({hit.id for hit in hits}) == len(hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert {hit.passage for hit in hits} <= set(corpus)
    assert hits == retrieve_ensemble(queries, k, by_prob=p, retriever=make_retriever(corpus))
    found = {hit.id for query in queries for hit in retrieve(query, k, retriever=retriever)}
    assert len(hits) == min(k, len(found)) or len(hits) == k
