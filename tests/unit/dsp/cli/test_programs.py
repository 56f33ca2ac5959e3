"""What the command line asks of a user's own program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

PROGRAM = """
import dsp

class NoQuestion(dsp.Module):
    def forward(self, claim):
        return dsp.Prediction(answer=claim)

class Raising(dsp.Module):
    def forward(self, question):
        raise RuntimeError("out of order")

class Leaving(dsp.Module):
    def forward(self, question):
        raise SystemExit(0)

class Junk(dsp.Module):
    def forward(self, question):
        return 42

class Chatty(dsp.Module):
    def forward(self, question):
        print("POLLUTION")
        return dsp.Prediction(answer="quiet")

class Defaulted(dsp.Module):
    def forward(self, question, k=3):
        return dsp.Prediction(answer=question)
"""


def test_a_program_that_takes_no_question_is_refused_before_any_work(
    refused: Callable[..., str], index_dir: Path, tmp_path: Path
) -> None:
    (tmp_path / "own.py").write_text(PROGRAM, encoding="utf-8")
    said = refused("ask", "Who?", "--index", index_dir, "--program", f"{tmp_path / 'own.py'}:NoQuestion", status=2)
    assert "`question`" in said
    assert "def forward(self, question)" in said


def test_other_inputs_may_have_defaults(cli: Callable[..., object], index_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(PROGRAM, encoding="utf-8")
    ran = cli("ask", "Who?", "--index", index_dir, "--program", f"{tmp_path / 'own.py'}:Defaulted", "--json")
    assert ran.json["answer"] == "Who?"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "said"),
    [("Raising", "RuntimeError: out of order"), ("Leaving", "SystemExit"), ("Junk", "must return a dsp.Prediction")],
)
def test_a_program_that_breaks_is_one_line(
    refused: Callable[..., str], index_dir: Path, tmp_path: Path, name: str, said: str
) -> None:
    (tmp_path / "own.py").write_text(PROGRAM, encoding="utf-8")
    program = f"{tmp_path / 'own.py'}:{name}"
    assert said in refused("ask", "Who?", "--index", index_dir, "--program", program, status=1)


def test_a_program_that_leaves_while_it_is_scored_has_failed(
    refused: Callable[..., str], index_dir: Path, tmp_path: Path, write_questions: Callable[..., Path]
) -> None:
    (tmp_path / "own.py").write_text(PROGRAM, encoding="utf-8")
    command = ("evaluate", "--index", index_dir, "--data", write_questions("dev.jsonl"))
    assert "SystemExit" in refused(*command, "--program", f"{tmp_path / 'own.py'}:Leaving", status=1)


def test_what_a_program_prints_does_not_mix_with_the_json(
    cli: Callable[..., object], index_dir: Path, tmp_path: Path
) -> None:
    (tmp_path / "own.py").write_text(PROGRAM, encoding="utf-8")
    ran = cli("ask", "Who?", "--index", index_dir, "--program", f"{tmp_path / 'own.py'}:Chatty", "--json")
    assert ran.json["answer"] == "quiet"  # type: ignore[attr-defined]
    assert "POLLUTION" in ran.err  # type: ignore[attr-defined]
    assert "POLLUTION" not in ran.out  # type: ignore[attr-defined]


def test_a_file_without_its_class_says_how_to_name_it(
    refused: Callable[..., str], index_dir: Path, tmp_path: Path
) -> None:
    (tmp_path / "own.py").write_text(PROGRAM, encoding="utf-8")
    said = refused("ask", "Who?", "--index", index_dir, "--program", tmp_path / "own.py", status=2)
    assert "own.py:ClassName" in said


def test_a_setting_without_end_is_refused(refused: Callable[..., str], index_dir: Path) -> None:
    assert "at most 1000" in refused("ask", "Who?", "--index", index_dir, "--set", "hops=99999", status=2)
