from __future__ import annotations

import pytest

import dsp
from dsp.errors import InputError, LMRequestError
from dsp.testing.dummy import DummyLM


def test_it_answers_a_list_through_and_then_says_that_it_has_run_out() -> None:
    solve = dsp.ChainOfThought(
        "question -> answer, sure: bool", lm=DummyLM([{"reasoning": "r", "answer": "a", "sure": "yes"}])
    )
    prediction = solve(question="q")
    assert (prediction.reasoning, prediction.answer, prediction.sure) == ("r", "a", True)
    with pytest.raises(LMRequestError, match="has run out"):
        solve(question="q")


def test_of_a_mapping_the_text_that_stands_in_the_request_is_answered() -> None:
    predict = dsp.Predict(
        "question -> answer", lm=DummyLM({"Emma": {"answer": "Austen"}, "Dune": {"answer": "Herbert"}})
    )
    assert predict(question="Who wrote Dune?").answer == "Herbert"
    assert predict(question="Who wrote Emma?", config={"n": 2}).completions.answer == ["Austen", "Austen"]
    with pytest.raises(LMRequestError):
        predict(question="Who wrote Nadja?")


@pytest.mark.parametrize("wrong", ["text", 7, ["text"]])
def test_what_are_no_fields_is_refused(wrong: object) -> None:
    with pytest.raises(InputError, match="a DummyLM answers by fields"):
        DummyLM(wrong)  # type: ignore[arg-type]
