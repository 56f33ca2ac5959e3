from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dsp
from dsp.errors import SignatureError
from dsp.prompts.fields import Field, InputField, OutputField
from dsp.prompts.signature import Signature, ensure_signature, make_signature

NAMES = st.lists(st.from_regex(r"[a-z][a-z_]{0,8}[a-z]", fullmatch=True), min_size=2, max_size=5, unique=True).filter(
    lambda names: all(name.isidentifier() and name not in KEYWORDS for name in names)
)
KEYWORDS = {"as", "if", "in", "is", "or", "and", "not", "def", "del", "for", "try", "from", "pass", "with", "else"}


class Answer(Signature):
    """Answer the
    question."""

    context: list[str] = InputField(desc="passages")
    question = InputField()
    answer: str = OutputField(desc="short", prefix="So:")


def test_a_string_says_what_is_given_and_what_is_asked() -> None:
    signature = make_signature("context, question -> answer, sure: bool")
    assert list(signature.input_fields) == ["context", "question"]
    assert list(signature.output_fields) == ["answer", "sure"]
    assert signature.fields["sure"].annotation is bool
    assert signature.instructions == "Given the fields `context`, `question`, produce the fields `answer`, `sure`."


@given(NAMES, st.data())
def test_a_string_signature_prints_as_it_was_written(names: list[str], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(names) - 1))
    spec = f"{', '.join(names[:cut])} -> {', '.join(names[cut:])}"
    assert str(make_signature(spec)) == spec


def test_a_class_says_the_same_with_descriptions_and_its_docstring() -> None:
    assert str(Answer) == "context, question -> answer"
    assert Answer.instructions == "Answer the question."
    assert Answer.fields["context"].annotation == list[str]
    assert Answer.fields["question"].label == "Question"
    assert Answer.fields["answer"].prefix == "So:"


def test_a_subclass_adds_to_its_bases_fields() -> None:
    class Longer(Answer):
        """Explain."""

        why = OutputField()

    assert str(Longer) == "context, question -> answer, why"
    assert Longer.instructions == "Explain."
    assert str(Answer) == "context, question -> answer"


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("question", 'must hold one "->", but got "question"'),
        ("a -> b -> c", 'must hold one "->"'),
        ("question ->", 'must ask for an output, but "question -> " has none'),
        ("a, a -> b", '"a" stands twice'),
        ("a -> a", '"a" stands twice'),
        ("a -> b: date", 'made of these, but got "date"'),
        ("two words -> b", 'must be a plain Python name, but got "two words"'),
        ("class -> b", 'must be a plain Python name, but got "class"'),
        ("_a -> b", 'must be a plain Python name, but got "_a"'),
    ],
)
def test_a_string_that_cannot_be_used_is_refused_with_the_rule_and_the_value(spec: str, said: str) -> None:
    with pytest.raises(SignatureError) as caught:
        make_signature(spec)
    assert said in str(caught.value)


def test_a_field_with_only_a_type_is_refused() -> None:
    with pytest.raises(SignatureError, match=r"question has only a type; write question: … = InputField\(\)"):

        class Wrong(Signature):
            question: str
            answer = OutputField()


def test_a_type_that_cannot_be_found_is_refused() -> None:
    with pytest.raises(SignatureError, match="Nowhere"):

        class Wrong(Signature):
            answer: Nowhere = OutputField()  # type: ignore[name-defined]  # noqa: F821


@pytest.mark.parametrize("given", [5, None, str, "question -> answer".split])
def test_what_is_no_signature_is_refused(given: object) -> None:
    with pytest.raises(SignatureError, match="must be a string like"):
        ensure_signature(given)  # type: ignore[arg-type]


def test_every_edit_makes_a_new_signature_and_leaves_the_old_one() -> None:
    before = Answer.to_dict()
    why = Field("why", "output")
    edited = {
        "context, question -> why, answer": Answer.prepend(why),
        "context, question -> answer, why": Answer.append(why),
        "hint, context, question -> answer": Answer.insert(0, Field("hint", "input")),
        "context, hint, question -> answer": Answer.insert(1, Field("hint", "input")),
        "question -> answer": Answer.delete("context"),
    }
    assert {text: str(signature) for text, signature in edited.items()} == {text: text for text in edited}
    assert all(signature.instructions == Answer.instructions for signature in edited.values())
    assert Answer.with_instructions("Other.").instructions == "Other."
    assert Answer.with_updated_fields("answer", desc="long").fields["answer"].desc == "long"
    assert Answer.to_dict() == before


def test_edits_that_cannot_be_made_are_refused() -> None:
    with pytest.raises(SignatureError, match='has a field "answer" already'):
        Answer.append(Field("answer", "output"))
    with pytest.raises(SignatureError, match='has no field "anser"; its fields are context, question, answer'):
        Answer.with_updated_fields("anser", desc="x")
    with pytest.raises(SignatureError, match="must ask for an output"):
        ensure_signature(Answer.delete("answer"))


def test_without_instructions_the_default_ones_name_the_fields() -> None:
    assert make_signature("-> joke").instructions == "Produce the fields `joke`."
    assert Answer.with_instructions("").instructions.startswith("Given the fields `context`")


def test_a_saved_signature_holds_what_a_person_may_edit() -> None:
    saved = Answer.to_dict()
    assert saved["instructions"] == "Answer the question."
    assert saved["fields"][2] == {
        "name": "answer",
        "role": "output",
        "desc": "short",
        "label": "Answer",
        "prefix": "So:",
    }


def test_a_renamed_field_gets_the_label_of_its_new_name() -> None:
    assert Field("search_query", "output").label == "Search Query"
    assert Field("a", "output").with_(name="best_guess").label == "Best Guess"
    assert Field("a", "output", label="Mine").with_(desc="x").label == "Mine"


def test_a_mapping_of_names_to_fields_makes_a_signature() -> None:
    made = dsp.Signature({"question": InputField(desc="d"), "n": (int, OutputField())}, "Count.")
    assert (str(made), made.instructions) == ("question -> n", "Count.")
    assert (made.fields["n"].annotation, made.fields["question"].desc) == (int, "d")
    with pytest.raises(SignatureError, match=r"must be an InputField\(\) or an OutputField\(\)"):
        dsp.Signature({"question": "text"})
    with pytest.raises(SignatureError, match="must ask for an output"):
        dsp.Signature({"question": InputField()})


def test_what_dspys_users_read_of_a_signature_is_there() -> None:
    made = dsp.Signature("question -> answer")
    assert made.signature == "question -> answer"
    assert made.equals(dsp.Signature("question -> answer"))
    assert not made.equals(made.with_instructions("Other."))
    assert not made.equals("question -> answer")
    extra = make_signature({"a": OutputField(description="what")}).fields["a"].json_schema_extra
    assert extra == {"desc": "what", "prefix": "A:", "__dspy_field_type": "output"}
    assert dsp.ensure_signature(made) is made


def test_a_number_may_have_to_be_a_multiple() -> None:
    field = make_signature({"n": (int, OutputField(multiple_of=3))}).fields["n"]
    assert field.parse("9") == 9
    with pytest.raises(ValueError, match="a multiple of 3"):
        field.parse("10")
