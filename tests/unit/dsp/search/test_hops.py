from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.errors import InputError
from dsp.protocols import Retriever
from dsp.search.hops import retrieve_unseen
from dsp.search.retrieve import retrieve
from indexes.passage import Hit, Passage

WORDS = ["red", "green", "blue", "old", "new", "tall"]
CORPUS = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4), min_size=1, max_size=12).map(
    lambda texts: [Passage(str(number), "", " ".join(text)) for number, text in enumerate(texts)]
)
QUERIES = st.lists(st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join), max_size=4)


@given(CORPUS, QUERIES, st.integers(1, 6), QUERIES)
def test_its_laws(
    make_retriever: Callable[[Sequence[Passage]], Retriever],
    corpus: list[Passage],
    queries: list[str],
    k: int,
    earlier: list[str],
) -> None:
    retriever = make_retriever(corpus)
    seen = [hit for query in earlier for hit in retrieve(query, 2, retriever=retriever)]
    known = {hit.id for hit in seen}
    hits = retrieve_unseen(queries, k, seen, retriever=retriever)
    assert not known & {hit.id for hit in hits}
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert len({hit.id for hit in hits}) == len(hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits == retrieve_unseen(queries, k, seen, retriever=make_retriever(corpus))
    everything = {hit.id for query in queries for hit in retrieve(query, len(corpus), retriever=retriever)}
    assert len(hits) == min(k, len(everything - known))


def test_every_query_looks_as_deep_as_it_must(make_retriever: Callable[[Sequence[Passage]], Retriever]) -> None:
    corpus = [Passage(str(number), "", "red") for number in range(10)]
    retriever = make_retriever(corpus)
    seen = retrieve("red", 7, retriever=retriever)
    assert [hit.id for hit in retrieve_unseen(["red"], 3, seen, retriever=retriever)] == ["7", "8", "9"]


def test_the_first_query_counts_most_and_agreement_counts_more() -> None:
    table = {"one": ["a", "b", "c"], "two": ["d", "c", "e"]}

    class Fixed:
        def search(self, query: str, k: int) -> list[Hit]:
            names = table[query][:k]
            return [Hit(Passage(name, name, name), 1.0, rank, "fixed") for rank, name in enumerate(names, 1)]

    hits = retrieve_unseen(["one", "two"], 5, [], retriever=Fixed())
    assert [hit.id for hit in hits] == ["a", "c", "d", "b", "e"]
    assert hits[0].score == 1.0
    assert hits[1].score == pytest.approx(1 / 3 + 1 / 2.5)
    assert hits[2].score == pytest.approx(1 / 1.5)


def test_empty_and_repeated_queries_are_dropped(make_retriever: Callable[[Sequence[Passage]], Retriever]) -> None:
    retriever = make_retriever([Passage("1", "", "red"), Passage("2", "", "green")])
    once = retrieve_unseen(["red", "green"], 2, [], retriever=retriever)
    assert retrieve_unseen(["red", "", " red ", "green", "red"], 2, [], retriever=retriever) == once
    assert retrieve_unseen(["", " "], 2, [], retriever=retriever) == []


@pytest.mark.parametrize("queries", [[], ["red"]])
@pytest.mark.parametrize("k", [0, -1])
def test_a_k_below_one_is_refused(queries: list[str], k: int, retriever: Retriever) -> None:
    seen = retrieve("Emma novel", 3, retriever=retriever)
    with pytest.raises(InputError, match=f"k must be at least 1, but got {k};"):
        retrieve_unseen(queries, k, seen, retriever=retriever)


def test_one_string_is_no_list_of_queries(retriever: Retriever) -> None:
    with pytest.raises(InputError, match="one string"):
        retrieve_unseen("Emma", 3, [], retriever=retriever)
