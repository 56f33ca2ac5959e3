from __future__ import annotations

from pathlib import Path

import pytest

from dsp import wiring
from dsp.errors import CacheError, InputError, UnknownNameError
from dsp.execution.tasks import Tasks
from dsp.execution.threads import Threads
from dsp.lms.base import LocalLM
from dsp.lms.registry import PROVIDERS, lm_from_name
from dsp.lms.scripted import Scripted
from dsp.protocols import LM
from indexes.errors import NotAnIndexError


def asked(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """A provider of the name `counted`, whose LM counts what it is asked."""
    lm = Scripted(lambda request: "a", name="counted")
    monkeypatch.setitem(PROVIDERS._loaded, "counted", lambda: lm)
    return lm


def test_the_environment_says_where_the_cache_and_the_runs_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DSP_CACHE", str(tmp_path / "c"))
    monkeypatch.setenv("DSP_RUNS", str(tmp_path / "r"))
    assert wiring.cache_folder() == tmp_path / "c"
    assert wiring.runs_folder() == tmp_path / "r"


@pytest.mark.parametrize("word", ["off", "OFF", "Off"])
def test_the_cache_may_be_off(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("DSP_CACHE", word)
    assert wiring.cache_folder() is None


def test_where_nothing_is_said_both_are_in_the_users_own_folders(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DSP_CACHE")
    monkeypatch.setenv("DSP_RUNS", "")
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert wiring.cache_folder() == tmp_path / ".cache" / "dsp"
    assert wiring.runs_folder() == tmp_path / ".local" / "state" / "dsp" / "runs"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "y"))
    assert wiring.cache_folder() == tmp_path / "x" / "dsp"
    assert wiring.runs_folder() == tmp_path / "y" / "dsp" / "runs"


def test_an_lm_is_asked_once_for_the_same_thing_in_this_run_and_the_next(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DSP_CACHE", str(tmp_path))
    lm = asked(monkeypatch)
    for _ in range(2):
        made = wiring.make_lm("counted")
        assert [made("hello")[0], made("hello")[0]] == ["a", "a"]  # type: ignore[operator]
    assert len(lm.requests) == 1


def test_with_the_cache_off_it_is_asked_every_time_and_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    lm = asked(monkeypatch)
    made = wiring.make_lm("counted")
    made("hello")  # type: ignore[operator]
    made("hello")  # type: ignore[operator]
    assert len(lm.requests) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_cache_that_cannot_be_made_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DSP_CACHE", str(tmp_path / "file" / "below"))
    with pytest.raises(CacheError, match=str(tmp_path / "file")):
        wiring.make_lm("extractive")("hello")  # type: ignore[operator]


def test_an_unknown_lm_is_refused_with_the_close_ones() -> None:
    with pytest.raises(UnknownNameError, match='unknown LM "extractiv": did you mean extractive'):
        wiring.make_lm("extractiv")
    with pytest.raises(InputError, match='"openai/"'):
        wiring.make_lm("openai/")


def test_an_lm_that_computes_here_gets_threads_and_one_that_is_waited_for_tasks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    local: LM = wiring.make_lm("extractive")
    remote: LM = wiring.make_lm("openai/some-model")
    assert isinstance(lm_from_name("extractive"), LocalLM)
    assert isinstance(wiring.executor_for(local, 3), Threads)
    assert isinstance(wiring.executor_for(local, None), Threads)
    assert isinstance(wiring.executor_for(remote, 3), Tasks)
    for lm in (local, remote):
        for concurrency in (0, -1):
            with pytest.raises(InputError, match=f"must be at least 1, but got {concurrency}"):
                wiring.executor_for(lm, concurrency)


def test_an_index_is_opened_or_refused_by_its_folder(index_dir: Path, tmp_path: Path) -> None:
    with wiring.open_index(index_dir) as index:
        assert index.search("Emma", 1)[0].title == "Emma"
    with pytest.raises(NotAnIndexError, match=str(tmp_path)):
        wiring.open_index(tmp_path)
