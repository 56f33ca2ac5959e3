from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

import dsp
from dsp.cache.memory import MemoryCache
from dsp.errors import InputError, LMRequestError
from dsp.lms.cached import cached
from dsp.lms.openai import OpenAI
from dsp.lms.prices import Price
from dsp.lms.recorded import History, recorded
from dsp.lms.retrying import retrying
from dsp.lms.scripted import Scripted
from dsp.testing.bodies import completion_body
from dsp.testing.server import Fault, LMServer


def test_a_call_is_shown_with_its_messages_its_answer_and_its_cost() -> None:
    history = History()
    with LMServer("Paris it is") as server:
        lm = OpenAI("test", base_url=server.base_url, price=Price(1.0, 2.0))
        whole = recorded(cached(lm, MemoryCache()), history)
        whole("Capital of France?")
        asyncio.run(whole.acall("Capital of France?"))
    shown = str(history.last(2))
    assert "[user]\nCapital of France?" in shown
    assert "[completion: stop]\nParis it is" in shown
    assert "1 calls, 0 retries, 3 + 3 tokens, $0.000009" in shown
    assert "from the cache, 0 + 0 tokens" in shown
    assert (history.usage.calls, history.usage.cached_calls) == (1, 1)


@pytest.mark.parametrize("asynchronous", [False, True])
def test_retries_of_a_call_that_succeeds_are_told(asynchronous: bool) -> None:
    history = History()
    with LMServer("yes") as server:
        server.fail(Fault.status(500), Fault.html())
        lm = recorded(retrying(OpenAI("test", base_url=server.base_url), first_wait=0.001), history)
        assert (asyncio.run(lm.acall("q")) if asynchronous else lm("q"))[0] == "yes"
    assert [story.split(" after")[0] for story in history[0].retries] == [
        "LMServerError (500)",
        "LMResponseError (200)",
    ]


def test_what_a_program_cost_counts_retries_and_the_tokens_that_the_server_had_cached() -> None:
    history = History()
    body = completion_body(["[[ ## answer ## ]]\nParis"], prompt_tokens=1000)
    body["usage"]["prompt_tokens_details"] = {"cached_tokens": 600}
    with LMServer(body) as server:
        server.fail(Fault.status(500))
        lm = OpenAI("test", base_url=server.base_url, price=Price(1.0, 2.0, 0.5))
        with dsp.context(lm=recorded(retrying(lm, first_wait=0.001), history)), dsp.record() as trace:
            dsp.Predict("question -> answer")(question="Capital of France?")
    usage = trace.usage
    assert (usage.calls, usage.retries, usage.prompt_tokens, usage.cached_tokens) == (1, 1, 1000, 600)
    assert usage.usd == pytest.approx((400 * 1.0 + 600 * 0.5 + usage.completion_tokens * 2.0) / 1e6)
    assert history[0].usage == history.usage == usage
    assert "1 calls, 1 retries, 1000 (600 of them cached) +" in str(history.last())


def test_a_call_that_fails_is_kept_with_its_error() -> None:
    history = History()
    with pytest.raises(LMRequestError):
        recorded(Scripted([LMRequestError("no such model")]), history)("q")
    assert history[0].response is None
    assert "[error]\nno such model" in str(history.last())


def test_memory_is_bounded_and_usage_counts_what_is_forgotten() -> None:
    history = History(size=3)
    lm = recorded(Scripted(lambda request: "yes"), history)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: lm(str(n)), range(50)))
    assert len(history) == 3
    assert history.usage.calls == 50
    history.clear()
    assert str(history.last()) == "no calls yet"


def test_an_error_that_is_no_lms_own_passes_through() -> None:
    history = History()
    with pytest.raises(KeyError):
        recorded(Scripted([KeyError("a bug")]), history)("q")
    assert history[0].error == "called off"


def test_sizes_and_counts_below_one_are_refused() -> None:
    with pytest.raises(InputError, match="size is 0"):
        History(0)
    with pytest.raises(InputError, match="n must be at least 1"):
        History().last(0)


def test_a_call_reads_as_dspys_users_read_a_history() -> None:
    history = History()
    lm = recorded(Scripted(["Austen"]), history)
    lm("Who wrote Emma?")
    call = lm.history[-1]
    assert call["messages"] == [{"role": "user", "content": "Who wrote Emma?"}]
    assert (call["model"], call["outputs"], call["cost"]) == ("scripted/test", ["Austen"], 0.0)
    assert sum(each["cost"] for each in lm.history if each["cost"] is not None) == 0.0
    assert call["usage"]["calls"] == 1
    with pytest.raises(KeyError, match="a call has model, messages"):
        _ = call["uuid"]
