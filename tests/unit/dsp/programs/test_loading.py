from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dsp
from dsp.errors import InputError, ProgramFileError, UnknownNameError
from dsp.modules.module import Module
from dsp.modules.multi_hop import MultiHop
from dsp.programs.loading import load_program, save_program
from dsp.programs.registry import PROGRAMS
from dsp.types.example import Example

OWN = """
import pathlib
import dsp

pathlib.Path(__file__).with_suffix(".ran").touch()

class Own(dsp.Module):
    def __init__(self, k: int = 4, name: str = "x"):
        self.k = k
        self.answer = dsp.Predict("question -> answer")

    def forward(self, question):
        return self.answer(question=question)

def made(k):
    return Own(k=k)

number = 5

def nothing():
    return None

class Picky(dsp.Module):
    def __init__(self):
        raise dsp.errors.InputError("not today")
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.py"
    path.write_text(OWN, encoding="utf-8")
    return path


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "program.json"
    program = MultiHop(k=2, hops=3)
    program.generate_answer.demos = [Example(question="q", answer="a")]
    save_program(program, path, "multihop")
    return path


def edit(path: Path, **changes: Any) -> str:
    content = {**json.loads(path.read_text(encoding="utf-8")), **changes}
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", PROGRAMS.names())
def test_every_built_in_program_is_a_module_by_its_name(name: str) -> None:
    assert isinstance(load_program(name), Module)


@pytest.mark.parametrize("name", ["vanilla", "rag", "multihop"])
def test_every_built_in_program_answers_a_question(name: str, oracle: dsp.LM, retriever: Any, world: Any) -> None:
    with dsp.context(lm=oracle, rm=retriever):
        prediction = load_program(name)(question=world.question("Momo"))
    assert prediction.answer == "Garmisch"
    assert ("context" in prediction) == (name != "vanilla")


def test_an_unknown_name_is_refused_with_the_close_ones() -> None:
    with pytest.raises(UnknownNameError, match='unknown program "multhop": did you mean multihop'):
        load_program("multhop")


def test_settings_are_given_by_name_and_wrong_ones_are_refused_with_those_there_are() -> None:
    program = load_program("multihop", settings={"k": 7, "hops": 3})
    assert (program.k, len(program.predictors())) == (7, 3)  # type: ignore[attr-defined]
    for name in ("depth", "retriever", "signature"):
        with pytest.raises(InputError, match=f"multihop takes the settings k, hops, queries, but got .*{name}"):
            load_program("multihop", settings={name: 3})
    with pytest.raises(InputError, match="k must be at least 1, but got 0"):
        load_program("rag", settings={"k": 0})


def test_a_class_in_a_file_is_a_program_and_so_is_a_function_that_makes_one(own: Path) -> None:
    assert load_program(f"{own}:Own", settings={"k": 9}).dump_settings() == {"k": 9}
    assert load_program(f"{own}:made", settings={"k": 8}).dump_settings() == {"k": 8}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Missing", 'has no class "Missing"; it has Own, Picky'),
        ("", 'has no class ""'),
        ("number", "must be a dsp.Module class, but .* is 5"),
        ("nothing", "must be a dsp.Module, but .* is a NoneType"),
        ("made", "takes the settings k, but got {}"),
        ("Picky", "not today"),
    ],
)
def test_what_is_no_program_in_a_file_is_refused(own: Path, name: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        load_program(f"{own}:{name}")


@pytest.mark.parametrize("content", ["def (", "import nowhere_to_be_found", "1 / 0", "raise ValueError('no')"])
def test_a_file_that_cannot_be_run_is_refused_with_the_reason(tmp_path: Path, content: str) -> None:
    path = tmp_path / "broken.py"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"broken\.py cannot be run: \w+Error: .*; correct it first"):
        load_program(f"{path}:Own")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"must be a Python file and a class in it, but there is no file .*none\.py"):
        load_program(f"{tmp_path / 'none.py'}:Own")


def test_a_saved_program_is_made_with_its_settings_in_its_state(saved: Path) -> None:
    program = load_program(str(saved))
    assert isinstance(program, MultiHop)
    assert program.dump_settings() == {"k": 2, "hops": 3, "queries": 3}
    assert program.generate_answer.demos == [Example(question="q", answer="a")]
    again = load_program(str(saved), settings={"k": 9})
    assert again.dump_settings() == {"k": 9, "hops": 3, "queries": 3}


def test_settings_that_change_the_predictors_do_not_fit_the_saved_state(saved: Path) -> None:
    with pytest.raises(ProgramFileError, match=r"it has generate_query\.1 besides"):
        load_program(str(saved), settings={"hops": 2})


@pytest.mark.parametrize(
    "settings",
    [{"k": 0}, {"k": -1}, {"k": 1001}, {"k": 10**30}, {"k": True}, {"k": 1.5}, {"k": "3"}, [1], "k=3", {"k": None}],
)
def test_saved_settings_out_of_range_are_refused(saved: Path, settings: object) -> None:
    with pytest.raises(ProgramFileError, match='"settings" must be whole numbers from 1 to 1000, but are'):
        load_program(edit(saved, settings=settings))


def test_saved_settings_that_the_program_does_not_take_are_refused(saved: Path) -> None:
    for name in ("retriever", "signature", "self", "__class__"):
        with pytest.raises(InputError, match="takes the settings k, hops, queries"):
            load_program(edit(saved, settings={name: 1}))


@pytest.mark.parametrize("name", ["Own", "os:system", "os.system", "", None, 3, ["multihop"], "../multihop"])
def test_a_saved_file_never_chooses_what_code_runs(saved: Path, own: Path, name: object) -> None:
    with pytest.raises(ProgramFileError, match="a saved file never chooses what code runs, so name the code yourself"):
        load_program(edit(saved, program=name))


def test_a_saved_file_that_names_a_python_file_does_not_run_it(saved: Path, own: Path) -> None:
    with pytest.raises(ProgramFileError, match="which is not built in"):
        load_program(edit(saved, program=f"{own}:Own"))
    assert not own.with_suffix(".ran").exists()


def test_a_program_of_the_users_own_is_loaded_with_the_code_that_the_user_names(own: Path, tmp_path: Path) -> None:
    program = load_program(f"{own}:Own", settings={"k": 6})
    program.predictors()[0].demos = [Example(question="q", answer="a")]
    path = tmp_path / "own.json"
    save_program(program, path, f"{own}:Own")
    loaded = load_program(str(path), code=f"{own}:Own")
    assert loaded.dump_settings() == {"k": 6}
    assert len(loaded.predictors()[0].demos) == 1
    with pytest.raises(ProgramFileError, match=r"--code path/to/file\.py:ClassName"):
        load_program(str(path))
    with pytest.raises(ProgramFileError, match="lacks self"):
        load_program(str(path), code=f"{_predict_file(tmp_path)}:Own")


def _predict_file(folder: Path) -> Path:
    path = folder / "other.py"
    path.write_text("import dsp\n\ndef Own(k):\n    return dsp.Predict('question -> answer')\n", encoding="utf-8")
    return path


def test_a_saved_program_answers_as_the_one_that_was_saved(
    tmp_path: Path, chat_lm: Callable[..., Any], retriever: Any, world: Any
) -> None:
    program = MultiHop(k=2)
    program.generate_answer.demos = [Example(question="q", context=[], reasoning="r", answer="a", augmented=True)]
    save_program(program, tmp_path / "p.json", "multihop")
    lms = [chat_lm(lambda name, inputs, request: name) for _ in range(2)]
    for lm, asked in zip(lms, (program, load_program(str(tmp_path / "p.json"))), strict=True):
        with dsp.context(lm=lm, rm=retriever):
            asked(question=world.question("Dune"))
    assert [request.messages for request in lms[0].requests] == [request.messages for request in lms[1].requests]
