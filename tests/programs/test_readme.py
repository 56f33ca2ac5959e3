"""The README's own program runs as written."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import indexes
from dsp.data.world import write_world

README = Path(__file__).parents[2] / "README.md"


def test_the_program_in_the_readme_runs_and_saves(tmp_path: Path) -> None:
    write_world(tmp_path / "world", size=300, seed=5, train=12, dev=12)
    indexes.build(tmp_path / "world" / "corpus.jsonl", tmp_path / "my-index").close()
    (tmp_path / "train.jsonl").write_bytes((tmp_path / "world" / "train.json").read_bytes())
    (tmp_path / "dev.jsonl").write_bytes((tmp_path / "world" / "dev.json").read_bytes())
    (program,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.S)
    assert "BootstrapFewShotWithRandomSearch()" in program
    quick = program.replace("RandomSearch()", "RandomSearch(num_candidate_programs=3, max_rounds=1)")
    (tmp_path / "program.py").write_text(quick, encoding="utf-8")
    ran = subprocess.run([sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"^em [+-]?\d\.\d+ \[", ran.stdout, re.M)
    assert (tmp_path / "program.json").is_file()
