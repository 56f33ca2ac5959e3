from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import dsp
import indexes
from dsp.data.world import write_world
from dsp.lms.extractive import Extractive

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(autouse=True)
def nothing_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Examples leave their calls and runs in the test's own folder, also those run as commands of their own."""
    monkeypatch.setenv("DSP_CACHE", "off")
    monkeypatch.setenv("DSP_RUNS", str(tmp_path / "runs"))


@pytest.fixture
def printed_by(tmp_path: Path) -> Callable[..., str]:
    """Runs an example as its reader would, in an empty folder, and gives what it prints."""

    def run(name: str, *arguments: str) -> str:
        folder = tmp_path / "run"
        folder.mkdir(exist_ok=True)
        command = [sys.executable, "-W", "error", str(EXAMPLES / name), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", cwd=folder, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout

    return run


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small generated world: corpus.jsonl, train.json, dev.json."""
    return write_world(tmp_path_factory.mktemp("data") / "world", size=300, seed=5, train=12, dev=16)


@pytest.fixture(scope="session")
def world_index(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index") / "index"
    indexes.build(world / "corpus.jsonl", folder).close()
    return folder


@pytest.fixture
def configured(world_index: Path) -> Iterator[None]:
    """The embedded LM and the world's index, as `dsp.context` sets them."""
    with indexes.open(world_index) as index, dsp.context(lm=Extractive(), rm=index):
        yield
