"""`dsp cache`: described, cleared, exported; nothing in it is a secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dsp.cache.sqlite import SQLiteCache
from dsp.cli.main import main
from dsp.lms.cached import cached
from dsp.lms.scripted import Scripted


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DSP_CACHE", str(tmp_path / "cache"))
    cache = SQLiteCache(tmp_path / "cache" / "calls.sqlite")
    lm = cached(Scripted(lambda request: f"answer to {request.messages[0]['content']}"), cache)
    for prompt in ("one", "two", "three"):
        lm(prompt)
    cache.close()
    return tmp_path


def test_info_counts_the_finished_calls(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache", "info", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["entries"], found["damaged"]) == (3, 0)
    assert found["path"].endswith("calls.sqlite")
    assert main(["cache", "info"]) == 0
    assert "3 finished calls" in capsys.readouterr().out


def test_export_writes_every_entry_as_a_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache", "export", "--to", str(folder / "out.jsonl")]) == 0
    lines = [json.loads(line) for line in (folder / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(lines) == 3
    assert len({line["key"] for line in lines}) == 3
    assert "answer to two" in json.dumps(lines)


def test_clear_forgets_them_all(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache", "clear"]) == 0
    assert "3 finished calls forgotten" in capsys.readouterr().out
    main(["cache", "info", "--json"])
    assert json.loads(capsys.readouterr().out)["entries"] == 0


def test_where_the_cache_is_off_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DSP_CACHE", "off")
    assert main(["cache", "info"]) == 2
    assert "DSP_CACHE is off" in capsys.readouterr().err
