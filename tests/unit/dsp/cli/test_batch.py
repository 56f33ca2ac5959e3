from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dsp.testing.server import LMServer

Cli = Callable[..., Any]


@pytest.fixture
def server() -> Iterator[LMServer]:
    with LMServer("[[ ## reasoning ## ]]\nI know.\n\n[[ ## answer ## ]]\nLviv\n\n[[ ## completed ## ]]") as running:
        running.batches.looks = 0
        yield running


@pytest.fixture
def common(
    server: LMServer, index_dir: Path, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[object, ...]:
    monkeypatch.setenv("DSP_CACHE", str(tmp_path / "cache"))
    return ("--index", index_dir, "--program", "vanilla", "--lm", f"{server.base_url}#test", "--batch")


def test_an_evaluation_goes_by_one_batch_and_the_next_run_by_none(
    cli: Cli, server: LMServer, common: tuple[object, ...], write_questions: Callable[..., Path]
) -> None:
    command = ("evaluate", "--data", write_questions("dev.jsonl"), *common, "--json")
    first, second = cli(*command).json, cli(*command).json
    assert first["metrics"]["em"]["mean"] == second["metrics"]["em"]["mean"] == 1 / 8
    assert (first["usage"]["calls"], second["usage"]["calls"], second["usage"]["cached_calls"]) == (8, 0, 8)
    assert server.batches.made == 1
    assert not [asked for asked in server.requests if asked.path.endswith("/chat/completions")]


def test_a_compile_goes_by_batches(
    cli: Cli, server: LMServer, common: tuple[object, ...], write_questions: Callable[..., Path], tmp_path: Path
) -> None:
    questions = write_questions("dev.jsonl")
    to = tmp_path / "program.json"
    command = ("compile", "--train", questions, "--dev", questions, "--to", to, "--held-out", "0", *common, "--json")
    found = cli(*command, "--optimizer", "labeled_few_shot").json
    assert to.exists()
    assert 0 < server.batches.made < len(server.batches.asked) == found["usage"]["calls"]


def test_batches_need_a_cache_and_a_server(
    refused: Callable[..., str],
    common: tuple[object, ...],
    write_questions: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command = ("evaluate", "--data", write_questions("dev.jsonl"), *common)
    said = refused(*command, "--lm", "extractive", status=2)
    assert "batches are for LMs behind an OpenAI-compatible server" in said
    monkeypatch.setenv("DSP_CACHE", "off")
    assert 'need a cache to bring their answers to, but DSP_CACHE is "off"' in refused(*command, status=2)
