from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dsp.cli.main import main
from dsp.lms.registry import PROVIDERS
from dsp.lms.scripted import Scripted


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which is one JSON object and nothing else."""
        assert self.status == 0, self.err
        assert self.out.count("\n") == 1
        return json.loads(self.out)


Cli = Callable[..., Ran]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs a command in this process."""

    def run(*arguments: object) -> Ran:
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Ran(status, out, err)

    return run


@pytest.fixture
def refused(cli: Cli) -> Callable[..., str]:
    """Runs a command that must fail: with one clear line on standard error, and nothing on standard output."""

    def run(*arguments: object, status: int) -> str:
        ran = cli(*arguments)
        assert ran.status == status, ran.err
        assert ran.out == ""
        assert ran.err.startswith("dsp: ")
        assert ran.err.count("\n") == 1
        assert ran.err.rstrip("\n").isprintable()
        return ran.err.removeprefix("dsp: ").rstrip("\n")

    return run


@pytest.fixture
def corpus(tmp_path: Path, world: Any) -> Path:
    """The world's passages as JSON lines."""
    path = tmp_path / "corpus.jsonl"
    records = ({"id": p.id, "title": p.title, "text": p.text} for p in world.passages)
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


@pytest.fixture
def lm(monkeypatch: pytest.MonkeyPatch, oracle: Scripted) -> Scripted:
    """The LM that knows the world, by the name `oracle` on the command line."""
    monkeypatch.setitem(PROVIDERS._loaded, "oracle", lambda: oracle)
    return oracle


@pytest.fixture
def register_lm(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Scripted], None]:
    return lambda name, made: monkeypatch.setitem(PROVIDERS._loaded, name, lambda: made)


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's runs are recorded."""
    folder = tmp_path / "recorded"
    monkeypatch.setenv("DSP_RUNS", str(folder))
    return folder
