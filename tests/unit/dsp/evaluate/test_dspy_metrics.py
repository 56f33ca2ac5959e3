"""The metrics by DSP's and DSPy's names: of texts, and judged by an LM."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dsp
from dsp.errors import InputError
from dsp.evaluate import EM, CompleteAndGrounded, SemanticF1, answer_exact_match, answer_passage_match, normalize_text
from dsp.evaluate.metrics.answers import F1, HotPotF1
from dsp.lms.scripted import Scripted
from dsp.types.example import Example
from dsp.types.messages import LMRequest
from dsp.types.prediction import Prediction
from indexes.passage import Passage

Answer = Callable[[str, Mapping[str, str], LMRequest], str]
TEXTS = st.text(alphabet="abc é.,", max_size=12)


def test_an_exact_match_is_one_of_several_gold_answers_after_normalisation() -> None:
    assert answer_exact_match(Example(answer=["Brontë", "the Jane Austen"]), Prediction(answer="jane austen!"))
    assert not answer_exact_match(Example(answer="Austen"), Prediction(answer="Jane Austen"))
    assert answer_exact_match(Example(answer="Austen"), Prediction(answer="Jane Austen"), frac=0.6)
    assert not answer_exact_match(Example(answer="Austen"), Prediction())


def test_a_passage_match_reads_the_predictions_passages() -> None:
    example = Example(answer="Jane Austen")
    assert answer_passage_match(example, Prediction(context=["x", "Emma | by jane austen."]))
    assert answer_passage_match(example, Prediction(context=[Passage("1", "Emma", "By Jane Austen.")]))
    assert not answer_passage_match(example, Prediction(context=["Jane and Austen"]))
    assert not answer_passage_match(example, Prediction())


@given(TEXTS, st.lists(TEXTS, min_size=1, max_size=3))
def test_a_match_has_f1_one_and_no_f1_is_beyond_one(prediction: str, answers: list[str]) -> None:
    assert 0.0 <= F1(prediction, answers) <= 1.0
    if EM(prediction, answers):
        assert F1(prediction, answers) == 1.0
    assert EM(normalize_text(prediction), [prediction])


def test_a_bare_yes_shares_nothing_with_more_than_yes_in_hotpotqa_alone() -> None:
    assert HotPotF1("yes it is", ["yes"]) == 0.0
    assert F1("yes it is", ["yes"]) == 0.5


@pytest.mark.parametrize("wrong", ["text", [], [1]])
@pytest.mark.parametrize("measure", [EM, F1, HotPotF1])
def test_gold_answers_that_are_none_are_refused(measure: Callable[..., object], wrong: Any) -> None:
    with pytest.raises(InputError, match="a list of texts"):
        measure("a", wrong)


@pytest.fixture
def judge(chat_lm: Callable[[Answer], Scripted]) -> Scripted:
    said = {"recall": "1.0", "precision": "0.5", "completeness": "1.4", "groundedness": "0.25"}
    return chat_lm(lambda name, inputs, request: said.get(name, "words"))


ASKED = Example(question="Who wrote Emma?", response="Jane Austen")


@pytest.mark.parametrize("decompositional", [False, True])
def test_semantic_f1_is_the_harmonic_mean_of_what_the_judge_says(judge: Scripted, decompositional: bool) -> None:
    metric = SemanticF1(decompositional=decompositional)
    with dsp.context(lm=judge):
        scored = metric(ASKED, Prediction(response="Austen"))
        assert asyncio.run(metric.acall(ASKED, Prediction(answer="Austen"))).score == scored.score
        assert metric(ASKED, Prediction(response="Austen"), trace=[]) is True
        assert SemanticF1(threshold=0.7)(ASKED, Prediction(response="Austen"), trace=[]) is False
    assert (round(float(scored), 3), scored.recall, scored.precision) == (0.667, 1.0, 0.5)


def test_complete_and_grounded_reads_the_passages_and_keeps_shares_within_one(judge: Scripted) -> None:
    with dsp.context(lm=judge):
        scored = CompleteAndGrounded()(
            ASKED, Prediction(response="Austen", context=[Passage("1", "Emma", "By Austen.")])
        )
        assert CompleteAndGrounded()(ASKED, Prediction(response="Austen"), trace=[]) is False
    assert (scored.completeness, scored.groundedness, scored.score) == (1.0, 0.25, 0.4)
    assert "Emma | By Austen." in judge.requests[1].messages[-1]["content"]


def test_judges_save_and_load_as_programs_do(tmp_path: Any, judge: Scripted) -> None:
    metric = SemanticF1()
    metric.judge.demos = [Example(question="q", expected="e", answer="a", recall=1.0, precision=1.0)]
    metric.save(tmp_path / "judge.json")
    again = SemanticF1()
    again.load(tmp_path / "judge.json")
    assert again.judge.demos == metric.judge.demos


def test_a_text_that_is_missing_is_said(judge: Scripted) -> None:
    with dsp.context(lm=judge), pytest.raises(InputError, match="needs the prediction's response or answer"):
        SemanticF1()(ASKED, Prediction(text="x"))
    assert judge.requests == []


def test_the_metrics_are_functions_wherever_dspys_users_import_them_from() -> None:
    from dsp.evaluate.metrics import answer_exact_match as exact
    from dsp.evaluate.metrics import answer_passage_match as passage

    assert (exact, passage) == (answer_exact_match, answer_passage_match)
    assert dsp.evaluate.metrics.answer_exact_match is exact
