"""A home that cannot be written to: what costs nothing goes on, what costs money says so."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from dsp import wiring
from dsp.errors import CacheError
from dsp.testing.server import LMServer


@pytest.fixture
def closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file where the folders would be: nothing can be made below it, whoever asks."""
    path = tmp_path / "file"
    path.touch()
    for name in ("DSP_CACHE", "DSP_RUNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(path))
    monkeypatch.setenv("XDG_STATE_HOME", str(path))
    return path


@pytest.mark.usefixtures("closed")
def test_the_embedded_lm_answers_without_a_cache() -> None:
    assert len(wiring.make_lm("extractive")("Say hello")) == 1


@pytest.mark.usefixtures("closed")
def test_an_lm_that_costs_money_is_not_asked_where_its_answers_cannot_be_kept() -> None:
    with LMServer("hello") as server:
        with pytest.raises(CacheError):
            wiring.make_lm(f"{server.base_url}#model")("Say hello")
        assert server.requests == []


@pytest.mark.usefixtures("closed")
def test_runs_are_recorded_in_a_temporary_folder() -> None:
    assert wiring.runs_folder().is_relative_to(tempfile.gettempdir())


def test_a_folder_that_was_chosen_is_never_exchanged(closed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSP_RUNS", str(closed / "below"))
    assert wiring.runs_folder() == closed / "below"
