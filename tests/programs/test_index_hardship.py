"""The hard runs of benchmarks/, short: a killed writer, damaged files, readers beside a writer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(name: str, *options: str) -> Any:
    command = [sys.executable, str(ROOT / "benchmarks" / f"{name}.py"), *options, "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_writer_killed_at_any_moment_leaves_the_old_index_or_the_new_one() -> None:
    results = run("index_crash", "--moments", "4", "--size", "100")
    assert [result["work"] for result in results] == ["build", "add", "delete", "compact"]
    assert all(result.get("old", 0) + result.get("new", 0) == 4 and not result["faults"] for result in results)


def test_damaged_files_give_a_typed_error_or_the_right_answer() -> None:
    for result in run("index_fuzz", "--flips", "240", "--engines", "bm25", "rank_bm25", "link_hop"):
        assert result["refused"] + result.get("right", 0) == 80
        assert result["refused"] > 40
        assert result["wrong"] == []


def test_threads_and_processes_find_what_is_right_while_a_writer_writes() -> None:
    result = run("index_concurrency", "--seconds", "3", "--threads", "4", "--processes", "2")
    assert (result["wrong"], result["errors"]) == (0, [])
    counts = result["counts"]
    assert counts["writer"]["changes"] > 0
    assert all(counts[name]["searches"] > 0 for name in ("threads", "processes", "kept"))
