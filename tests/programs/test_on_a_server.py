"""The same program, unchanged, on the embedded LM and on an OpenAI-compatible server over loopback.

The server speaks for the embedded LM, so that the two must come to the same answers.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dsp.cli.main import main
from dsp.data.world import write_world
from dsp.lms.extractive import Extractive
from dsp.testing.server import LMServer


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DSP_CACHE", str(tmp_path / "cache"))
    write_world(tmp_path / "world", size=300, seed=3, train=8, dev=12)
    assert main(["index", "build", str(tmp_path / "world" / "corpus.jsonl"), "--to", str(tmp_path / "index")]) == 0
    return tmp_path


@pytest.fixture
def evaluate(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    def run(*options: str) -> dict[str, Any]:
        capsys.readouterr()
        given = ["--index", str(folder / "index"), "--data", str(folder / "world" / "dev.json"), "--json"]
        assert main(["evaluate", *given, *options]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return run


def spoken_for(body: dict[str, Any]) -> str:
    return Extractive()(messages=body["messages"])[0]


@pytest.mark.parametrize("program", ["vanilla", "rag", "multihop"])
def test_a_program_runs_unchanged_on_a_server_and_a_second_run_makes_no_request(
    evaluate: Callable[..., dict[str, Any]], program: str
) -> None:
    one_query = ("--set", "queries=1") if program == "multihop" else ()
    embedded = evaluate("--program", program, *one_query)
    with LMServer(spoken_for) as server:
        lm = f"{server.base_url}#reader"
        first = evaluate("--program", program, *one_query, "--lm", lm)
        asked = len(server.requests)
        again = evaluate("--program", program, *one_query, "--lm", lm)
        assert len(server.requests) == asked
    assert first["metrics"] == embedded["metrics"] == again["metrics"]
    assert first["usage"]["calls"] == asked == (24 if program == "multihop" else 12)
    assert (again["usage"]["calls"], again["usage"]["cached_calls"]) == (0, asked)


def test_a_program_compiles_on_a_server(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = folder / "world"
    with LMServer(spoken_for) as server:
        status = main(
            [
                "compile",
                *("--index", str(folder / "index"), "--program", "rag", "--lm", f"{server.base_url}#reader"),
                *("--train", str(world / "train.json"), "--dev", str(world / "dev.json")),
                *("--to", str(folder / "program.json"), "--optimizer", "bootstrap_few_shot", "--json"),
            ]
        )
    assert status == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["before"]["n"] == found["after"]["n"] == 12
    assert json.loads((folder / "program.json").read_text(encoding="utf-8"))["program"] == "rag"
