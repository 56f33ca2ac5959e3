from __future__ import annotations

import pytest

from dsp.errors import ParseError
from dsp.prompts.chat import ChatTemplate
from dsp.prompts.signature import make_signature

CHAT = ChatTemplate()
TWO = make_signature("question -> reasoning, answer")
ONE = make_signature("question -> answer")


def test_a_demonstration_is_a_pair_of_turns_between_the_task_and_the_question() -> None:
    messages = CHAT.render(ONE, [{"question": "a", "answer": "b"}], {"question": "c"})
    assert [message["role"] for message in messages] == ["system", "user", "assistant", "user"]
    assert messages[1]["content"] == "[[ ## question ## ]]\na"
    assert messages[2]["content"] == "[[ ## answer ## ]]\nb\n\n[[ ## completed ## ]]"
    assert messages[3]["content"].startswith("[[ ## question ## ]]\nc\n\nWrite the fields `[[ ## answer ## ]]`")


def test_a_demonstration_without_some_field_is_shown_without_it() -> None:
    messages = CHAT.render(TWO, [{"question": "a", "answer": "b", "reasoning": None}], {"question": "c"})
    assert messages[2]["content"] == "[[ ## answer ## ]]\nb\n\n[[ ## completed ## ]]"


@pytest.mark.parametrize("demo", [{}, {"question": "a"}, {"answer": "b"}, {"other": "c"}])
def test_what_shows_no_question_or_no_answer_is_no_demonstration(demo: dict[str, str]) -> None:
    assert len(CHAT.render(ONE, [demo], {"question": "c"})) == 2


def test_a_signature_without_inputs_still_asks() -> None:
    messages = CHAT.render(make_signature("-> joke"), [], {})
    assert messages[-1]["role"] == "user"
    assert messages[-1]["content"].startswith("Write the fields `[[ ## joke ## ]]`")


@pytest.mark.parametrize(
    "completion",
    [
        "[[ ## reasoning ## ]]\nbecause\n\n[[ ## answer ## ]]\nParis\n\n[[ ## completed ## ]]",
        "[[ ## reasoning ## ]] because\n[[ ## answer ## ]] Paris",
        "[[## reasoning ##]]\nbecause\n  [[ ##answer## ]]\nParis",
        "because\n\n[[ ## answer ## ]]\nParis\n[[ ## completed ## ]]",
        "[[ ## answer ## ]]\nParis\n[[ ## reasoning ## ]]\nbecause",
        "[[ ## reasoning ## ]]\nbecause\n[[ ## answer ## ]]\nParis\n[[ ## answer ## ]]\nLondon",
        "[[ ## reasoning ## ]]\nbecause\n[[ ## answer ## ]]\nParis\n[[ ## question ## ]]\nNext?\n[[ ## answer ## ]]\nX",
        "Sure!\n[[ ## reasoning ## ]]\nbecause\n[[ ## answer ## ]]\nParis",
    ],
)
def test_many_ways_to_write_the_fields_are_understood(completion: str) -> None:
    assert CHAT.parse(TWO, completion) == {"reasoning": "because", "answer": "Paris"}


@pytest.mark.parametrize(
    "completion",
    [
        '{"reasoning": "because", "answer": "Paris"}',
        '```json\n{\n  "Answer": "Paris",\n  "reasoning": "because",\n  "sure": true\n}\n```',
    ],
)
def test_a_json_object_with_every_field_is_understood_where_markers_were_asked_for(completion: str) -> None:
    assert CHAT.parse(TWO, completion) == {"reasoning": "because", "answer": "Paris"}
    assert CHAT.parse(make_signature("question -> answer: int"), '{"answer": 3}') == {"answer": 3}
    assert CHAT.parse(make_signature("question -> answer: dict"), '{"answer": 3}') == {"answer": {"answer": 3}}


@pytest.mark.parametrize(
    "completion",
    ['{"answer": "Paris"}', 'Here: {"reasoning": "r", "answer": "a"}', '{"reasoning": "r"}{"answer": "a"}'],
)
def test_json_that_is_not_the_whole_answer_is_asked_for_once_more(completion: str) -> None:
    with pytest.raises(ParseError, match='must hold the field "reasoning"'):
        CHAT.parse(TWO, completion)


def test_a_single_output_may_come_without_its_marker() -> None:
    assert CHAT.parse(ONE, " Paris \n") == {"answer": "Paris"}
    with pytest.raises(ParseError, match=r'must hold the field "reasoning".*holds no field'):
        CHAT.parse(TWO, "Paris")


def test_a_marker_inside_a_line_is_text() -> None:
    text = "Write [[ ## answer ## ]] there."
    assert CHAT.parse(ONE, f"[[ ## answer ## ]]\n{text}") == {"answer": text}


def test_a_field_may_be_called_completed() -> None:
    signature = make_signature("question -> answer, completed")
    messages = CHAT.render(signature, [{"question": "a", "answer": "b", "completed": "c"}], {"question": "d"})
    assert CHAT.parse(signature, messages[2]["content"]) == {"answer": "b", "completed": "c"}
