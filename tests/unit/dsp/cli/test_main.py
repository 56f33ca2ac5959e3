from __future__ import annotations

import json
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import pytest

from dsp.cli.main import VERBS, main


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], *([verb, "--help"] for verb in VERBS)])
def test_help_is_shown_on_standard_output_and_is_no_failure(arguments: list[str], cli: Callable[..., Any]) -> None:
    ran = cli(*arguments)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("usage: dsp")
    if len(arguments) == 1:
        assert all(verb in ran.out for verb in VERBS)


def test_the_version_is_that_of_the_installed_package(cli: Callable[..., Any]) -> None:
    assert cli("--version").out == f"dsp {version('dsp')}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "VERB"),
        (["nonsense"], "nonsense"),
        (["--nonsense"], "VERB"),
        (["--vers"], "VERB"),
        (["index"], "VERB"),
        (["index", "nonsense"], "nonsense"),
        (["ask"], "QUESTION, --index"),
        (["ask", "q", "--index", "x", "--bogus"], "--bogus"),
        (["index", "search", "x", "q", "-k", "many"], "many"),
        (["evaluate", "--index", "x"], "--data"),
        (["compile", "--index", "x", "--train", "t", "--dev", "d"], "--to"),
    ],
)
def test_a_wrong_command_is_status_2_with_the_usage_on_standard_error(
    arguments: list[str], said: str, cli: Callable[..., Any]
) -> None:
    ran = cli(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err.splitlines()[-1]
    assert ran.err.startswith("usage: dsp")


def test_an_interrupt_is_one_line_and_status_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("indexes.verify", interrupted)
    assert main(["index", "verify", "x"]) == 130
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("dsp: interrupted; nothing half-done is left")


def test_half_a_character_in_a_question_is_written_as_json_escapes_it(
    index_dir: Any, lm: Any, cli: Callable[..., Any], world: Any
) -> None:
    question = world.question("Emma") + " \udcff"
    ran = cli("ask", question, "--index", index_dir, "--lm", "oracle", "--json")
    assert ran.json["question"] == question
    assert "\\udcff" in ran.out
    assert cli("ask", question, "--index", index_dir, "--lm", "oracle").status == 0


def test_an_error_cannot_move_a_terminals_cursor(
    refused: Callable[..., str], write_questions: Callable[..., Any], world: Any, index_dir: Any
) -> None:
    twice = [example.copy(id="\x1b[2J\x1b]0;x\x07") for example in world.examples[:2]]
    path = write_questions("twice.jsonl", twice)
    said = refused("evaluate", "--index", index_dir, "--data", path, status=1)
    assert "repeats the id" in said


def test_json_of_every_verb_is_one_line_that_any_reader_takes(cli: Callable[..., Any], index_dir: Any) -> None:
    for arguments in (["info", index_dir], ["search", index_dir, "Emma"]):
        assert json.loads(cli("index", *arguments, "--json").out)
