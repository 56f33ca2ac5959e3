from __future__ import annotations

import asyncio

import pytest

from dsp.cache.memory import MemoryCache
from dsp.errors import InputError, LMBudgetError, LMServerError
from dsp.lms.budgeted import Budget, budgeted
from dsp.lms.cached import cached
from dsp.lms.openai import OpenAI
from dsp.lms.prices import Price
from dsp.lms.scripted import Scripted
from dsp.testing.server import LMServer


def test_the_limit_of_calls_is_exact_even_when_they_run_at_once() -> None:
    with LMServer("yes", latency=0.02) as server:
        budget = Budget(calls=5)
        lm = budgeted(OpenAI("test", base_url=server.base_url), budget)

        async def tasks() -> list[object]:
            return list(await asyncio.gather(*(lm.acall(str(n)) for n in range(20)), return_exceptions=True))

        ended = asyncio.run(tasks())
    assert sum(isinstance(each, LMBudgetError) for each in ended) == 15
    assert len(server.requests) == 5
    assert budget.spent.calls == 5


def test_tokens_end_a_budget_and_the_answer_that_ended_it_is_handed_over() -> None:
    budget = Budget(tokens=10)
    lm = budgeted(Scripted(lambda request: "three short words"), budget)
    assert lm("three more words")[0] == "three short words"
    assert lm("three more words")[0] == "three short words"
    with pytest.raises(LMBudgetError, match="12 of 10 tokens are spent"):
        lm("three more words")


def test_dollars_end_a_budget() -> None:
    with LMServer("one two") as server:
        lm = budgeted(OpenAI("test", base_url=server.base_url, price=Price(1e6, 2e6)), Budget(usd=9.0))
        assert lm("a")[0] == "one two"
        lm("b")
        with pytest.raises(LMBudgetError, match=r"\$10.0000 of \$9.0000"):
            lm("c")


def test_an_unknown_price_is_not_free() -> None:
    with LMServer("yes") as server:
        lm = budgeted(OpenAI("test", base_url=server.base_url), Budget(usd=9.0))
        lm("a")
        with pytest.raises(LMBudgetError, match="a price is unknown: give the LM a price"):
            lm("b")


def test_seconds_count_from_the_first_call() -> None:
    now = 50.0
    budget = Budget(seconds=10, clock=lambda: now)
    lm = budgeted(Scripted(lambda request: "yes"), budget)
    now = 90.0
    lm("a")
    now = 99.0
    lm("b")
    now = 100.0
    with pytest.raises(LMBudgetError, match=r"10\.0 of 10 seconds"):
        lm("c")
    assert budget.exhausted()


def test_what_the_cache_knows_stays_free_when_all_is_spent() -> None:
    lm = cached(budgeted(Scripted(["yes"]), Budget(calls=1)), MemoryCache())
    assert lm("q")[0] == "yes"
    assert lm("q")[0] == "yes"
    with pytest.raises(LMBudgetError):
        lm("another")


def test_a_failed_call_costs_nothing_and_one_budget_may_serve_many() -> None:
    budget = Budget(calls=2)
    first, second = budgeted(Scripted([LMServerError("no"), "a"]), budget), budgeted(Scripted(["b"]), budget)
    with pytest.raises(LMServerError):
        first("q")
    assert (first("q")[0], second("q")[0]) == ("a", "b")
    with pytest.raises(LMBudgetError, match="2 of 2 calls"):
        second("q")


def test_a_negative_budget_is_refused() -> None:
    with pytest.raises(InputError, match="tokens is -1"):
        Budget(tokens=-1)
