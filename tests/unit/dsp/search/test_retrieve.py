from __future__ import annotations

from collections.abc import Sequence

import pytest

import dsp
from dsp.errors import InputError, SettingsError
from dsp.protocols import Retriever
from dsp.search.retrieve import retrieve
from dsp.trace import record
from indexes.passage import Hit


def test_it_searches_the_configured_retriever_unless_another_is_given(retriever: Retriever) -> None:
    with dsp.context(rm=retriever):
        assert [hit.title for hit in retrieve("Emma novel", k=1)] == ["Emma"]
    assert retrieve("Emma novel", k=1, retriever=retriever)[0].title == "Emma"


def test_without_a_retriever_it_says_how_to_configure_one() -> None:
    with pytest.raises(SettingsError, match=r"indexes\.open\(DIR\)"):
        retrieve("Emma")


@pytest.mark.parametrize("query", ["", " ", "\n\t"])
def test_an_empty_query_finds_nothing_and_asks_nobody(query: str) -> None:
    class Never:
        def search(self, query: str, k: int) -> Sequence[Hit]:
            raise AssertionError("asked")

    assert retrieve(query, retriever=Never()) == []


@pytest.mark.parametrize("k", [0, -1, 1.5, "3", None])
def test_a_k_that_is_no_number_of_passages_is_refused_with_its_value(k: int, retriever: Retriever) -> None:
    with pytest.raises(InputError) as caught:
        retrieve("Emma", k, retriever=retriever)
    assert str(caught.value) == f"k must be at least 1, but got {k!r}; ask for one passage or more"


@pytest.mark.parametrize("query", [None, 3, ["Emma"]])
def test_a_query_that_is_no_text_is_refused(query: str, retriever: Retriever) -> None:
    with pytest.raises(InputError, match=f"a query must be a string, but got {type(query).__name__}"):
        retrieve(query, retriever=retriever)


def test_every_search_is_a_step_of_the_trace(retriever: Retriever) -> None:
    with record() as trace:
        hits = retrieve("Emma", 2, retriever=retriever)
        retrieve(" ", 2, retriever=retriever)
    first, second = trace
    assert (first.kind, first.name, first.inputs) == ("search", "words", {"query": "Emma", "k": 2})
    assert first.outputs["hits"] == hits
    assert first.source is retriever
    assert second.outputs["hits"] == []


def test_a_retriever_without_a_name_goes_by_its_class(bm25: Retriever) -> None:
    with record() as trace:
        retrieve("Emma", 1, retriever=bm25)
    assert next(iter(trace)).name == type(bm25).__name__
