from __future__ import annotations

import json
from pathlib import Path

import pytest

import dsp
from dsp.cli.main import main as command

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
TWINS = [
    pytest.param("vanilla", "vanilla.py:VanillaQA", {}, id="vanilla"),
    pytest.param("rag", "rag.py:RAG", {"k": 4}, id="rag"),
    pytest.param("multihop", "multihop.py:MultiHopQA", {"k": 3}, id="multihop"),
    pytest.param("multihop", "multihop.py:MultiHopQA", {"k": 2, "hops": 3, "queries": 2}, id="three hops"),
]


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize(("name", "example", "settings"), TWINS)
def test_an_example_answers_as_the_built_in_program_does(
    name: str, example: str, settings: dict[str, int], world: Path
) -> None:
    built_in = dsp.load(name, settings=settings)
    copied = dsp.load(str(EXAMPLES / example), settings=settings)
    questions = [each.question for each in dsp.read_questions(world / "dev.json")]
    predictions = [built_in(question=question) for question in questions]
    assert [copied(question=question) for question in questions] == predictions
    if name != "vanilla":  # the embedded LM only reads: with passages it has something to say
        assert any(prediction.answer not in ("", "unknown") for prediction in predictions)


@pytest.mark.parametrize(("name", "example", "settings"), TWINS)
def test_what_is_saved_from_one_loads_into_the_other(
    name: str, example: str, settings: dict[str, int], tmp_path: Path
) -> None:
    built_in = dsp.load(name, settings=settings)
    copied = dsp.load(str(EXAMPLES / example), settings=settings)
    demo = dsp.Example(question="Who wrote Emma?", answer="Jane Austen")
    built_in.predictors()[-1].demos = [demo]
    built_in.save(tmp_path / "program.json")
    copied.load(tmp_path / "program.json")
    assert copied.predictors()[-1].demos == [demo]
    assert copied.dump_state() == built_in.dump_state()


@pytest.mark.parametrize(("name", "example", "settings"), TWINS)
def test_the_command_line_runs_an_example_as_it_runs_the_built_in_program(
    name: str,
    example: str,
    settings: dict[str, int],
    world: Path,
    world_index: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    question = dsp.read_questions(world / "dev.json", limit=1)[0].question
    set_ = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    said = []
    for program in (name, str(EXAMPLES / example)):
        assert command(["ask", question, "--index", str(world_index), "--program", program, *set_, "--json"]) == 0
        said.append(json.loads(capsys.readouterr().out))
    for each in said:
        del each["seconds"]
    assert said[0] == said[1]
