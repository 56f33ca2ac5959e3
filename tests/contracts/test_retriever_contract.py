"""Everything that programs search keeps the laws of `Retriever`: one subclass for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import dsp
import indexes
from dsp.errors import InputError
from dsp.protocols import Retriever
from dsp.search.ensemble import retrieve_ensemble
from dsp.search.hops import retrieve_unseen
from dsp.search.retrieve import retrieve
from dsp.trace import from_json, record, to_json
from indexes.passage import Hit, Passage

PASSAGES = [
    Passage("1", "Emma", "Emma is a novel by Jane Austen.", {"year": 1815}),
    Passage("2", "Jane Austen", "Jane Austen was born in Steventon."),
    Passage("3", "Steventon", "Steventon is a village in Hampshire."),
    Passage("4", "Dune", "Dune is a novel by Frank Herbert."),
    Passage("5", "Frank Herbert", "Frank Herbert was born in Tacoma."),
    Passage("6", "", "A passage without a title, about nothing but a novel."),
]
QUERIES = ["novel", "Jane Austen", "born", "village in Hampshire", "Dune novel Frank Herbert", "nowhere to be found"]
ODD = ["", " \n", "?!", "AND OR NOT (", "a" * 10_000, "\ud800", "\x00", "title:emma^5", "नमस्ते", '"']


class RetrieverContract:
    """Write `make`: a retriever over these passages."""

    @pytest.fixture
    def made(self) -> Retriever:
        raise NotImplementedError

    def test_it_is_a_retriever(self, made: Retriever) -> None:
        assert isinstance(made, Retriever)

    @pytest.mark.parametrize("query", [*QUERIES, *ODD], ids=lambda query: ascii(query)[:20])
    @pytest.mark.parametrize("k", [1, 2, 100])
    def test_at_most_k_hits_come_best_first_with_ranks_from_one(self, made: Retriever, query: str, k: int) -> None:
        hits = made.search(query, k)
        assert len(hits) <= min(k, len(PASSAGES))
        assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        assert len({hit.id for hit in hits}) == len(hits)

    def test_a_hit_keeps_its_passage_its_score_and_its_source(self, made: Retriever) -> None:
        hit = made.search("Emma", 1)[0]
        assert hit.passage == PASSAGES[0]
        assert dict(hit.passage.metadata) == {"year": 1815}
        assert hit.source
        assert from_json(to_json(hit)) == hit

    @pytest.mark.parametrize("query", ["", " ", "\n\t"])
    def test_an_empty_query_gives_none(self, made: Retriever, query: str) -> None:
        assert list(made.search(query, 3)) == []

    @pytest.mark.parametrize("k", [0, -1])
    def test_a_k_below_one_raises(self, made: Retriever, k: int) -> None:
        with pytest.raises(ValueError, match=f"k must be .*at least 1, but got {k}"):
            made.search("novel", k)

    def test_equal_calls_give_equal_hits_from_any_number_of_threads(self, made: Retriever) -> None:
        alone = [list(made.search(query, 3)) for query in QUERIES]
        with ThreadPoolExecutor(8) as pool:
            for found in pool.map(lambda _: [list(made.search(query, 3)) for query in QUERIES], range(16)):
                assert found == alone

    def test_the_best_j_are_the_search_for_j(self, made: Retriever) -> None:
        for query in QUERIES:
            hits = list(made.search(query, 5))
            assert [list(made.search(query, j)) for j in range(1, 6)] == [hits[:j] for j in range(1, 6)]

    def test_every_search_of_dsp_works_over_it(self, made: Retriever) -> None:
        with dsp.context(rm=made), record() as trace:
            first = retrieve("Jane Austen", 2)
            more = retrieve_unseen(["born", "novel"], 2, first)
            fused = retrieve_ensemble(["born", "novel"], 2)
        assert sum(step.source is made for step in trace) == 5
        assert not {hit.id for hit in first} & {hit.id for hit in more}
        assert len(fused) == 2


class TestBm25Index(RetrieverContract):
    @pytest.fixture
    def made(self, tmp_path: Path) -> Iterator[Retriever]:
        with indexes.build(PASSAGES, tmp_path / "index") as index:
            yield index


class TestRankBm25Index(RetrieverContract):
    @pytest.fixture
    def made(self, tmp_path: Path) -> Iterator[Retriever]:
        with indexes.build(PASSAGES, tmp_path / "index", engine="rank_bm25") as index:
            yield index


class TestTheRetrieverOfTheseTests(RetrieverContract):
    @pytest.fixture
    def made(self, make_retriever: Callable[[Sequence[Passage]], Retriever]) -> Retriever:
        return make_retriever(PASSAGES)


class TestRetrieveOverARetriever(RetrieverContract):
    """`dsp.retrieve` itself, as a program's own retriever may wrap it."""

    @pytest.fixture
    def made(self, make_retriever: Callable[[Sequence[Passage]], Retriever]) -> Retriever:
        inner = make_retriever(PASSAGES)

        class Wrapped:
            def search(self, query: str, k: int) -> list[Hit]:
                return retrieve(query, k, retriever=inner)

        return Wrapped()


def test_dsps_own_refusal_of_k_is_an_input_error(make_retriever: Callable[[Sequence[Passage]], Retriever]) -> None:
    with pytest.raises(InputError):
        retrieve("novel", 0, retriever=make_retriever(PASSAGES))
