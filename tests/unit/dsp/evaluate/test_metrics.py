from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.errors import InputError, UnknownNameError
from dsp.evaluate.metrics import METRICS, applies
from dsp.evaluate.metrics.normalize import normalize_answer, normalize_text, overlap, tokens
from dsp.types.example import Example
from dsp.types.prediction import Prediction
from indexes.passage import Hit, Passage


def score(name: str, gold: Any, answer: str | None) -> float:
    prediction = Prediction() if answer is None else Prediction(answer=answer)
    return float(METRICS.get(name)(Example(question="Q?", answer=gold), prediction))


@pytest.mark.parametrize(
    ("answer", "gold", "em", "f1"),
    [
        ("Jane Austen", "jane austen", 1.0, 1.0),
        ("The Beatles!", "Beatles", 1.0, 1.0),
        ("Austen", "Jane Austen", 0.0, 2 / 3),
        ("by Jane Austen", "Jane Austen", 0.0, 0.8),
        ("yes", "no", 0.0, 0.0),
        ("yes it is", "yes", 0.0, 0.0),
        ("yes", "yes it is", 0.0, 0.0),
        ("Yes.", "yes", 1.0, 1.0),
        ("noanswer", "no answer", 0.0, 0.0),
        ("", "Emma", 0.0, 0.0),
        ("the", "a", 1.0, 0.0),
        ("a b b", "b b b", 0.0, 0.8),
    ],
)
def test_answers_score_as_hotpotqa_scores_them(answer: str, gold: str, em: float, f1: float) -> None:
    assert score("em", gold, answer) == em
    assert score("f1", gold, answer) == pytest.approx(f1)


def test_precision_and_recall_are_the_two_sides_of_f1() -> None:
    assert score("answer_precision", "Jane Austen", "Austen") == 1.0
    assert score("answer_recall", "Jane Austen", "Austen") == 0.5


def test_the_best_of_several_gold_answers_counts() -> None:
    example = Example(question="Q?", answer="NYC", answers=["NYC", "New York City"])
    assert METRICS.get("em")(example, Prediction(answer="new york city")) == 1.0
    assert METRICS.get("f1")(example, Prediction(answer="New York")) == pytest.approx(0.8)
    assert score("em", ["NYC", "New York City"], "NYC") == 1.0


def test_no_answer_scores_as_an_empty_one() -> None:
    assert score("em", "Emma", None) == 0.0
    assert score("f1", "Emma", None) == 0.0


@pytest.mark.parametrize("gold", [None, 5, [], [5]])
def test_an_example_without_a_gold_answer_cannot_be_scored(gold: Any) -> None:
    for name in ("em", "f1", "answer_precision", "answer_recall"):
        with pytest.raises(InputError, match="add the gold answer"):
            score(name, gold, "Emma")


CONTEXTS = {
    "hits": [
        Hit(Passage("1", "Emma", "A novel."), 2.0, 1, "bm25"),
        Hit(Passage("2", "Bath", "A city."), 1.0, 2, "bm25"),
    ],
    "passages": [Passage("1", "Emma", "A novel."), Passage("2", "Bath", "A city.")],
    "strings": ["Emma | A novel.", "Bath | A city."],
    "mixed": [Passage("1", "Emma", "A novel."), " Bath"],
}


@pytest.mark.parametrize("kind", sorted(CONTEXTS))
def test_supports_are_found_by_title_in_every_kind_of_context(kind: str) -> None:
    prediction = Prediction(context=CONTEXTS[kind])
    both = Example(question="Q?", answer="x", gold_titles=["Emma", "Bath", "Emma"])
    half = Example(question="Q?", answer="x", gold_titles=["Emma", "Bat"])
    assert METRICS.get("support_recall")(both, prediction) == 1.0
    assert METRICS.get("mean_recall")(both, prediction) == 1.0
    assert METRICS.get("support_recall")(half, prediction) == 0.0
    assert METRICS.get("mean_recall")(half, prediction) == 0.5


def test_a_title_that_holds_the_separator_is_still_found() -> None:
    example = Example(question="Q?", gold_titles=["A | B"])
    assert METRICS.get("support_recall")(example, Prediction(context=["A | B | text"])) == 1.0
    assert METRICS.get("support_recall")(example, Prediction(context=["A | text"])) == 0.0


def test_a_prediction_without_context_found_nothing() -> None:
    example = Example(question="Q?", gold_titles=["Emma"])
    assert METRICS.get("support_recall")(example, Prediction(answer="x")) == 0.0
    assert METRICS.get("mean_recall")(example, Prediction(context=[])) == 0.0


@pytest.mark.parametrize("context", ["Emma | text", 7, [7], [Passage("1", "Emma", ""), None]])
def test_a_context_that_is_no_list_of_passages_is_refused(context: Any) -> None:
    with pytest.raises(InputError, match="passage"):
        METRICS.get("mean_recall")(Example(gold_titles=["Emma"]), Prediction(context=context))


def test_support_metrics_do_not_apply_where_no_gold_title_is_known() -> None:
    bare, known = Example(question="Q?", answer="x"), Example(question="Q?", answer="x", gold_titles=["T"])
    for name in ("support_recall", "mean_recall"):
        assert not applies(METRICS.get(name), bare)
        assert applies(METRICS.get(name), known)
        with pytest.raises(InputError, match=f"{name} needs an example with gold_titles"):
            METRICS.get(name)(bare, Prediction(context=[]))
    assert applies(METRICS.get("em"), bare)
    assert applies(lambda example, prediction, trace=None: 1.0, bare)


def test_an_unknown_metric_is_refused_with_the_close_names() -> None:
    with pytest.raises(UnknownNameError, match="did you mean support_recall"):
        METRICS.get("suport_recall")


def test_every_metric_in_the_table_can_be_loaded() -> None:
    assert {"em", "f1", "support_recall", "mean_recall"} <= set(METRICS.names())
    assert all(callable(METRICS.get(name)) for name in METRICS.names())


def test_dsps_normalisation_takes_accents_apart() -> None:
    assert tokens("The Café, a bar") == ["cafe\u0301", "bar"]
    assert normalize_text("Ångström") == normalize_text("A\u030angstro\u0308m")
    assert normalize_answer("Ångström") != normalize_answer("A\u030angstro\u0308m")


@given(st.text(), st.text())
def test_overlap_is_symmetric_and_stays_between_nothing_and_all(one: str, other: str) -> None:
    there, back = overlap(one, other), overlap(other, one)
    assert all(0.0 <= part <= 1.0 for part in there)
    assert (there.f1, there.precision, there.recall) == (back.f1, back.recall, back.precision)


@given(st.text())
def test_normalising_keeps_no_article_punctuation_or_double_space(text: str) -> None:
    bare = normalize_answer(text)
    assert not {"a", "an", "the"} & set(bare.split(" "))
    assert "  " not in bare
    assert bare == bare.strip()
