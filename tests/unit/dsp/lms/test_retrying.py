from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.errors import (
    InputError,
    LMAuthenticationError,
    LMConnectionError,
    LMError,
    LMRateLimitError,
    LMRequestError,
    LMResponseError,
    LMServerError,
    LMTimeoutError,
)
from dsp.lms.openai import OpenAI
from dsp.lms.retrying import Retrying, retrying
from dsp.lms.scripted import Scripted
from dsp.testing.server import Fault, LMServer


@pytest.mark.parametrize("kind", [LMConnectionError, LMTimeoutError, LMRateLimitError, LMServerError, LMResponseError])
@pytest.mark.parametrize("asynchronous", [False, True])
def test_what_can_pass_is_asked_again(kind: type[LMError], asynchronous: bool) -> None:
    inner = Scripted([kind("no"), kind("no"), "yes"])
    lm = retrying(inner, first_wait=0.001)
    assert (asyncio.run(lm.acall("q")) if asynchronous else lm("q"))[0] == "yes"
    assert len(inner.requests) == 3


@pytest.mark.parametrize("error", [LMRequestError("bad"), LMAuthenticationError("no key"), ValueError("a bug")])
def test_what_will_not_change_is_not_asked_again(error: Exception) -> None:
    inner = Scripted([error, "yes"])
    with pytest.raises(type(error)) as caught:
        retrying(inner, first_wait=0.001)("q")
    assert str(caught.value) == str(error)
    assert len(inner.requests) == 1


def test_the_error_that_surfaces_is_the_last_and_tells_the_whole_story() -> None:
    script = [LMServerError("first", status=500), LMRateLimitError("second", status=429), LMTimeoutError("third")]
    with pytest.raises(LMTimeoutError) as caught:
        retrying(Scripted(script), attempts=3, first_wait=0.001)("q")
    assert str(caught.value).startswith("third; asked 3 times in ")
    assert [told.split(" after ")[0] for told in caught.value.attempts] == [
        "LMServerError (500)",
        "LMRateLimitError (429)",
        "LMTimeoutError",
    ]
    assert "waited" in caught.value.attempts[0]
    assert "waited" not in caught.value.attempts[2]


def test_waits_are_drawn_below_a_ceiling_that_doubles_up_to_the_longest() -> None:
    ceilings: list[float] = []

    def draw(low: float, high: float) -> float:
        assert low == 0.0
        ceilings.append(high)
        return 0.0

    inner = Scripted([LMServerError("no")] * 6)
    with pytest.raises(LMServerError):
        Retrying(inner, attempts=6, first_wait=1.0, longest_wait=5.0, draw=draw)("q")
    assert ceilings == [1.0, 2.0, 4.0, 5.0, 5.0]


@given(st.integers(1, 10_000), st.floats(0, 100), st.floats(0, 100))
def test_no_wait_passes_the_longest_or_begins_where_it_could_not_end(made: int, longest: float, left: float) -> None:
    lm = Retrying(Scripted([]), attempts=10_001, longest_wait=longest)
    wait = lm._wait(made, LMServerError("no"), left)
    assert wait is None or (wait <= longest and wait < left)


def test_a_server_that_asks_for_a_wait_gets_at_least_that() -> None:
    lm = Retrying(Scripted([]), first_wait=0.0)
    assert lm._wait(1, LMRateLimitError("no", retry_after=7.5), 100.0) == 7.5


def test_a_wait_asked_for_that_is_too_long_ends_the_attempts_at_once() -> None:
    inner = Scripted([LMRateLimitError("no", retry_after=3600.0), "yes"])
    with pytest.raises(LMRateLimitError):
        retrying(inner, seconds=60)("q")
    assert len(inner.requests) == 1


def test_every_fault_of_a_server_that_can_pass_is_passed() -> None:
    faults = [
        Fault.status(429, headers={"Retry-After": "0.01"}),
        Fault.status(500),
        Fault.html(),
        Fault.truncated(),
        Fault.drop(),
        Fault.drop(after=9),
        Fault.json({"choices": []}),
        Fault.json({"choices": [{"message": {"content": None}}]}),
        Fault.silence(),
    ]
    with LMServer("yes") as server:
        server.fail(*faults)
        lm = retrying(OpenAI("test", base_url=server.base_url, timeout=0.3), attempts=10, first_wait=0.001)
        assert lm("q")[0] == "yes"
        assert len(server.requests) == len(faults) + 1


@pytest.mark.parametrize("settings", [{"attempts": 0}, {"seconds": -1.0}, {"first_wait": -1.0}, {"longest_wait": -1.0}])
def test_bounds_that_make_no_sense_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(InputError):
        Retrying(Scripted([]), **settings)  # type: ignore[arg-type]
