from __future__ import annotations

import dsp
from dsp.modules.retry import NO_MESSAGE, past_value, retry_request, retry_signature
from dsp.predict.complete import Request
from dsp.types.prediction import Completions

ANSWERED = [Completions([{"answer": "a"}])]


def test_a_signature_keeps_its_own_fields_where_they_are_called_as_those_of_asking_again() -> None:
    own = dsp.Signature("feedback, past_answer -> answer")
    assert list(retry_signature(own).input_fields) == ["feedback", "past_answer", "past_answer_again", "feedback_again"]
    inputs = {"feedback": "mine", "past_answer": "mine too"}
    again = retry_request(Request(own, inputs), ANSWERED, ["Try again."])
    assert again.inputs == {**inputs, "past_answer_again": "a", "feedback_again": "Try again."}


def test_a_signature_is_extended_once_however_often_it_is_asked_again() -> None:
    signature = dsp.Signature("question -> answer")
    assert retry_signature(signature) is retry_signature(signature)
    assert retry_signature(signature).instructions == signature.instructions


def test_past_values_are_each_named_once_in_the_order_of_writing() -> None:
    outcomes = [Completions([{"n": 1}, {"n": 2}]), Completions([{"n": 1}]), Completions([{"n": [3]}])]
    assert past_value(outcomes[:1], "n") == [1, 2]
    assert past_value(outcomes, "n") == [1, 2, [3]]
    assert past_value(outcomes[1:2], "n") == 1


def test_without_a_message_the_feedback_still_says_that_something_else_is_wanted() -> None:
    again = retry_request(Request(dsp.Signature("question -> answer"), {"question": "q"}), ANSWERED, [])
    assert again.inputs["feedback"] == NO_MESSAGE


def test_typed_outputs_are_asked_again_as_what_they_are() -> None:
    signature = dsp.Signature("question -> names: list[str], sure: bool")
    done = [Completions([{"names": ["Ann"], "sure": True}])]
    again = retry_request(Request(signature, {"question": "q"}), done, ["More names."])
    assert again.inputs["past_names"] == ["Ann"]
    assert again.inputs["past_sure"] is True
    assert again.signature.output_fields["names"].annotation == list[str]
