from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dsp
from dsp.errors import InputError, SettingsError
from dsp.search.rank import rank, rerank
from dsp.search.rerank_ensemble import fused_retrieval, retrieve_rerank_ensemble
from dsp.search.retrieve import retrieve
from dsp.trace import record
from indexes.fusion import reciprocal_rank_fusion
from indexes.passage import Hit, Passage


class Fixed:
    """Scores by a table from text to score."""

    name = "fixed"

    def __init__(self, scores: dict[str, float]) -> None:
        self.scores = scores

    def score(self, query: str, passages: Sequence[Hit]) -> list[float]:
        return [self.scores[hit.text] for hit in passages]


class Backwards:
    """Likes the passage best that came last."""

    def score(self, query: str, passages: Sequence[Hit]) -> list[float]:
        return [float(hit.rank) for hit in passages]


SCORES = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(-3, 3), max_size=8)


@given(scores=SCORES, k=st.integers(1, 9))
def test_passages_come_best_first_and_none_is_lost(scores: dict[str, int], k: int) -> None:
    reranker = Fixed({text: float(score) for text, score in scores.items()})
    ranked = rank("q", list(scores), reranker=reranker)
    assert sorted(hit.text for hit in ranked) == sorted(scores)
    assert [hit.score for hit in ranked] == sorted(scores.values(), reverse=True)
    assert [hit.rank for hit in ranked] == list(range(1, len(scores) + 1))
    assert rerank("q", list(scores), k, reranker=reranker) == ranked[:k]


def test_equal_scores_keep_their_order_and_passages_their_id() -> None:
    passages = [Passage("x", "T", "b"), Hit(Passage("y", "", "a"), 9.0, 1, "bm25"), "c"]
    ranked = rank("q", passages, reranker=Fixed({"a": 1, "b": 1, "c": 1}))
    assert [(hit.id, hit.source) for hit in ranked] == [("x", "fixed"), ("y", "fixed"), ("3", "fixed")]


def test_with_a_reranker_configured_every_search_comes_in_its_order(retriever: Any) -> None:
    plain = retrieve("Emma novel", 3, retriever=retriever)
    with dsp.context(reranker=Backwards()), record() as trace:
        hits = retrieve("Emma novel", 3, retriever=retriever)
    assert [hit.id for hit in hits] == [hit.id for hit in plain][::-1]
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert next(iter(trace)).outputs["hits"] == hits
    with dsp.context(reranker=Backwards()):
        assert retrieve(" ", 3, retriever=retriever) == []


def test_without_a_reranker_nothing_can_be_ranked() -> None:
    with pytest.raises(SettingsError, match="none is configured"):
        rank("q", ["a"])
    with pytest.raises(SettingsError, match="none is configured"):
        retrieve_rerank_ensemble(["q"], 3)


@pytest.mark.parametrize("scores", [[], [1.0, 2.0], [float("nan")], [float("inf")]])
def test_a_reranker_must_score_every_passage(scores: list[float]) -> None:
    class Wrong:
        def score(self, query: str, passages: Sequence[Hit]) -> list[float]:
            return scores

    with pytest.raises(InputError, match="one finite score for each of 1 passages, but Wrong gave"):
        rank("q", ["a"], reranker=Wrong())


def test_no_passages_are_no_work_for_a_reranker() -> None:
    assert rank("q", [], reranker=Fixed({})) == []
    with pytest.raises(InputError, match="k must be at least 1"):
        rerank("q", ["a"], 0, reranker=Fixed({"a": 1}))


class ByQuery:
    """Finds what a table says for each query; keeps how deep it was asked."""

    def __init__(self, table: dict[str, str]) -> None:
        self.table = table
        self.depths: list[int] = []

    def search(self, query: str, k: int) -> list[Hit]:
        self.depths.append(k)
        texts = self.table[query][:k]
        return [Hit(Passage(text, "", text), 1.0 / rank, rank, "table") for rank, text in enumerate(texts, 1)]


def test_a_passages_score_is_the_mean_over_the_queries_that_found_it() -> None:
    class PerQuery:
        def score(self, query: str, passages: Sequence[Hit]) -> list[float]:
            table = {"one": {"a": 1.0, "b": 4.0}, "two": {"a": 4.0, "c": 2.0}}
            return [table[query][hit.text] for hit in passages]

    retriever = ByQuery({"one": "ab", "two": "ca"})
    hits = retrieve_rerank_ensemble(["one", "", "two"], 3, retriever=retriever, reranker=PerQuery())
    assert [(hit.id, hit.score) for hit in hits] == [("b", 4.0), ("a", 2.5), ("c", 2.0)]
    assert retriever.depths == [9, 9]
    with dsp.context(reranker=PerQuery(), rm=retriever):
        assert [hit.id for hit in retrieve_rerank_ensemble(["one", "two"], 1)] == ["b"]


@given(queries=st.permutations(["one", "two", "three"]))
def test_the_order_of_the_queries_is_of_no_account(queries: list[str]) -> None:
    retriever = ByQuery({"one": "ab", "two": "bc", "three": "ad"})
    reranker = Fixed({"a": 0.5, "b": 0.25, "c": 2.0, "d": 1.0})
    hits = retrieve_rerank_ensemble(queries, 4, retriever=retriever, reranker=reranker)
    assert [hit.id for hit in hits] == ["c", "d", "a", "b"]
    fused = fused_retrieval(queries, 4, retriever=retriever)
    assert [hit.id for hit in fused] == ["a", "b", "c", "d"]


def test_lists_may_be_fused_by_rank_too() -> None:
    hits = fused_retrieval(["one", "two"], 2, reciprocal_rank_fusion, retriever=ByQuery({"one": "ab", "two": "ba"}))
    assert [hit.source for hit in hits] == ["rrf", "rrf"]
    for search in (fused_retrieval, retrieve_rerank_ensemble):
        with pytest.raises(InputError, match="several strings"):
            search("one", 2)
