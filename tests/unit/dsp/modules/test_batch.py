"""`program.batch`: predictions in order, errors bounded and told, nothing lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import dsp
from dsp.errors import EvaluationError, InputError, LMBudgetError, SettingsError
from dsp.execution.sequential import Sequential
from dsp.execution.tasks import Tasks
from dsp.execution.threads import Threads
from dsp.types.example import Example
from dsp.types.prediction import Prediction


class Doubles(dsp.Module):
    def forward(self, number: int) -> Prediction:
        if number < 0:
            raise ValueError(f"{number} is negative")
        return Prediction(double=2 * number)


class AwaitsDoubles(dsp.Module):
    async def aforward(self, number: int) -> Prediction:
        await asyncio.sleep(0)
        return Doubles()(number=number)


EXECUTORS = [Sequential(), Threads(4), Tasks(4)]


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("make", [Doubles, AwaitsDoubles])
def test_predictions_come_in_the_examples_order(make: type[dsp.Module], executor: Any) -> None:
    examples = [Example(number=number, label="x").with_inputs("number") for number in range(50)]
    seen: list[tuple[int, int]] = []
    done = make().batch(examples, executor=executor, progress=lambda *told: seen.append(told))
    assert [each.double for each in done] == [2 * number for number in range(50)]
    assert seen == [(number, 50) for number in range(1, 51)]


@pytest.mark.parametrize("executor", EXECUTORS)
def test_what_fails_is_none_and_told_and_the_others_go_on(executor: Any) -> None:
    given = [{"number": number} for number in (1, -2, 3, -4)]
    assert [each and each.double for each in Doubles().batch(given, executor=executor)] == [2, None, 6, None]
    done, failed, errors = Doubles().batch(given, executor=executor, return_failed_examples=True)
    assert [each and each.double for each in done] == [2, None, 6, None]
    assert failed == [{"number": -2}, {"number": -4}]
    assert [str(error) for error in errors] == ["-2 is negative", "-4 is negative"]
    assert errors[0].__traceback__ is not None


@pytest.mark.parametrize("executor", EXECUTORS)
def test_more_failures_than_allowed_end_it_with_the_first(executor: Any) -> None:
    with pytest.raises(
        EvaluationError, match=r"at most 2 examples .* but 3 did; the first was .*is negative"
    ) as caught:
        Doubles().batch([{"number": -1}] * 9, max_errors=2, executor=executor)
    assert len(caught.value.failures) >= 3


def test_ten_may_fail_where_nobody_says() -> None:
    assert Doubles().batch([{"number": -1}] * 10) == [None] * 10
    with pytest.raises(EvaluationError):
        Doubles().batch([{"number": -1}] * 11)


def test_what_every_example_would_meet_is_raised_at_once() -> None:
    with pytest.raises(SettingsError):
        dsp.Predict("question -> answer").batch([{"question": "q"}] * 3)


class Spends(dsp.Module):
    def __init__(self) -> None:
        self.asked = 0

    def forward(self, number: int) -> Prediction:
        self.asked += 1
        if number == 2:
            raise LMBudgetError("2 calls are spent")
        return Prediction(number=number)


def test_a_spent_budget_ends_it_and_hands_back_what_was_finished() -> None:
    program, given = Spends(), [{"number": number} for number in range(6)]
    done, failed, errors = program.batch(given, executor=Sequential(), return_failed_examples=True)
    assert [each and each.number for each in done] == [0, 1, None, None, None, None]
    assert (failed, program.asked) == (given[2:], 3)
    assert {type(error) for error in errors} == {LMBudgetError}
    with pytest.raises(LMBudgetError):
        Spends().batch(given, executor=Sequential())


def test_settings_and_traces_of_the_caller_are_seen(oracle: Any, retriever: Any, world: Any) -> None:
    with dsp.context(lm=oracle, rm=retriever), dsp.record() as trace:
        done = dsp.MultiHop(k=2).batch(world.examples, num_threads=3)
    assert [each.answer for each in done] == [example.answer for example in world.examples]
    assert len([step for step in trace if step.kind == "predict"]) == 2 * len(world.examples)


def test_dspys_parameters_are_taken() -> None:
    done = Doubles().batch(
        [Example(number=1).with_inputs("number")],
        num_threads=2,
        max_errors=1,
        return_failed_examples=False,
        provide_traceback=True,
        disable_progress_bar=True,
        timeout=120,
        straggler_limit=3,
    )
    assert done[0].double == 2


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"num_threads": 0}, "workers must be at least 1"),
        ({"max_errors": -1}, "max_errors must be 0 or more"),
        ({"num_threads": 2, "executor": Sequential()}, "got both"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Doubles().batch([{"number": 1}], **settings)


def test_what_is_no_example_is_refused_before_anything_runs() -> None:
    program = Spends()
    with pytest.raises(InputError, match="takes examples, or mappings of inputs, but got 'q'"):
        program.batch([{"number": 1}, "q"])  # type: ignore[list-item]
    assert program.asked == 0
    assert program.batch([]) == []
