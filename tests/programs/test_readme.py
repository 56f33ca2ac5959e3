"""The README's own program runs as written."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

import indexes
from dsp.data.world import write_world

README = Path(__file__).parents[2] / "README.md"


def test_the_program_in_the_readme_runs_and_saves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_world(tmp_path / "world", size=300, seed=5, train=12, dev=12)
    indexes.build(tmp_path / "world" / "corpus.jsonl", tmp_path / "my-index").close()
    (tmp_path / "train.jsonl").write_bytes((tmp_path / "world" / "train.json").read_bytes())
    (tmp_path / "dev.jsonl").write_bytes((tmp_path / "world" / "dev.json").read_bytes())
    (program,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.S)
    assert "BootstrapFewShotWithRandomSearch()" in program
    quick = program.replace("RandomSearch()", "RandomSearch(num_candidate_programs=3, max_rounds=1)")
    monkeypatch.chdir(tmp_path)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(quick, "README.md", "exec"), {"__name__": "readme"})  # noqa: S102 - our own page, as written
    assert re.search(r"^em [+-]?\d\.\d+ \[", said.getvalue(), re.M)
    assert (tmp_path / "program.json").is_file()
