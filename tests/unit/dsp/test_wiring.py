from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

import dsp
from dsp import wiring
from dsp.errors import CacheError, InputError, LMServerError, UnknownNameError
from dsp.execution.tasks import Tasks
from dsp.execution.threads import Threads
from dsp.lms.base import LocalLM
from dsp.lms.keys import Given
from dsp.lms.registry import PROVIDERS, lm_from_name
from dsp.lms.scripted import Scripted
from dsp.protocols import LM
from dsp.testing.server import Fault, LMServer
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


def test_an_lm_is_made_as_dspys_users_make_it() -> None:
    with LMServer(answer="[[ ## answer ## ]]\nAusten") as server:
        lm = wiring.make_lm(
            "openai/some-model", api_base=server.base_url, api_key="k-1", temperature=0.3, max_tokens=7, cache=False
        )
        with dsp.context(lm=lm):
            assert dsp.Predict("question -> answer")(question="Who?").answer == "Austen"
        sent = server.requests[-1]
    assert (sent.body["model"], sent.body["temperature"], sent.body["max_tokens"]) == ("some-model", 0.3, 7)
    assert sent.headers["authorization"] == "Bearer k-1"
    assert "k-1" not in repr(lm)


def test_a_key_given_in_code_is_not_pickled() -> None:
    with pytest.raises(TypeError, match="set the provider's environment variable"):
        pickle.dumps(Given("k-1"))
    assert repr(Given("k-1")) == "Given(…)"


@pytest.mark.parametrize("name", ["ollama/llama3", "ollama_chat/llama3"])
def test_a_server_of_ones_own_needs_no_key_and_ollamas_address_no_version(name: str) -> None:
    made = wiring.make_lm(name, api_base="http://localhost:11434", api_key="", cache=False)
    assert made.fingerprint == "http://localhost:11434/v1 llama3"


def test_calls_that_are_not_to_be_cached_are_made_each_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DSP_CACHE", str(tmp_path / "cache"))
    lm = asked(monkeypatch)
    made = wiring.make_lm("counted", cache=False)
    made("hello")  # type: ignore[operator]
    made("hello")  # type: ignore[operator]
    assert len(lm.requests) == 2


def test_it_is_asked_again_as_often_as_was_said() -> None:
    with LMServer(faults=lambda number: Fault.status(500)) as server:
        made = wiring.make_lm("openai/m", api_base=server.base_url, api_key="k", num_retries=0, cache=False)
        with pytest.raises(LMServerError):
            made("hello")  # type: ignore[operator]
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"model_type": "text"}, 'model_type must be "chat" or "responses"'),
        ({"headers": {}}, "no keys and no addresses"),
        ({"temperature": -1}, "temperature must be 0 or more"),
    ],
)
def test_an_lm_that_is_made_wrongly_is_refused_at_once(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        wiring.make_lm("openai/m", **options)


@pytest.mark.parametrize(
    ("disk", "memory", "kept_by_one", "kept_by_the_next"),
    [(True, True, True, True), (True, False, True, True), (False, True, True, True), (False, False, False, False)],
)
def test_the_cache_is_configured_as_dspys_users_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, disk: bool, memory: bool, kept_by_one: bool, kept_by_the_next: bool
) -> None:
    monkeypatch.setattr(wiring, "_keeping", wiring._keeping)  # put back afterwards
    lm = asked(monkeypatch)
    dsp.configure_cache(enable_disk_cache=disk, enable_memory_cache=memory, disk_cache_dir=tmp_path / "calls")
    one, other = wiring.make_lm("counted"), wiring.make_lm("counted")
    one("hello")  # type: ignore[operator]
    one("hello")  # type: ignore[operator]
    assert len(lm.requests) == (1 if kept_by_one else 2)
    other("hello")  # type: ignore[operator]
    assert len(lm.requests) == (1 if kept_by_the_next else 3)
    assert (tmp_path / "calls").exists() is disk
    assert wiring.cache_folder() == (tmp_path / "calls" if disk else None)
