from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

FILE = Path(__file__).resolve().parents[2] / "examples" / "tiny_dsp.py"


def printed(seed: int) -> str:
    """What the file prints, run where no package can be imported: neither ours nor anybody else's."""
    command = [sys.executable, "-S", "-E", str(FILE), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8")
    assert done.stderr == ""
    return done.stdout


def number(name: str, output: str) -> float:
    found = re.search(rf"^  {name} +([+-]?\d\.\d+)", output, re.M)
    assert found, output
    return float(found[1])


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_its_score_is_neither_nothing_nor_perfect_and_rises(seed: int) -> None:
    output = printed(seed)
    before, after, change = (number(name, output) for name in ("before", "after", "change"))
    assert 0.05 < before < after < 1
    assert change == pytest.approx(after - before, abs=0.0011)


def test_the_interval_of_the_change_excludes_zero() -> None:
    interval = re.search(r"95% interval ([+-]\d\.\d+) to ([+-]\d\.\d+)", printed(0))
    assert interval
    assert 0 < float(interval[1]) < float(interval[2])


def test_it_shows_the_same_question_wrong_before_and_right_after() -> None:
    before, after = printed(0).split("After, with demonstrations")
    asked = re.search(r"^  question +(.+)$", before, re.M)
    assert asked
    assert asked[1] in after
    assert "(wrong: it is" in before
    assert "(right)" in after


def test_it_prints_the_same_every_time() -> None:
    assert printed(3) == printed(3)


def test_it_is_under_300_lines_and_imports_the_standard_library_alone() -> None:
    text = FILE.read_text("utf-8")
    assert len(text.splitlines()) < 300
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(text))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= set(sys.stdlib_module_names)


def test_without_demonstrations_that_help_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rise comes from the demonstrations in the prompt: an LM that never sees them stays where it was."""
    import importlib.util

    loaded = importlib.util.spec_from_file_location("tiny_dsp_under_test", FILE)
    assert loaded is not None
    assert loaded.loader is not None
    tiny = importlib.util.module_from_spec(loaded)
    monkeypatch.setitem(sys.modules, loaded.name, tiny)
    loaded.loader.exec_module(tiny)
    passages, questions = tiny.make_world(0)
    program = tiny.Program(tiny.BM25(passages))
    before = tiny.scores(program, questions[80:140])

    honest_render = tiny.render
    monkeypatch.setattr(tiny, "render", lambda task, demos, example: honest_render(task, [], example))
    compiled = tiny.compile(program, questions[:40], questions[40:60], tries=3)
    assert tiny.scores(compiled, questions[80:140]) == before
