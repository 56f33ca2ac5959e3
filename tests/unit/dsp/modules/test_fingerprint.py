"""A saved program knows its code: what has changed since is said, and with `strict` refused."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dsp
from dsp.errors import ProgramFileError
from dsp.modules.fingerprint import code_of
from dsp.modules.module import Module
from dsp.modules.multi_hop import MultiHop
from dsp.types.example import Example

SOURCE = '''
import dsp

class Base(dsp.Module):
    """Shared."""
    def helper(self):
        return 1

class Own(Base):
    """A program."""
    def __init__(self, k: int = 3):
        self.k = k
        self.answer = dsp.{kind}("question -> {output}")

    def forward(self, question):
        return self.answer(question=question)
'''


@pytest.fixture
def own(tmp_path: Path) -> Callable[..., Path]:
    def write(name: str, kind: str = "Predict", output: str = "answer", **replaced: str) -> Path:
        text = SOURCE.format(kind=kind, output=output)
        for old, new in replaced.items():
            assert old in text
            text = text.replace(old, new)
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        return tmp_path / f"{name}.py"

    return write


def made(path: Path) -> Module:
    sys.modules.pop(f"dsp_program_{path.stem}", None)
    return dsp.load(f"{path}:Own")


@pytest.fixture
def saved(own: Callable[..., Path], tmp_path: Path) -> Path:
    program = made(own("first"))
    program.predictors()[0].demos = [Example(question="q", answer="a")]
    program.save(tmp_path / "program.json")
    return tmp_path / "program.json"


def changes(program: Module, saved: Path, caplog: pytest.LogCaptureFixture) -> str:
    """What is logged when the file is loaded; with strict it must be refused in the same words."""
    before = program.dump_state()
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        other = program.deepcopy()
        other.load(saved)
    said = " ".join(record.getMessage() for record in caplog.records)
    if said:
        with pytest.raises(ProgramFileError) as caught:
            program.load(saved, strict=True)
        assert said.split("since it was saved, ")[1].split("; it is loaded")[0] in str(caught.value)
        assert program.dump_state() == before
    else:
        program.load(saved, strict=True)
    return said


def test_the_same_program_is_loaded_without_a_word(saved: Path, own: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert changes(made(own("first")), saved, caplog) == ""


def test_comments_docstrings_and_blank_lines_are_no_change(
    saved: Path, own: Any, caplog: pytest.LogCaptureFixture
) -> None:
    other = own(
        "other", **{'"""A program."""': "# no more a docstring", "        return 1": "\n        return 1  # one"}
    )
    assert changes(made(other), saved, caplog) == ""


@pytest.mark.parametrize(
    ("replaced", "said"),
    [
        (
            {"return self.answer(question=question)": "return self.answer(question=question.strip())"},
            "class Own (self)",
        ),
        ({"return 1": "return 2"}, "class Base "),
    ],
)
def test_a_class_that_changed_is_named(
    saved: Path, own: Any, caplog: pytest.LogCaptureFixture, replaced: dict[str, str], said: str
) -> None:
    assert f"the code of the {said}" in changes(made(own("other", **replaced)), saved, caplog)


def test_a_part_of_another_class_is_named_and_where_it_does_not_fit_both_are_said(saved: Path, own: Any) -> None:
    program = made(own("other", kind="ChainOfThought"))
    with pytest.raises(ProgramFileError) as caught:
        program.load(saved)
    assert "has the fields question, answer, but this program's has question, reasoning, answer" in str(caught.value)
    assert "(it lacks reasoning)" in str(caught.value)
    assert "answer was a Predict and is a ChainOfThought" in str(caught.value)


def test_a_field_of_another_type_is_named(saved: Path, own: Any, caplog: pytest.LogCaptureFixture) -> None:
    said = changes(made(own("other", output="answer: int")), saved, caplog)
    assert 'the field "answer" of answer was text and is a whole number' in said


def edited(path: Path, edit: Callable[[dict[str, Any]], object]) -> Path:
    content = json.loads(path.read_text(encoding="utf-8"))
    edit(content)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda s: s["signature"].update(instructions="Other."), "the instructions and fields of answer were edited"),
        (lambda s: s["demos"].clear(), "the demonstrations of answer were edited"),
        (lambda s: s["config"].update(n=2), "the settings of answer were edited"),
    ],
)
def test_what_was_edited_by_hand_is_taken_and_named(
    saved: Path, own: Any, caplog: pytest.LogCaptureFixture, edit: Callable[[dict[str, Any]], object], said: str
) -> None:
    edited(saved, lambda content: edit(content["predictors"]["answer"]))
    assert said in changes(made(own("first")), saved, caplog)


def test_all_that_does_not_fit_is_said_at_once(tmp_path: Path) -> None:
    MultiHop().save(tmp_path / "p.json")

    def spoil(content: dict[str, Any]) -> None:
        content["predictors"]["generate_query.0"]["config"]["n"] = -1
        content["predictors"]["generate_answer"]["demos"] = ["x"]
        content["predictors"]["another"] = {}

    with pytest.raises(ProgramFileError) as caught:
        MultiHop().load(edited(tmp_path / "p.json", spoil))
    for part in ("n must be at least 1", "demonstration 1 must be an object", "has another besides"):
        assert part in str(caught.value)


def test_a_file_of_version_1_is_loaded_and_said_to_know_nothing_of_its_code(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    MultiHop().save(tmp_path / "p.json")
    edited(tmp_path / "p.json", lambda content: (content.update(version=1), content.pop("code"), content.pop("saved")))
    assert "version 1, which tells nothing of the code" in changes(MultiHop(), tmp_path / "p.json", caplog)


@pytest.mark.parametrize("value", [None, 3, [], {}, {"modules": 1}, {"modules": {}, "classes": []}, "x"])
def test_a_fingerprint_of_another_shape_is_no_reason_to_fail(tmp_path: Path, value: object) -> None:
    MultiHop().save(tmp_path / "p.json")
    edited(tmp_path / "p.json", lambda content: content.update(code=value, saved=value))
    MultiHop().load(tmp_path / "p.json")


def test_a_class_without_source_has_no_digest_and_nothing_is_said_of_it(tmp_path: Path) -> None:
    space: dict[str, Any] = {"dsp": dsp, "__name__": "typed"}
    exec(SOURCE.format(kind="Predict", output="answer"), space)  # as a notebook's cell is run
    program = space["Own"]()
    assert "Own" not in code_of(program)["classes"]
    assert code_of(program)["modules"]["self"] == "Own"
    program.save(tmp_path / "p.json")
    program.load(tmp_path / "p.json", strict=True)


# DSPy's parameters


def test_a_whole_program_is_saved_in_a_folder_and_loaded_from_it(tmp_path: Path) -> None:
    program = MultiHop(k=7, hops=3)
    program.generate_answer.demos = [Example(question="q", answer="a")]
    program.save(tmp_path / "whole", save_program=True, modules_to_serialize=[json])
    assert [entry.name for entry in (tmp_path / "whole").iterdir()] == ["program.json"]
    loaded = dsp.load(tmp_path / "whole")
    assert type(loaded) is MultiHop
    assert (loaded.k, loaded.hops, loaded.dump_state()) == (7, 3, program.dump_state())


def test_a_program_of_ones_own_is_loaded_by_its_class(saved: Path, own: Any) -> None:
    kind = type(made(own("first")))
    assert isinstance(dsp.load(saved, code=kind), kind)
    with pytest.raises(ProgramFileError, match="a saved file never chooses what code runs, so name the code yourself"):
        dsp.load(saved)


@pytest.mark.parametrize("name", ["p.pkl", "p.pickle"])
def test_pickles_are_neither_written_nor_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(ProgramFileError, match="programs are saved as JSON"):
        MultiHop().save(tmp_path / name)
    with pytest.raises(ProgramFileError, match="programs are saved as JSON"):
        MultiHop().load(tmp_path / name)
    MultiHop().save(tmp_path / "p.json")
    with pytest.raises(ProgramFileError, match="nothing executable is loaded from a file"):
        MultiHop().load(tmp_path / "p.json", allow_pickle=True)
    with pytest.raises(ProgramFileError, match="nothing executable is loaded from a file"):
        dsp.load(tmp_path / "p.json", allow_pickle=True)
