"""Editing signatures: what an edit may do, what it costs, and which names a field may have."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dsp
from dsp.errors import InputError, SignatureError
from dsp.lms.scripted import Scripted
from dsp.prompts.fields import Field, InputField, OutputField
from dsp.prompts.registry import TEMPLATES
from dsp.prompts.signature import Signature, make_signature
from dsp.types.messages import LMRequest

QA = make_signature("context, question -> answer", "Answer.")


class Basic(Signature):
    """Answer."""

    question: str = InputField()
    answer: str = OutputField()
    year: int = OutputField()


def test_a_thousand_edits_make_no_deeper_class_than_one() -> None:
    edited = Basic
    for number in range(250):
        edited = edited.with_instructions(f"Answer {number}.")
        edited = edited.with_updated_fields("answer", desc=f"short {number}")
        edited = edited.append("extra", OutputField(), int)
        edited = edited.delete("extra")
    assert edited.__mro__ == (edited, Signature, object)
    assert edited.instructions == "Answer 249."
    assert edited.fields["answer"].desc == "short 249"
    assert list(edited.fields) == list(Basic.fields)
    assert Basic.instructions == "Answer."


def test_fields_are_added_as_in_dspy_by_name_field_and_type() -> None:
    edited = (
        QA.append("sure", OutputField(desc="or not"), bool)
        .prepend("hint", InputField())
        .insert(1, "k", InputField(), int)
    )
    assert str(edited) == "hint, k, context, question -> answer, sure"
    assert (edited.fields["sure"].annotation, edited.fields["sure"].desc) == (bool, "or not")
    assert edited.fields["hint"].annotation is str
    assert edited.with_updated_fields("k", type_=float, desc="a size").fields["k"].annotation is float


@given(st.integers(-5, 5))
def test_a_place_is_counted_from_either_end_as_in_lists(index: int) -> None:
    names = list(QA.input_fields)
    if not -3 <= index <= 2:
        with pytest.raises(SignatureError, match=f"may stand at 0 to 2, or from the end at -1 to -3, but got {index}"):
            QA.insert(index, "new", InputField())
        return
    names.insert(index if index >= 0 else len(names) + 1 + index, "new")
    assert list(QA.insert(index, "new", InputField()).input_fields) == names


@pytest.mark.parametrize("field", [None, "answer", str, Field])
def test_what_is_no_field_is_refused(field: Any) -> None:
    with pytest.raises(SignatureError, match=r'"new" must be an InputField\(\) or an OutputField\(\)'):
        QA.append("new", field)


def test_a_renamed_field_is_found_by_its_new_name() -> None:
    renamed = QA.with_updated_fields("context", name="passages")
    assert str(renamed) == "passages, question -> answer"
    with pytest.raises(SignatureError, match='has a field "question" already'):
        QA.with_updated_fields("context", name="question")
    assert renamed.with_updated_fields("passages", desc="x").fields["passages"].desc == "x"


INPUTS = "self, keys, copy, config, inputs, args, signature, name, base, cls, demos, lm, request, fields_"
OUTPUTS = "items, fields, completions, values, get, insert, with_, labels, completed, to_dict, mro, update, of, append"


def all_of(request: LMRequest) -> str:
    """A completion that fills every field it is asked for."""
    asked = re.findall(r"\[\[ ## (\w+) ## \]\]", str(request.messages[-1]["content"]).rpartition("Write the fields")[2])
    return "\n".join(f"[[ ## {name} ## ]]\nthe {name}" for name in asked)


@pytest.mark.parametrize("module", [dsp.Predict, dsp.ChainOfThought])
def test_fields_may_be_called_like_methods(module: type[dsp.Predict]) -> None:
    program = module(f"{INPUTS} -> {OUTPUTS}", lm=Scripted(all_of))
    program.demos = [dsp.Example(dict.fromkeys(program.signature.fields, "shown"), augmented=True)]
    given_all = {name: f"my {name}" for name in INPUTS.split(", ")}
    prediction = program(**given_all)
    for name in OUTPUTS.split(", "):
        assert prediction[name] == f"the {name}"
        assert prediction.completions[0][name] == f"the {name}"
    assert "[[ ## self ## ]]\nmy self" in program.lm.requests[0].messages[-1]["content"]


def test_a_class_may_have_fields_called_like_methods_too() -> None:
    class Copying(Signature):
        """Copy."""

        copy: str = InputField()
        insert: str = OutputField()
        fields: str = OutputField()
        of: str = OutputField()

    assert list(Copying.fields) == ["copy", "insert", "fields", "of"]
    assert str(Copying.append("keys", OutputField())) == "copy -> insert, fields, of, keys"


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("question -> augmented", 'no field may be called "augmented"'),
        ("question -> Question", 'differ by more than letter case, but got "question" and "Question"'),
        ("None -> answer", "must be a plain Python name"),
        ("lambda -> answer", "must be a plain Python name"),
        ("-> ", "must ask for an output"),
    ],
)
def test_names_that_cannot_be_used_are_refused(spec: str, said: str) -> None:
    with pytest.raises(SignatureError, match=said):
        make_signature(spec)


def test_a_field_that_stands_twice_in_a_class_is_refused() -> None:
    with pytest.raises(SignatureError, match='"answer" is given twice in a class'):

        class Twice(Signature):
            answer: str = InputField()
            answer: str = OutputField()  # type: ignore[no-redef]


def test_two_outputs_with_one_label_are_refused_but_inputs_may_share_one() -> None:
    with pytest.raises(SignatureError, match='"answer" and "other" are both labelled "Answer"'):
        QA.append("other", OutputField(label="Answer"))
    assert QA.append("other", InputField(label="Question")).fields["other"].label == "Question"


@pytest.mark.parametrize("name", TEMPLATES.names())
def test_demonstrations_that_lack_fields_are_shown_as_far_as_they_go(name: str) -> None:
    partial = [{"question": "only asked?"}, {"question": "half?", "answer": "yes"}, {}]
    text = str(TEMPLATES.get(name)().render(Basic, partial, {"question": "q"}))
    assert "half?" in text or name == "plain"  # plain shows a demonstration with its last field alone
    assert "only asked?" not in text


def test_of_gives_the_prediction_itself() -> None:
    prediction = dsp.Prediction(answer="a", year=1815)
    assert Basic.of(prediction) is prediction
    with pytest.raises(InputError, match="must hold answer, year, but this one lacks year"):
        Basic.of(dsp.Prediction(answer="a"))


TYPED_USE = '''
import dsp

class Basic(dsp.Signature):
    """Answer."""

    question: str = dsp.InputField()
    answer: str = dsp.OutputField()
    year: int = dsp.OutputField()

def use(predict: dsp.Predict) -> None:
    found = Basic.of(predict(question="q"))
    reveal_type(found)
    reveal_type(found.answer)
    reveal_type(found.year)
    found.anser
'''


def test_a_type_checker_knows_a_classs_fields(tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="mypy is not installed")
    (tmp_path / "use.py").write_text(TYPED_USE, encoding="utf-8")
    root = Path(dsp.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file=", "--follow-imports=silent", str(tmp_path / "use.py")],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    revealed = re.findall(r'Revealed type is "([\w.]+)"', done.stdout)
    assert [kind.rpartition(".")[2] for kind in revealed] == ["Basic", "str", "int"]
    assert '"Basic" has no attribute "anser"' in done.stdout
