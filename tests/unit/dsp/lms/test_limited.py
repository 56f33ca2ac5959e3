from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from dsp.errors import InputError, LMRateLimitError, LMServerError
from dsp.lms.limited import Limited, limited
from dsp.lms.openai import OpenAI
from dsp.lms.scripted import Scripted
from dsp.testing.server import Fault, LMServer
from dsp.types.messages import LMRequest


class Clock:
    """A clock that a test moves. `tick` moves it and wakes the gate, as the background loop would in time."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def tick(self, lm: Limited, seconds: float) -> None:
        self.now += seconds
        lm._wake()


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_no_more_are_out_than_allowed_from_threads_and_tasks_together() -> None:
    with LMServer("yes", latency=0.02) as server:
        lm = limited(OpenAI("test", base_url=server.base_url), in_flight=3)

        async def tasks() -> None:
            await asyncio.gather(*(lm.acall(f"task {n}") for n in range(20)))

        with ThreadPoolExecutor(9) as pool:
            loop = pool.submit(asyncio.run, tasks())
            list(pool.map(lambda n: lm(f"thread {n}"), range(20)))
            loop.result()
        assert len(server.requests) == 40
        assert server.most_in_flight == 3


def test_requests_are_let_in_in_the_order_they_came() -> None:
    inner = Scripted(lambda request: "yes")
    lm = limited(inner, in_flight=1)

    async def tasks() -> None:
        await asyncio.gather(*(lm.acall(str(n)) for n in range(50)))

    asyncio.run(tasks())
    assert [request.messages[0]["content"] for request in inner.requests] == [str(n) for n in range(50)]


def test_the_minutes_requests_used_up_the_next_one_waits_for_the_window() -> None:
    clock, inner = Clock(), Scripted(lambda request: "yes")
    lm = Limited(inner, requests_per_minute=2, clock=clock)
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(lm, str(n)) for n in range(4)]
        eventually(lambda: len(inner.requests) == 2)
        clock.tick(lm, 59.9)
        assert len(inner.requests) == 2
        clock.tick(lm, 0.1)
        eventually(lambda: len(inner.requests) == 4)
        assert [call.result()[0] for call in calls] == ["yes"] * 4


def test_tokens_are_guessed_before_and_corrected_after() -> None:
    clock, inner = Clock(), Scripted(lambda request: "w " * 10)
    lm = Limited(inner, tokens_per_minute=100, clock=clock)
    for n in range(6):
        lm(f"{n} two", max_tokens=10)
    assert lm._tokens is not None
    assert lm._tokens.wait(clock.now, 28) == 0.0
    assert lm._tokens.wait(clock.now, 29) == 60.0


def test_a_server_that_asks_to_wait_is_left_alone_until_then() -> None:
    clock = Clock()
    with LMServer("yes") as server, ThreadPoolExecutor(1) as pool:
        lm = Limited(OpenAI("test", base_url=server.base_url), clock=clock)
        server.fail(Fault.status(429, headers={"Retry-After": "30"}))
        with pytest.raises(LMRateLimitError):
            lm("first")
        call = pool.submit(lm, "second")
        eventually(lambda: len(lm._queue) == 1)
        clock.tick(lm, 29)
        assert len(server.requests) == 1
        clock.tick(lm, 1)
        assert call.result()[0] == "yes"


def test_a_server_that_says_nothing_is_left_is_left_alone_until_its_reset() -> None:
    clock = Clock()
    headers = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "20s"}
    with LMServer("yes", headers=headers) as server, ThreadPoolExecutor(1) as pool:
        lm = Limited(OpenAI("test", base_url=server.base_url), clock=clock)
        lm("first")
        call = pool.submit(lm, "second")
        eventually(lambda: len(lm._queue) == 1)
        clock.tick(lm, 20)
        assert call.result()[0] == "yes"


def test_an_alarm_wakes_the_queue_without_anyones_help() -> None:
    with LMServer("yes") as server:
        lm = limited(OpenAI("test", base_url=server.base_url))
        server.fail(Fault.status(429, headers={"Retry-After": "0.05"}))
        with pytest.raises(LMRateLimitError):
            lm("first")
        begun = time.monotonic()
        assert lm("second")[0] == "yes"
        assert time.monotonic() - begun > 0.03


def test_a_caller_that_is_called_off_leaves_the_queue_and_gives_back_its_place() -> None:
    gate = threading.Event()

    def hold(request: LMRequest) -> str:
        assert gate.wait(20)
        return "yes"

    lm = limited(Scripted(hold), in_flight=1)

    async def tasks() -> str:
        first = asyncio.create_task(lm.acall("first"))
        await asyncio.sleep(0.01)
        second = asyncio.create_task(lm.acall("second"))
        third = asyncio.create_task(lm.acall("third"))
        await asyncio.sleep(0.01)
        second.cancel()
        gate.set()
        await first
        return (await third)[0]

    assert asyncio.run(tasks()) == "yes"
    assert lm._out == 0


def test_an_error_gives_back_its_place() -> None:
    lm = limited(Scripted([LMServerError("no"), "yes"]), in_flight=1)
    with pytest.raises(LMServerError):
        lm("q")
    assert lm("q")[0] == "yes"


@pytest.mark.parametrize("name", ["requests_per_minute", "tokens_per_minute", "in_flight"])
def test_a_limit_that_lets_nothing_through_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=f"{name} must be at least 1, but got 0"):
        limited(Scripted([]), **{name: 0})
