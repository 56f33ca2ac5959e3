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


def test_what_it_was_asked_stands_in_its_history_as_that_of_any_lm() -> None:
    lm = DummyLM([{"answer": "a"}, {"answer": "b"}])
    for question in ("q1", "q2"):
        dsp.Predict("question -> answer", lm=lm)(question=question)
    assert len(lm.history) == 2
    assert "q1" not in str(lm.inspect_history())
    assert "q2" in lm.history[-1]["messages"][-1]["content"]
    assert lm.history[-1]["outputs"] == ["[[ ## answer ## ]]\nb\n\n[[ ## completed ## ]]"]
    assert sum(call["usage"]["calls"] for call in lm.history) == lm.history.usage.calls == 2


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
