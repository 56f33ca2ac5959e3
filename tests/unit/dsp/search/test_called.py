"""Retrievers as DSP's and DSPy's users write them: functions, clients that answer with mappings, lists of texts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

import dsp
from dsp.errors import InputError
from dsp.lms.scripted import Scripted
from dsp.search.called import as_retriever
from indexes.passage import Hit, Passage

TEXTS = ["Emma | A novel by Jane Austen.", "Lviv is a town."]


@pytest.mark.parametrize(
    "given",
    [
        TEXTS,
        [{"text": TEXTS[0]}, {"long_text": TEXTS[1], "text": "short"}],
        [SimpleNamespace(long_text=TEXTS[0]), SimpleNamespace(text=TEXTS[1])],
        dsp.Prediction(passages=TEXTS),
        (text for text in TEXTS),
    ],
)
def test_whatever_such_a_function_gives_becomes_passages_in_its_order(given: Any) -> None:
    hits = dsp.retrieve("q", k=2, retriever=lambda query, k: given)
    assert [(hit.title, hit.text, hit.rank) for hit in hits] == [
        ("Emma", "A novel by Jane Austen.", 1),
        ("", "Lviv is a town.", 2),
    ]
    assert [hit.score for hit in hits] == [1.0, 0.5]


def test_ids_titles_and_scores_are_kept_where_they_are_given() -> None:
    found = [{"text": "A novel.", "pid": 7, "score": 3.5, "title": "Emma"}]
    (hit,) = dsp.retrieve("q", k=1, retriever=lambda query, k: found)
    assert (hit.id, hit.title, hit.text, hit.score) == ("7", "Emma", "A novel.", 3.5)


def test_hits_and_passages_pass_through_with_the_rank_they_have_here() -> None:
    given = [Hit(Passage("1", "t", "x"), 9.0, 4, "bm25"), Passage("2", "", "y")]
    first, second = dsp.retrieve("q", k=2, retriever=lambda query, k: given)
    assert (first.id, first.score, first.rank, first.source) == ("1", 9.0, 1, "bm25")
    assert (second.id, second.rank) == ("2", 2)


def test_equal_texts_are_one_passage_also_over_several_queries() -> None:
    def search(query: str, k: int) -> list[str]:
        return [TEXTS[0], f"{query} alone"]

    hits = dsp.retrieve_ensemble(["one", "two"], k=3, retriever=search)
    assert [hit.text for hit in hits] == ["A novel by Jane Austen.", "one alone", "two alone"]


def test_it_may_be_configured_and_gives_no_more_than_k() -> None:
    asked: list[tuple[str, int]] = []

    def search(query: str, k: int = 3) -> list[str]:
        asked.append((query, k))
        return TEXTS * 3

    with dsp.context(rm=search):
        assert len(dsp.Retrieve(k=2)("q").passages) == 2
        assert dsp.retrieve("  ", k=2) == []
    assert asked == [("q", 2)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("one text", "must give a list of passages"),
        ({"text": "x"}, "must give a list of passages"),
        (7, "must give a list of passages"),
        ([{"title": "x"}], "must be a text, or have one as long_text or text"),
        ([None], "must be a text"),
    ],
)
def test_what_are_no_passages_is_refused_with_what_came(given: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        dsp.retrieve("q", retriever=lambda query, k: given)


def test_what_is_no_retriever_is_refused() -> None:
    with pytest.raises(InputError, match=r"a retriever must have search\(query, k\), or be a function"):
        as_retriever(7)  # type: ignore[arg-type]


def test_a_check_before_anything_is_spent_takes_a_function_for_a_retriever_and_a_number_for_none() -> None:
    lm = Scripted([])
    with dsp.context(lm=lm, rm=lambda query, k: TEXTS):
        assert dsp.check(dsp.MultiHop()).errors == []
    with dsp.context(lm=lm, rm=7):
        assert "or be a function, but got 7" in str(dsp.check(dsp.MultiHop()).errors[0])
