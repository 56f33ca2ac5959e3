"""What holds for every template there is; each registered one is tested, a new one as soon as it is registered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.errors import ParseError
from dsp.prompts.escape import plain_lines
from dsp.prompts.fields import Field
from dsp.prompts.plain import RULE
from dsp.prompts.registry import TEMPLATES
from dsp.prompts.signature import Signature, make_signature
from dsp.prompts.template import Template
from dsp.types.messages import Message

REASONED = make_signature("question -> answer").prepend(
    Field("reasoning", "output", prefix="Let's think step by step.")
)
TYPED = make_signature("question -> names: list[str], sure: bool, count: int, weight: float, note")
HINDI = make_signature("प्रश्न -> उत्तर_हिन्दी, note")


def _turn(signature: type[Signature], messages: Sequence[Message]) -> str:
    return messages[2]["content"]


def _plain(signature: type[Signature], messages: Sequence[Message]) -> str:
    first = next(iter(signature.output_fields.values()))
    block = messages[0]["content"].split(RULE)[2]
    return block.split(f"\n{first.label}: {first.prefix}".rstrip(), 1)[1]


PERFECT: dict[str, Callable[[type[Signature], Sequence[Message]], str]] = {
    **dict.fromkeys(("chat", "json", "xml"), _turn),
    "plain": _plain,
}
"""How an LM that follows a prompt to the letter would write what the prompt's only demonstration shows."""


@pytest.fixture(params=TEMPLATES.names())
def template(request: pytest.FixtureRequest) -> Template:
    made: Template = TEMPLATES.get(request.param)()
    return made


def written_by_a_perfect_lm(template: Template, signature: type[Signature], outputs: Mapping[str, Any]) -> str:
    inputs = dict.fromkeys(signature.input_fields, "asked")
    messages = template.render(signature, [{**inputs, **outputs, "augmented": True}], inputs)
    return PERFECT[template.name](signature, messages)


TEXT = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.lists(
        st.sampled_from(
            [
                *(
                    "[[ ## answer ## ]]",
                    "[[ ## completed ## ]]",
                    "[[",
                    "##",
                    "\\",
                    "Answer:",
                    "reasoning:",
                    "Reasoning :",
                ),
                *(
                    "</answer>",
                    "<answer>",
                    "<\\answer>",
                    "<",
                    "/",
                    "answer",
                    ">",
                    "**Answer:**",
                    "# Answer:",
                    '"',
                    "{",
                    "}",
                ),
                *("---", "\n", "\n\n", " ", "\t", "Question: x", "<|im_end|>", "«", "»", "[1] «", "x", "Let's think"),
            ]
        )
    ).map("".join),
)


@pytest.mark.parametrize("name", TEMPLATES.names())
@given(st.data())
def test_what_a_perfect_lm_writes_is_read_back(name: str, data: st.DataObject) -> None:
    template = TEMPLATES.get(name)()
    outputs = {field: data.draw(TEXT, label=field) for field in REASONED.output_fields}
    read = template.parse(REASONED, written_by_a_perfect_lm(template, REASONED, outputs))
    expected = {field: plain_lines(text).strip() for field, text in outputs.items()}
    if expected["reasoning"].startswith("Let's think step by step."):  # said twice, in effect
        return
    assert read == expected


@pytest.mark.parametrize("name", TEMPLATES.names())
@given(
    st.fixed_dictionaries(
        {
            "names": st.lists(TEXT.map(lambda text: plain_lines(text).strip()).filter(bool)),
            "sure": st.booleans(),
            "count": st.integers(),
            "weight": st.floats(allow_nan=False),
            "note": st.just("end"),
        }
    )
)
def test_values_of_every_type_are_read_back_as_that_type(name: str, outputs: dict[str, Any]) -> None:
    template = TEMPLATES.get(name)()
    assert template.parse(TYPED, written_by_a_perfect_lm(template, TYPED, outputs)) == outputs


def test_field_names_may_be_of_any_script(template: Template) -> None:
    outputs = {"उत्तर_हिन्दी": "लखनऊ", "note": "हाँ"}
    assert template.parse(HINDI, written_by_a_perfect_lm(template, HINDI, outputs)) == outputs


def test_equal_arguments_give_equal_messages_and_change_nothing(template: Template) -> None:
    demos = [{"question": "a", "answer": "b"}, {"question": "c", "answer": "d", "augmented": True}]
    before = [dict(demo) for demo in demos]
    first = template.render(REASONED, demos, {"question": "e"})
    assert template.render(REASONED, demos, {"question": "e"}) == first
    assert demos == before


def test_messages_are_turns_that_end_with_the_users(template: Template) -> None:
    messages = template.render(REASONED, [{"question": "a", "answer": "b"}], {"question": "c"})
    assert all(message["role"] in ("system", "user", "assistant") and message["content"] for message in messages)
    assert messages[-1]["role"] == "user"


def test_nothing_is_cut(template: Template) -> None:
    long = "word " * 20_000 + "end"
    text = "".join(
        message["content"]
        for message in template.render(REASONED, [{"question": long, "answer": "x"}], {"question": long})
    )
    assert text.count(long) == 2


def test_the_query_shows_no_answer_that_the_caller_gave(template: Template) -> None:
    messages = template.render(REASONED, [], {"question": "a", "answer": "LEAKED", "other": "LEAKED"})
    assert "LEAKED" not in str(messages)


def test_a_completion_that_lacks_a_field_carries_its_evidence(template: Template) -> None:
    two = make_signature("question -> first, second")
    completion = written_by_a_perfect_lm(template, make_signature("question -> first"), {"first": "only this"})
    with pytest.raises(ParseError) as caught:
        template.parse(two, completion)
    error = caught.value
    assert (error.field, error.completion, error.found) == ("second", completion, {"first": "only this"})
    assert 'must hold the field "second"' in str(error)
    assert "holds first" in str(error)
    assert error.hint


def test_a_value_of_the_wrong_type_carries_its_evidence(template: Template) -> None:
    completion = written_by_a_perfect_lm(template, make_signature("question -> count"), {"count": "some"})
    with pytest.raises(ParseError, match='the field "count" must be a whole number, but got "some"') as caught:
        template.parse(make_signature("question -> count: int"), completion)
    assert (caught.value.field, caught.value.completion) == ("count", completion)


def assert_read_or_refused(template: Template, signature: type[Signature], completion: str) -> None:
    evidence: str | None = None
    try:
        read = template.parse(signature, completion)
    except ParseError as error:
        evidence = error.completion
    if evidence is None:
        assert set(read) == set(signature.output_fields)
    else:
        assert evidence == completion


@pytest.mark.parametrize("completion", ["", " ", "\n\n", "\ud800", "[" * 10_000, "[[ ## ", "---", "Answer", "ſ:" * 50])
def test_whatever_a_completion_is_it_is_read_or_refused_as_a_parse_error(template: Template, completion: str) -> None:
    for signature in (REASONED, TYPED, make_signature("question -> search_query, other")):
        assert_read_or_refused(template, signature, completion)


@pytest.mark.parametrize("name", TEMPLATES.names())
@given(TEXT)
def test_no_completion_breaks_a_template(name: str, completion: str) -> None:
    for signature in (REASONED, make_signature("question -> search_query, i: int")):
        assert_read_or_refused(TEMPLATES.get(name)(), signature, completion)
