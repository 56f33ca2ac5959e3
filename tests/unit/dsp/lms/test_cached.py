from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.cache.memory import MemoryCache
from dsp.cache.sqlite import SQLiteCache
from dsp.errors import CacheError, InputError, LMServerError
from dsp.lms.base import request_of
from dsp.lms.cached import cached
from dsp.lms.openai import OpenAI
from dsp.lms.scripted import Scripted
from dsp.testing.server import Fault, LMServer
from dsp.types.messages import LMCompletion, LMRequest
from dsp.types.usage import Usage

KEY = "sk-very-secret-0123456789"


def test_a_second_identical_call_asks_nothing_and_costs_nothing() -> None:
    inner = Scripted([LMCompletion("answer", "length", -1.5)])
    lm = cached(inner, MemoryCache())
    first, second = lm("question"), lm("question")
    assert first.completions == second.completions == (LMCompletion("answer", "length", -1.5),)
    assert first.usage.calls == 1
    assert second.usage == Usage(calls=0, cached_calls=1, prompt_tokens=0, completion_tokens=0, usd=0.0)
    assert len(inner.requests) == 1


def test_sync_and_async_share_entries_both_ways() -> None:
    inner = Scripted(["a", "b"])
    lm = cached(inner, MemoryCache())
    assert asyncio.run(lm.acall("one"))[0] == lm("one")[0] == "a"
    assert lm("two")[0] == asyncio.run(lm.acall("two"))[0] == "b"
    assert len(inner.requests) == 2


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "temperature": st.sampled_from([0.0, 0.5]),
            "max_tokens": st.sampled_from([None, 5]),
            "top_p": st.sampled_from([None, 0.5]),
            "stop": st.sampled_from([(), ("a",), ("a", "b")]),
            "seed": st.sampled_from([None, 1]),
            "rollout": st.sampled_from([0, 1]),
            "extra": st.sampled_from([{}, {"x": 1}, {"x": [1]}]),
        },
    ),
    st.sampled_from(["q", "Q", "\ud800"]),
    st.sampled_from([1, 2]),
)
def test_requests_share_a_key_exactly_when_they_differ_in_n_alone(
    settings: dict[str, object], text: str, n: int
) -> None:
    lm = cached(Scripted([]), MemoryCache())
    base = LMRequest(({"role": "user", "content": "q"},))
    other = LMRequest(({"role": "user", "content": text},), n=n, **settings)  # type: ignore[arg-type]
    assert (lm.key(base) == lm.key(other)) == (other.with_(n=1) == base)


_CONTENTS = st.sampled_from(["", "a", "b", "ab", "a\x00", "é", "[1]", None, ["a"], [{"type": "text", "text": "a"}]])
_MESSAGES = st.lists(st.fixed_dictionaries({"role": st.just("user")}, optional={"content": _CONTENTS}), min_size=1)


@given(_MESSAGES, _MESSAGES)
def test_other_messages_have_another_key_however_their_texts_are_cut(first: list[Any], second: list[Any]) -> None:
    lm = cached(Scripted([]), MemoryCache())
    keys = [lm.key(LMRequest(tuple(messages))) for messages in (first, second)]
    assert (keys[0] == keys[1]) == (first == second)


def test_models_endpoints_and_settings_do_not_share_entries() -> None:
    cache = MemoryCache()
    first = cached(Scripted(["one"], name="scripted/a"), cache)
    second = cached(Scripted(["two"], name="scripted/b"), cache)
    assert (first("q")[0], second("q")[0]) == ("one", "two")


def test_asking_for_five_when_three_are_held_asks_for_two() -> None:
    inner = Scripted(list("abcde"))
    lm = cached(inner, MemoryCache())
    assert list(lm("q", n=3, seed=5, temperature=1.0)) == ["a", "b", "c"]
    response = lm("q", n=5, seed=5, temperature=1.0)
    assert list(response) == ["a", "b", "c", "d", "e"]
    assert [(request.n, request.seed) for request in inner.requests] == [(3, 5), (2, 8)]
    assert list(lm("q", n=2, seed=5, temperature=1.0)) == ["a", "b"]
    assert len(inner.requests) == 2


def test_another_rollout_is_another_sample() -> None:
    lm = cached(Scripted(["a", "b"]), MemoryCache())
    assert [lm("q", rollout=rollout)[0] for rollout in (0, 1, 0, 1)] == ["a", "b", "a", "b"]


def test_an_error_is_not_kept() -> None:
    lm = cached(Scripted([LMServerError("down"), "up"]), MemoryCache())
    with pytest.raises(LMServerError):
        lm("q")
    assert lm("q")[0] == "up"


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b'{"format":99}', b'{"format":1}', b'{"format":1,"completions":[[1]]}', b"\xff"]
)
def test_an_entry_that_cannot_be_read_is_asked_for_again(damage: bytes) -> None:
    cache = MemoryCache()
    lm = cached(Scripted(["fresh"]), cache)
    cache.put(lm.key(request_of("q", {})), damage)
    assert lm("q")[0] == "fresh"
    assert lm("q")[0] == "fresh"


def test_an_entry_is_readable_json_and_no_pickle() -> None:
    cache = MemoryCache()
    lm = cached(Scripted(["answer \ud83d"]), cache)
    lm("q")
    entry = json.loads(cache.get(lm.key(request_of("q", {}))) or b"")
    assert entry["completions"] == [["answer \ud83d", "stop", None]]
    assert entry["usage"]["completion_tokens"] == 2


class BrokenCache:
    """A cache whose disk is full."""

    def get(self, key: str) -> bytes | None:
        raise CacheError("disk unreadable")

    def put(self, key: str, value: bytes) -> None:
        raise CacheError("disk full")


def test_a_broken_cache_costs_a_warning_and_never_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    lm = cached(Scripted(["a"]), BrokenCache())
    with caplog.at_level(logging.WARNING):
        assert lm("q")[0] == "a"
    assert "disk full" in caplog.text
    assert "disk unreadable" in caplog.text


def test_settings_that_are_no_json_are_refused() -> None:
    with pytest.raises(InputError, match="must be JSON values"):
        cached(Scripted(["a"]), MemoryCache())("q", response_format=object())


class Gate:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.asked = 0

    def __call__(self, request: LMRequest) -> str:
        self.asked += 1
        assert self.open.wait(20)
        return "answer"


def _eventually(condition: object) -> None:
    deadline = time.monotonic() + 20
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_threads_and_tasks_that_ask_the_same_at_once_make_one_request() -> None:
    gate = Gate()
    lm = cached(Scripted(gate), MemoryCache())

    async def tasks() -> list[str]:
        return [response[0] for response in await asyncio.gather(*(lm.acall("q") for _ in range(32)))]

    with ThreadPoolExecutor(33) as pool:
        loop = pool.submit(asyncio.run, tasks())
        threads = [pool.submit(lm, "q") for _ in range(32)]
        _eventually(lambda: gate.asked == 1)
        gate.open.set()
        assert loop.result() == ["answer"] * 32
        assert [thread.result()[0] for thread in threads] == ["answer"] * 32
    assert gate.asked == 1


def test_when_the_one_request_fails_all_who_waited_are_told() -> None:
    gate = threading.Event()
    asked = []

    def fail(request: LMRequest) -> LMServerError:
        asked.append(request)
        assert gate.wait(20)
        return LMServerError("down")

    lm = cached(Scripted(fail), MemoryCache())

    async def tasks() -> list[object]:
        waiting = [asyncio.create_task(lm.acall("q")) for _ in range(8)]
        while not asked:
            await asyncio.sleep(0.002)
        gate.set()
        return list(await asyncio.gather(*waiting, return_exceptions=True))

    assert [type(error) for error in asyncio.run(tasks())] == [LMServerError] * 8
    assert len(asked) == 1


def test_when_the_one_who_asks_is_called_off_another_takes_over() -> None:
    with LMServer("answer", faults=lambda number: Fault.silence() if number == 0 else None) as server:
        lm = cached(OpenAI("test", base_url=server.base_url), MemoryCache())

        async def tasks() -> str:
            first = asyncio.create_task(lm.acall("q"))
            while not server.requests:
                await asyncio.sleep(0.002)
            second = asyncio.create_task(lm.acall("q"))
            await asyncio.sleep(0.01)
            first.cancel()
            return (await second)[0]

        assert asyncio.run(tasks()) == "answer"
        assert len(server.requests) == 2


def test_a_waiter_that_is_called_off_leaves_the_flight_alone() -> None:
    gate = Gate()
    lm = cached(Scripted(gate), MemoryCache())

    async def tasks() -> str:
        first = asyncio.create_task(lm.acall("q"))
        while not gate.asked:
            await asyncio.sleep(0.002)
        second = asyncio.create_task(lm.acall("q"))
        await asyncio.sleep(0.01)
        second.cancel()
        gate.open.set()
        return (await first)[0]

    assert asyncio.run(tasks()) == "answer"
    assert gate.asked == 1


def test_a_blocking_call_inside_a_loop_does_not_wait_for_a_task_of_that_loop() -> None:
    with LMServer("answer", latency=0.05) as server:
        lm = cached(OpenAI("test", base_url=server.base_url), MemoryCache())

        async def both() -> list[str]:
            task = asyncio.create_task(lm.acall("q"))
            await asyncio.sleep(0.01)
            blocking = lm("q")[0]
            return [blocking, (await task)[0]]

        assert asyncio.run(both()) == ["answer", "answer"]


_ASK = """
import sys
from dsp.cache.sqlite import SQLiteCache
from dsp.lms.cached import cached
from dsp.lms.openai import OpenAI

lm = cached(OpenAI("test", base_url=sys.argv[1], key=lambda: sys.argv[3]), SQLiteCache(sys.argv[2]))
print(lm("Capital of France?", n=2)[1], lm("Capital of France?").usage.cached_calls)
"""


def test_a_second_process_makes_no_request_and_no_key_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    with LMServer("Paris") as server:
        command = [sys.executable, "-c", _ASK, server.base_url, str(path), KEY]
        said = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2)]
        assert said == ["Paris 1\n"] * 2
        assert len(server.requests) == 1
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert SQLiteCache(path).info().entries == 1
    for file in tmp_path.iterdir():
        assert KEY.encode() not in file.read_bytes()
