from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dsp.lms.scripted import Scripted
from dsp.testing.server import Fault, LMServer
from dsp.types.usage import Usage

Cli = Callable[..., Any]
Refused = Callable[..., str]


@pytest.fixture
def ask(index_dir: Path, world: Any, lm: Scripted) -> tuple[object, ...]:
    return ("ask", world.question("Solaris"), "--index", index_dir, "--lm", "oracle")


def test_it_answers_and_shows_the_way(cli: Cli, ask: tuple[object, ...]) -> None:
    ran = cli(*ask)
    assert (ran.status, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "Question   Where did the writer of Solaris grow up?"
    assert "Hop 2 asks Stanislaw Lem" in lines
    assert lines[-1] == "Answer     Lviv"
    assert any(line.startswith("  [1] Solaris (") for line in lines)


def test_as_json_it_is_one_object_with_the_passages_whole(cli: Cli, ask: tuple[object, ...]) -> None:
    found = cli(*ask, "--json").json
    assert next(iter(found)) == "question"
    assert (found["answer"], found["queries"]) == ("Lviv", [["Stanislaw Lem"]])
    assert found["context"][0].keys() >= {"id", "title", "text", "score", "rank", "source"}
    assert found["usage"].keys() == Usage().to_dict().keys()
    assert found["usage"]["calls"] == 2
    assert found["seconds"] >= 0
    assert "trace" not in found


def test_the_trace_shows_every_search_and_every_prediction(cli: Cli, ask: tuple[object, ...]) -> None:
    trace = cli(*ask, "--json", "--trace").json["trace"]
    assert (trace["format"], trace["version"]) == ("dsp.trace", 1)
    assert [step["kind"] for step in trace["steps"]] == ["search", "predict", "search", "predict"]
    text = cli(*ask, "--trace").out
    assert "1. search" in text
    assert "4. predict answer" in text
    assert text.rstrip().endswith("Answer     Lviv")


@pytest.mark.parametrize("program", ["vanilla", "rag", "multihop"])
def test_every_built_in_program_may_answer(cli: Cli, ask: tuple[object, ...], program: str) -> None:
    found = cli(*ask, "--program", program, "--json").json
    assert found["answer"] == "Lviv"
    assert ("context" in found) == (program != "vanilla")


def test_settings_of_the_program_are_given_by_name(cli: Cli, ask: tuple[object, ...]) -> None:
    found = cli(*ask, "--set", "k=1", "--set", "hops=1", "--json").json
    assert len(found["context"]) == 1
    assert found["queries"] == []


def test_the_embedded_lm_answers_where_no_other_is_named(cli: Cli, index_dir: Path, world: Any) -> None:
    found = cli("ask", world.question("Emma"), "--index", index_dir, "--json").json
    assert isinstance(found["answer"], str)
    assert found["usage"]["usd"] == 0.0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--program", "multhop"], "did you mean multihop"),
        (["--lm", "extractiv"], "did you mean extractive"),
        (["--lm", "openai/"], "openai/"),
        (["--set", "k=0"], "k must be at least 1, but got 0"),
        (["--set", "k=many"], 'got "k=many"; write for example k=7'),
        (["--set", "k=²"], 'got "k=²"'),
        (["--set", "k=-1"], 'got "k=-1"'),
        (["--set", "depth=3"], "takes the settings k, hops, queries"),
        (["--program", "none.py:Own"], "there is no file none.py"),
    ],
)
def test_a_wrong_option_is_one_line_and_status_2(
    refused: Refused, ask: tuple[object, ...], options: list[str], said: str
) -> None:
    assert said in refused(*ask, *options, status=2)


@pytest.mark.parametrize("question", ["", "  \n"])
def test_an_empty_question_is_refused(refused: Refused, index_dir: Path, question: str) -> None:
    assert "must hold some text" in refused("ask", question, "--index", index_dir, status=2)


def test_a_missing_index_and_a_missing_program_are_refused_by_name(
    refused: Refused, ask: tuple[object, ...], tmp_path: Path
) -> None:
    assert str(tmp_path) in refused("ask", "q", "--index", tmp_path, "--lm", "extractive", status=1)
    assert "p.json" in refused(*ask, "--program", tmp_path / "p.json", status=1)


def test_without_a_key_it_says_which_is_needed_and_asks_nobody(refused: Refused, ask: tuple[object, ...]) -> None:
    assert "OPENAI_API_KEY" in refused(*ask, "--lm", "openai/some-model", status=1)


def test_a_server_that_is_not_there_and_one_that_refuses_are_named(
    refused: Refused, ask: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    with LMServer() as server:
        server.fail(*[Fault.status(400, "no such model")] * 9)
        said = refused(*ask, "--lm", f"{server.base_url}#model", status=1)
        assert "no such model" in said
        address = server.base_url
    assert address.removesuffix("/v1") in refused(*ask, "--lm", f"{address}#model", status=1)


def test_a_completion_that_cannot_be_read_is_one_line(
    refused: Refused, ask: tuple[object, ...], register_lm: Callable[[str, Scripted], None]
) -> None:
    register_lm("mute", Scripted(lambda request: ""))
    said = refused(*ask, "--lm", "mute", status=1)
    assert "must hold the field" in said


def test_a_template_is_chosen_by_name(cli: Cli, index_dir: Path, register_lm: Callable[[str, Scripted], None]) -> None:
    lm = Scripted(lambda request: "<reasoning>so</reasoning><answer>Lviv</answer>", name="scripted/tags")
    register_lm("tags", lm)
    ran = cli("ask", "Where?", "--index", index_dir, "--lm", "tags", "--program", "rag", "--template", "xml", "--json")
    assert ran.json["answer"] == "Lviv"
    assert "<question>\nWhere?\n</question>" in lm.requests[0].messages[-1]["content"]


def test_an_unknown_template_is_refused_with_the_close_ones(refused: Refused, ask: tuple[object, ...]) -> None:
    assert 'unknown template "jsno": did you mean json' in refused(*ask, "--template", "jsno", status=2)
