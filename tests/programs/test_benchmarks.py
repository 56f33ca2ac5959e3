from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the runner, and scripts of which one runs, one wants arguments, one fails and one has no main."""
    (tmp_path / "benchmarks").mkdir()
    shutil.copy(ROOT / "benchmarks" / "__main__.py", tmp_path / "benchmarks")
    start = "def main():\n    "
    end = "\n\nif __name__ == '__main__':\n    main()\n"
    wanting = 'parser = argparse.ArgumentParser(); parser.add_argument("x"); parser.parse_args()'
    scripts = {
        "counts": f'"""Counts.\n\nAnd more."""\n{start}print("one two")',
        "wants": f'"""Wants."""\nimport argparse\n{start}{wanting}',
        "breaks": f'"""Breaks."""\n{start}raise SystemExit("the disk is full")',
        "helps": '"""No benchmark."""\nVALUE = 1',
    }
    for name, text in scripts.items():
        (tmp_path / "benchmarks" / f"{name}.py").write_text(text + (end if "main" in text else "\n"), "utf-8")
    return tmp_path


def test_the_list_names_every_benchmark_with_what_it_measures(folder: Path) -> None:
    done = run(folder, "-m", "benchmarks", "--list")
    assert done.stdout.splitlines() == ["breaks  Breaks.", "counts  Counts.", "wants   Wants."]


def test_what_needs_arguments_is_passed_over_and_what_fails_is_named(folder: Path) -> None:
    done = run(folder, "-m", "benchmarks")
    assert done.returncode == 1
    assert "one two" in done.stdout
    assert "passed over: the following arguments are required: x" in done.stdout
    assert "failed with exit status 1: the disk is full" in done.stdout
    assert done.stdout.splitlines()[-1] == "1 of 3 ran; passed over: wants; failed: breaks"


def test_chosen_ones_run_alone(folder: Path) -> None:
    done = run(folder, "-m", "benchmarks", "counts")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "1 of 1 ran"


def test_an_unknown_name_is_refused_with_the_close_ones(folder: Path) -> None:
    done = run(folder, "-m", "benchmarks", "count")
    assert done.returncode == 2
    assert 'there is no benchmark "count"; did you mean counts?' in done.stderr


def test_import_times_are_measured_beside_the_bare_interpreter() -> None:
    done = run(ROOT, "benchmarks/import_time.py", "--runs", "1", "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)["seconds"]
    assert {"python -c pass", "import dsp", "dsp --help"} <= figures.keys()
    assert figures["python -c pass"]["own"] == 0
    assert all(0 < figure["min"] <= figure["median"] <= figure["max"] for figure in figures.values())


def test_every_benchmark_here_says_what_it_measures() -> None:
    lines = run(ROOT, "-m", "benchmarks", "--list").stdout.splitlines()
    assert any(line.startswith("import_time ") for line in lines)
    assert all(len(line.split(maxsplit=1)) == 2 for line in lines)
