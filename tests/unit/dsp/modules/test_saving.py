"""Saved programs: what comes back, and what a bad or a hostile file cannot do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.errors import ProgramFileError
from dsp.modules.module import Module
from dsp.modules.multi_hop import MultiHop
from dsp.modules.predict import Predict
from dsp.types.example import Example
from indexes.passage import Hit, Passage

HIT = Hit(Passage("1", "Emma", "A novel.", {"year": 1815}), 1.5, 1, "bm25")


def compiled() -> MultiHop:
    program = MultiHop(k=3)
    program.generate_answer.demos = [
        Example(context=[HIT], question="q", reasoning="r", answer="a", augmented=True),
        Example(question="half \ud800", answer="b", augmented=False),
    ]
    program.generate_answer.signature = program.generate_answer.signature.with_instructions("Be brief.")
    program.generate_answer.signature = program.generate_answer.signature.with_updated_fields("answer", desc="a name")
    program.generate_query[0].config = {"n": 2, "temperature": 0.5}
    return program


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "program.json"
    compiled().save(path, note={"score": 0.5})
    return path


def edit(path: Path, *keys: Any, value: Any) -> Path:
    """The file with one value changed, as a person or an attacker would."""
    content = json.loads(path.read_text(encoding="utf-8"))
    place = content
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


ANSWER = ("predictors", "generate_answer")


def test_a_saved_program_comes_back_as_it_was(saved: Path) -> None:
    program = MultiHop(k=3)
    program.load(saved)
    ours = compiled()
    assert program.dump_state() == ours.dump_state()
    assert program.generate_answer.signature.instructions == "Be brief."
    assert program.generate_answer.signature.fields["answer"].desc == "a name"
    assert program.generate_query[0].config == {"n": 2, "temperature": 0.5}
    (hit,) = program.generate_answer.demos[0]["context"]
    assert hit == HIT
    assert hit.passage.metadata == {"year": 1815}


def test_the_file_is_versioned_json_that_a_person_can_read_and_edit(saved: Path) -> None:
    content = json.loads(saved.read_text(encoding="utf-8"))
    assert (content["format"], content["version"], content["program"]) == ("dsp.program", 2, "MultiHop")
    assert content["note"] == {"score": 0.5}
    assert list(content["predictors"]) == ["generate_query.0", "generate_answer"]
    edit(saved, *ANSWER, "signature", "instructions", value="Edited by hand.")
    program = MultiHop(k=3)
    program.load(saved)
    assert program.generate_answer.signature.instructions == "Edited by hand."


def test_saving_over_a_good_file_replaces_it_whole_or_not_at_all(saved: Path) -> None:
    before = saved.read_bytes()
    with pytest.raises(TypeError):
        compiled().save(saved, note=object())
    assert saved.read_bytes() == before
    MultiHop(k=3).save(saved)
    assert json.loads(saved.read_text(encoding="utf-8"))["predictors"]["generate_answer"]["demos"] == []
    assert [entry.name for entry in saved.parent.iterdir()] == ["program.json"]


def refused(path: Path, program: Module | None = None) -> str:
    """What is said when the file is loaded; whatever is wrong with it, the program stays as it was."""
    into = program if program is not None else compiled()
    before = into.dump_state()
    with pytest.raises(ProgramFileError) as caught:
        into.load(path)
    assert into.dump_state() == before
    return str(caught.value)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"3", b'"text"', b"{}", b'{"format": "other"}', b"\xff"]
)
def test_a_foreign_file_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    assert str(path) in refused(path)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    assert "missing.json: cannot be read" in refused(tmp_path / "missing.json")


@pytest.mark.parametrize("version", [3, 10**9])
def test_a_newer_version_is_refused_with_the_remedy(saved: Path, version: object) -> None:
    said = refused(edit(saved, "version", value=version))
    assert f"is of version {version!r}, but this dsp reads up to 2; upgrade dsp" in said


@pytest.mark.parametrize("version", [0, -1, "1", None, 1.5, [], True])
def test_a_version_that_is_none_is_refused(saved: Path, version: object) -> None:
    assert f"its version must be 1 to 2, but is {version!r}" in refused(edit(saved, "version", value=version))


def test_a_program_with_other_predictors_is_refused_with_the_difference(saved: Path) -> None:
    said = refused(saved, Predict("question -> answer"))
    assert (
        "must hold this program's predictors (self), but it lacks self; has generate_answer, generate_query.0" in said
    )


def test_a_predictor_with_other_fields_is_refused_with_both(saved: Path) -> None:
    said = refused(saved, MultiHop("context, question -> verdict", k=3))
    assert '"generate_answer" has the fields context, question, reasoning, answer' in said
    assert "but this program's has context, question, reasoning, verdict" in said


@pytest.mark.parametrize("value", [None, 3, "text", [], {}, {"generate_answer": None}])
def test_predictors_of_the_wrong_shape_are_refused(saved: Path, value: object) -> None:
    assert refused(edit(saved, "predictors", value=value))


@pytest.mark.parametrize("key", ["signature", "demos"])
@pytest.mark.parametrize("value", [None, 3, "text", [3], {"a": 1}, [["a"]], [True]])
def test_a_predictors_parts_of_the_wrong_type_are_refused_by_its_name(saved: Path, key: str, value: object) -> None:
    said = refused(edit(saved, *ANSWER, key, value=value))
    assert 'the saved predictor "generate_answer"' in said


@pytest.mark.parametrize(
    "config",
    [
        3,
        "n=1",
        [["n", 1]],
        {"n": 0},
        {"n": -1},
        {"n": 10**9},
        {"n": "many"},
        {"n": True},
        {"n": 1.5},
        {"temperature": -1},
        {"temperature": "hot"},
        {"api_key": "sk-1"},
        {"base_url": "http://evil.example"},
        {"headers": {}},
    ],
)
def test_settings_of_the_lm_out_of_range_or_of_the_wrong_type_are_refused(saved: Path, config: object) -> None:
    assert "generate_answer" in refused(edit(saved, *ANSWER, "config", value=config))


def nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = {"a": [value]}
    return value


@pytest.mark.parametrize("depth", [200, 480, 3_000, 100_000])
def test_a_demonstration_that_is_nested_too_deep_is_refused_or_read(tmp_path: Path, saved: Path, depth: int) -> None:
    text = saved.read_text(encoding="utf-8").replace('"half \\ud800"', '{"a": [' * depth + "1" + "]}" * depth)
    path = tmp_path / "deep.json"
    path.write_text(text, encoding="utf-8")
    program = MultiHop(k=3)
    try:
        program.load(path)
    except ProgramFileError as error:
        message = str(error)
    else:
        message = ""
    assert message or len(program.generate_answer.demos) == 2
    assert depth < 1_000 or message


@pytest.mark.parametrize("name", ["score", "rank"])
@pytest.mark.parametrize("value", ["text", None, [], {}, float("inf"), float("nan"), 10**400])
def test_a_passage_whose_numbers_are_none_is_refused_or_kept(saved: Path, name: str, value: object) -> None:
    edit(saved, *ANSWER, "demos", 0, "context", 0, name, value=value)
    program = MultiHop(k=3)
    try:
        program.load(saved)
    except ProgramFileError as error:
        assert "generate_answer" in str(error)  # noqa: PT017 - some of these are numbers to float


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=5,
)


@given(
    st.sampled_from(
        [
            ("version",),
            ("format",),
            ("predictors",),
            ANSWER,
            (*ANSWER, "signature"),
            (*ANSWER, "signature", "fields"),
            (*ANSWER, "signature", "fields", 0),
            (*ANSWER, "signature", "instructions"),
            (*ANSWER, "config"),
            (*ANSWER, "demos"),
            (*ANSWER, "demos", 0),
            (*ANSWER, "demos", 0, "context"),
        ]
    ),
    JSON,
)
def test_whatever_stands_in_a_file_it_is_loaded_or_refused_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, keys: tuple[Any, ...], value: Any
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.json"
    compiled().save(path)
    program = compiled()
    before = program.dump_state()
    try:
        program.load(edit(path, *keys, value=value))
    except ProgramFileError:
        assert program.dump_state() == before
    else:
        program.save(path)
        again = compiled()
        again.load(path)
        assert json.dumps(again.dump_state()) == json.dumps(program.dump_state())


def test_what_a_saved_demonstration_says_is_a_value_and_no_structure(saved: Path) -> None:
    """A demo's own `augmented`, `demos` or dunder names are data: they make nothing but a field."""
    edit(saved, *ANSWER, "demos", 0, "__class__", value="os.system")
    program = MultiHop(k=3)
    program.load(saved)
    demo = program.generate_answer.demos[0]
    assert type(demo) is Example
    assert demo["__class__"] == "os.system"
