"""What the command line asks of a user's own program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

PROGRAM = """
import dsp

class NoQuestion(dsp.Module):
    def forward(self, claim):
        return dsp.Prediction(answer=claim)

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
