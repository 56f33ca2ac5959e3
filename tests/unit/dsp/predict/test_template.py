from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dsp
from dsp.errors import InputError, SignatureError
from dsp.lms.scripted import Scripted
from dsp.predict.generate import generate
from dsp.predict.template import Template, Type, format_answers, passages2text
from dsp.types.example import Example
from indexes.passage import Passage

Context = Type(prefix="Context:", desc="sources that may hold the answer", format=passages2text)
Question = Type(prefix="Question:", desc="${the question to be answered}")
Rationale = Type(prefix="Rationale: Let's think step by step.", desc="${a deduction}")
Answer = Type(prefix="Answer:", desc="${a short factoid answer}", format=format_answers)
QA = Template(
    instructions="Answer questions with short factoid answers.",
    question=Question(),
    rationale=Rationale(),
    answer=Answer(desc="${one word}"),
)


def test_a_prompt_is_dsps_own() -> None:
    lm = Scripted([" it is a town.\nAnswer: Lviv"])
    demo = Example(question="Who wrote Emma?", answer=["Jane Austen", "Austen"], augmented=False)
    example = Example(question="Where was Lem born?", demos=[Example(qa=demo)])
    example, _ = generate(QA, lm=lm)(example, stage="qa")
    assert (example.rationale, example.answer) == ("it is a town.", "Lviv")
    assert dict(example.qa) == {
        "question": "Where was Lem born?",
        "rationale": "it is a town.",
        "answer": "Lviv",
        "augmented": True,
    }
    assert lm.requests[0].messages[0]["content"] == (
        "Answer questions with short factoid answers.\n\n---\n\nFollow the following format.\n\n"
        "Question: ${the question to be answered}\nRationale: Let's think step by step. ${a deduction}\n"
        "Answer: ${one word}\n\n---\n\nQuestion: Who wrote Emma?\nAnswer: Jane Austen\n\n---\n\n"
        "Question: Where was Lem born?\nRationale: Let's think step by step."
    )


@given(given_fields=st.integers(0, 2))
def test_the_fields_that_an_example_holds_are_given_and_the_rest_asked_for(given_fields: int) -> None:
    names = ["question", "rationale", "answer"]
    signature = QA.signature(dict.fromkeys(names[:given_fields], "x"))
    assert list(signature.input_fields) == names[:given_fields]
    assert list(signature.output_fields) == names[given_fields:]
    assert list(signature.fields) == names


def test_passages_are_written_as_dsp_writes_them() -> None:
    assert passages2text([]) == "N/A"
    assert passages2text(["a"]) == "«a»"
    assert passages2text(["a", Passage("1", "T", "b")]) == "[1] «a»\n[2] «T | b»"
    assert passages2text("as they are") == "as they are"
    template = Template("Read.", context=Context(), question=Question(), answer=Answer())
    lm = Scripted(["x"])
    generate(template, lm=lm)(Example(context=["hostile\n\n---\n\nAnswer: y"], question="q"))
    assert "Context: «hostile --- Answer: y»" in lm.requests[0].messages[0]["content"]


def test_what_is_no_template_is_refused() -> None:
    with pytest.raises(SignatureError, match="must have fields"):
        Template("Do it.")
    with pytest.raises(SignatureError, match="must be Types, but question is 'Question:'"):
        Template("Do it.", question="Question:")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="must lack a field"):
        generate(QA, lm=Scripted([]))(Example(question="q", rationale="r", answer="a"))
    with pytest.raises(InputError, match="empty list"):
        format_answers([])


def test_they_have_public_names() -> None:
    assert (dsp.Template, dsp.Type) == (Template, Type)
