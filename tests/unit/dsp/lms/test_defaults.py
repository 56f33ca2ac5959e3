"""An LM's own settings: they hold where nobody says otherwise, and change nothing else."""

from __future__ import annotations

import asyncio

import pytest

import dsp
from dsp.cache.memory import MemoryCache
from dsp.errors import InputError
from dsp.lms.cached import cached
from dsp.lms.defaults import with_defaults
from dsp.lms.recorded import History, recorded
from dsp.lms.scripted import Scripted


def scripted() -> Scripted:
    return Scripted(lambda request: "a")


def test_they_hold_where_a_call_says_nothing_and_give_way_where_it_does() -> None:
    inner = scripted()
    lm = with_defaults(inner, temperature=0.7, max_tokens=50)
    lm("hello")
    lm("hello", temperature=0.1)
    asyncio.run(lm.acall("hello", max_tokens=9))
    assert [(request.temperature, request.max_tokens) for request in inner.requests] == [(0.7, 50), (0.1, 50), (0.7, 9)]


def test_they_hold_for_predictors_below_their_own_settings_and_those_of_the_context() -> None:
    inner = scripted()
    lm = with_defaults(inner, temperature=0.7, max_tokens=50)
    with dsp.context(lm=lm):
        dsp.Predict("question -> answer")(question="q")
        dsp.Predict("question -> answer", temperature=0.2)(question="q")
        with dsp.context(sampling={"temperature": 1.0, "rollout": 3}):
            dsp.Predict("question -> answer", temperature=0.2)(question="q")
    assert [(request.temperature, request.max_tokens) for request in inner.requests] == [
        (0.7, 50),
        (0.2, 50),
        (1.0, 50),
    ]


def test_what_wraps_the_lm_keeps_them() -> None:
    inner = scripted()
    cached(with_defaults(inner, temperature=0.7), MemoryCache())("hello")
    assert inner.requests[0].temperature == 0.7


def test_a_copy_has_further_ones_and_leaves_the_lm_as_it_was() -> None:
    inner = scripted()
    lm = recorded(with_defaults(inner, temperature=0.7), History())
    hot = lm.copy(temperature=1.0, seed=4)
    assert (dict(lm.defaults), dict(hot.defaults)) == ({"temperature": 0.7}, {"temperature": 1.0, "seed": 4})
    hot("hello")
    assert (inner.requests[0].temperature, inner.requests[0].seed) == (1.0, 4)
    assert (hot.name, hot.fingerprint) == (inner.name, inner.fingerprint)
    assert "hello" in str(lm.inspect_history())


@pytest.mark.parametrize(
    ("wrong", "said"), [({"temperature": -1}, "temperature must be 0 or more"), ({"api_key": "x"}, "no keys")]
)
def test_what_is_no_setting_is_refused_at_once(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        with_defaults(scripted(), **wrong)


def test_rollout_id_is_another_word_for_rollout() -> None:
    lm = scripted()
    lm("hello", rollout_id=7, temperature=1.0)
    lm("hello", rollout_id=None)
    assert [request.rollout for request in lm.requests] == [7, 0]
    assert "rollout_id" not in lm.requests[0].extra
