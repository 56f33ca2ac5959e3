from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.errors import InputError, LMAuthenticationError, LMServerError, ParseError
from dsp.lms.scripted import Scripted
from dsp.modules.best_of_n import BestOfN, read_reward
from dsp.modules.predict import Predict
from dsp.trace import record
from dsp.types.example import Example
from dsp.types.prediction import Prediction


def qa(*lines: Any) -> Predict:
    return Predict("question -> answer", lm=Scripted(lines))


def requests(predictor: Predict) -> list[Any]:
    assert isinstance(predictor.lm, Scripted)
    return predictor.lm.requests


def as_number(inputs: dict[str, Any], prediction: Prediction) -> float:
    return float(prediction.answer)


@given(rewards=st.lists(st.integers(0, 9), min_size=1, max_size=6), threshold=st.integers(0, 10))
def test_it_gives_the_best_and_stops_at_the_first_that_is_good_enough(rewards: list[int], threshold: int) -> None:
    program = qa(*map(str, rewards))
    answer = BestOfN(program, len(rewards), as_number, threshold)(question="q").answer
    enough = next((number for number, reward in enumerate(rewards) if reward >= threshold), len(rewards) - 1)
    assert len(requests(program)) == enough + 1
    assert float(answer) == max(rewards[: enough + 1])


def test_every_run_is_a_sample_with_a_rollout_of_its_own() -> None:
    program = qa(*"123")
    BestOfN(program, 3, as_number, 9)(question="q")
    assert {request.temperature for request in requests(program)} == {1.0}
    assert len({request.rollout for request in requests(program)}) == 3


def test_config_goes_over_the_temperature_and_awaiting_gives_the_same() -> None:
    program = qa(*"13")
    best = BestOfN(program, 2, as_number, 9)
    assert asyncio.run(best.acall(question="q", config={"temperature": 0.1})).answer == "3"
    assert requests(program)[0].temperature == 0.1


def test_the_reward_sees_the_inputs() -> None:
    best = BestOfN(qa("b", "a"), 2, lambda inputs, prediction: inputs["question"] == prediction.answer, 1)
    assert best(question="a").answer == "a"


def test_the_trace_holds_every_run_the_best_last_and_only_it_is_learnt_from() -> None:
    program = qa(*"291")
    with record() as trace:
        BestOfN(program, 3, as_number, 10)(question="q")
    assert [step.outputs["answer"] for step in trace] == ["2", "1", "9"]
    assert [step.source is program for step in trace] == [False, False, True]
    assert trace.usage.calls == 3


def test_some_runs_may_fail() -> None:
    assert BestOfN(qa(ParseError("x"), "1"), 2, as_number, 1)(question="q").answer == "1"
    with pytest.raises(ParseError):
        BestOfN(qa(ParseError("x"), "1"), 2, as_number, 1, fail_count=0)(question="q")
    with pytest.raises(LMServerError, match="second"):
        BestOfN(qa(LMServerError("first"), LMServerError("second")), 2, as_number, 1)(question="q")
    with pytest.raises(LMAuthenticationError):
        BestOfN(qa(LMAuthenticationError("no key"), "1"), 2, as_number, 1)(question="q")


@pytest.mark.parametrize("reward", [None, "high", float("nan"), (1.0,), {"feedback": "x"}])
def test_a_reward_that_is_no_number_is_refused_and_its_cost_still_counted(reward: Any) -> None:
    with record() as trace, pytest.raises(InputError, match="a reward must be a finite number"):
        BestOfN(qa("a"), 1, lambda inputs, prediction: reward, 1)(question="q")
    assert trace.usage.calls == 1


def test_a_reward_may_say_what_was_wrong() -> None:
    assert read_reward(True) == (1.0, "")
    assert read_reward((0.5, "too long")) == read_reward({"score": 0.5, "feedback": "too long"}) == (0.5, "too long")


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InputError, match="N must be at least 1, but got 0"):
        BestOfN(qa(), 0, as_number, 1)
    with pytest.raises(InputError, match="fail_count must be 0 or more"):
        BestOfN(qa(), 1, as_number, 1, fail_count=-1)


def test_it_is_saved_and_loaded(tmp_path: Path) -> None:
    best = BestOfN(qa(), 3, as_number, 1)
    best.predictors()[0].demos = [Example(question="q", answer="a")]
    best.save(tmp_path / "best.json")
    other = BestOfN(qa(), 3, as_number, 1)
    other.load(tmp_path / "best.json")
    assert other.dump_state() == best.dump_state()
