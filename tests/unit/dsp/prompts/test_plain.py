from __future__ import annotations

import pytest

from dsp.errors import ParseError
from dsp.prompts.fields import Field
from dsp.prompts.plain import RULE, PlainTemplate
from dsp.prompts.signature import make_signature

PLAIN = PlainTemplate()
REASONED = make_signature("context, question -> answer", "Answer it.").prepend(
    Field("reasoning", "output", prefix="Let's think step by step.")
)
PARIS = {"reasoning": "because", "answer": "Paris"}


def parts(demos: list[dict[str, object]]) -> list[str]:
    (message,) = PLAIN.render(REASONED, demos, {"context": [], "question": "now?"})
    assert message["role"] == "user"
    return message["content"].split(RULE)


def test_the_parts_are_instructions_format_demonstrations_and_the_open_query() -> None:
    first, second, demo, query = parts([{"question": "a?", "answer": "b", "augmented": True}])
    assert first == "Answer it."
    assert second.startswith(
        "Follow the following format.\n\nContext: ${context}\nQuestion: ${question}\nReasoning: Let's"
    )
    assert demo == "Question: a?\nAnswer: b"
    assert query == "Context: N/A\nQuestion: now?\nReasoning: Let's think step by step."


def test_raw_demonstrations_come_first_and_complete_ones_with_the_annotated() -> None:
    whole = {"context": ["p"], "question": "whole", "reasoning": "r", "answer": "1"}
    demos: list[dict[str, object]] = [
        {"question": "annotated", "answer": "2", "augmented": True},
        whole,
        {"question": "raw", "answer": "3"},
    ]
    shown = parts(demos)[2:-1]
    assert [part.partition("Question: ")[2].split("\n")[0] for part in shown] == ["raw", "whole", "annotated"]


def test_a_demonstration_without_the_last_field_is_left_out() -> None:
    assert len(parts([{"question": "a?", "reasoning": "r"}, {"question": "b?", "answer": None}])) == 3


def test_several_passages_stand_below_their_label_and_words_that_lead_on_stand_in_annotated_ones_only() -> None:
    demo: dict[str, object] = {"context": ["p | one", "q | two"], "question": "a?", "reasoning": "r", "answer": "b"}
    assert parts([{**demo, "augmented": True}])[2] == (
        "Context:\n[1] «p | one»\n[2] «q | two»\nQuestion: a?\nReasoning: Let's think step by step. r\nAnswer: b"
    )
    assert "\nReasoning: r\n" in parts([demo])[2]


@pytest.mark.parametrize(
    "completion",
    [
        " because\nAnswer: Paris",
        "because\n\nAnswer: Paris\n\n---\n\nContext: N/A\nQuestion: next?\nAnswer: London",
        "Reasoning: because\nAnswer: Paris",
        "\nReasoning: Let's think step by step. because\nAnswer: Paris",
        "Let's think step by step. because\nanswer : Paris",
        "because\nAnswer: Paris\nQuestion: next?\nAnswer: London",
        "because\nAnswer: Paris\nAnswer: London",
    ],
)
def test_many_ways_to_go_on_are_understood_and_what_comes_after_is_cut(completion: str) -> None:
    assert PLAIN.parse(REASONED, completion) == PARIS


def test_a_field_left_blank_is_blank() -> None:
    assert PLAIN.parse(REASONED, "\nAnswer: Paris") == {"reasoning": "", "answer": "Paris"}


def test_another_field_before_the_missing_one_ends_the_completion() -> None:
    with pytest.raises(ParseError) as caught:
        PLAIN.parse(REASONED, "because\nQuestion: next?\nAnswer: London")
    assert caught.value.field == "answer"
    assert caught.value.found == {"reasoning": "because"}


@pytest.mark.parametrize("letter", ["ſ", "ı", "K"])
def test_letters_that_match_in_either_case_break_nothing(letter: str) -> None:
    label = "Sick".replace({"ſ": "S", "ı": "i", "K": "k"}[letter], letter)
    assert PLAIN.parse(make_signature("question -> sick"), f"one\n{label}: two") == {"sick": "one"}
    assert PLAIN.parse(make_signature("question -> answer, sick"), f"one\n{label}: two")["sick"] == "two"


def test_one_label_may_begin_another() -> None:
    signature = make_signature("question -> answer, answer_type")
    assert PLAIN.parse(signature, "x\nAnswer Type: y") == {"answer": "x", "answer_type": "y"}
