"""Before anything is spent the command line says all that is wrong, at once, with exit status 1."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dsp.cli.main import main

WRONG = """
import dsp

class Wrong(dsp.Module):
    def __init__(self):
        self.answer = dsp.Predict("context, question -> answer")

    def forward(self, question, style=""):
        return self.answer(question=question)
"""


@pytest.fixture
def wrong(tmp_path: Path) -> str:
    (tmp_path / "wrong.py").write_text(WRONG, encoding="utf-8")
    return f"{tmp_path / 'wrong.py'}:Wrong"


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, list[str]]:
    status = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    assert out == ""
    return status, err.splitlines()


@pytest.mark.parametrize("verb", ["ask", "evaluate", "compile"])
def test_all_that_is_wrong_is_one_report_and_nothing_is_left(
    capsys: pytest.CaptureFixture[str], wrong: str, tmp_path: Path, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = tmp_path / "runs"
    monkeypatch.setenv("DSP_RUNS", str(runs))
    data = tmp_path / "nowhere.json"
    more: dict[str, list[object]] = {
        "ask": ["Who?"],
        "evaluate": ["--data", data],
        "compile": ["--train", data, "--dev", data, "--to", tmp_path / "p.json"],
    }
    given = ["--index", tmp_path / "no-index", "--program", wrong, "--lm", "opnai/x", "--template", "cat", *more[verb]]
    status, lines = run(capsys, verb, *given)
    assert status == 1
    said = "\n".join(lines)
    assert lines[0].startswith("dsp: nothing was asked yet, for a check found")
    assert "error: index: " in said
    assert 'error: lm: unknown LM "opnai": did you mean openai?' in said
    assert "error: template: " in said
    assert ("nowhere.json" in said) == (verb != "ask")
    assert "error: self, line 9: self.answer needs the input context, which nobody gives" in said
    assert lines[-1] == "  warning: self: nobody reads its input style; use it in forward, or take it away"
    assert not runs.exists()


def test_data_that_suit_no_metric_stop_an_evaluation_before_its_first_call(
    capsys: pytest.CaptureFixture[str],
    index_dir: Path,
    write_questions: Callable[..., Path],
    world: Any,
    tmp_path: Path,
) -> None:
    (tmp_path / "own.py").write_text(
        WRONG.replace("context, question -> answer", "question -> verdict").replace(', style=""', ""), encoding="utf-8"
    )
    data = write_questions("dev.jsonl", world.examples)
    program = f"{tmp_path / 'own.py'}:Wrong"
    status, lines = run(capsys, "evaluate", "--index", index_dir, "--data", data, "--program", program)
    assert status == 1
    assert "metric em: scores the prediction's answer, but this program makes verdict" in "\n".join(lines)


def test_warnings_stop_nothing_and_come_once_on_standard_error(
    index_dir: Path, write_questions: Callable[..., Path], world: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "own.py").write_text(
        WRONG.replace("context, question -> answer", "question -> answer").replace("style", "tone_of_voice"),
        encoding="utf-8",
    )
    data = write_questions("dev.jsonl", world.examples)
    given = ["--index", str(index_dir), "--data", str(data), "--program", f"{tmp_path / 'own.py'}:Wrong", "--json"]
    assert main(["evaluate", *given]) == 0
    said = [record.getMessage() for record in caplog.records if record.name == "dsp.check"]
    assert said == ["warning: self: nobody reads its input tone_of_voice; use it in forward, or take it away"]
