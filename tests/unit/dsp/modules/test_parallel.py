from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dsp
from dsp.errors import InputError, LMAuthenticationError, ParseError
from dsp.execution.sequential import Sequential
from dsp.execution.tasks import Tasks
from dsp.execution.threads import Threads
from dsp.lms.scripted import Scripted
from dsp.modules.module import Module
from dsp.modules.parallel import Parallel
from dsp.modules.predict import Predict
from dsp.trace import record
from dsp.types.example import Example
from dsp.types.prediction import Prediction


class Double(Module):
    awaits_modules_only = True

    async def aforward(self, number: int) -> Prediction:
        if number < 0:
            raise ParseError(f"{number} is below 0", completion=str(number))
        return Prediction(number=2 * number)


class Meeting(Module):
    """Ends only when another call is there at the same time."""

    def __init__(self, barrier: threading.Barrier) -> None:
        self.barrier = barrier

    def forward(self) -> Prediction:
        self.barrier.wait(30)
        return Prediction()


@pytest.mark.parametrize("executor", [None, Sequential(), Threads(3), Tasks(3)])
@given(numbers=st.lists(st.integers(0, 100), max_size=8))
def test_results_come_in_the_order_of_the_calls(executor: Any, numbers: list[int]) -> None:
    pairs = [(Double(), {"number": number}) for number in numbers]
    parallel = Parallel(2, executor=executor)
    expected = [2 * number for number in numbers]
    assert [each.number for each in parallel(pairs)] == expected
    assert [each.number for each in asyncio.run(parallel.acall(pairs))] == expected


def test_inputs_are_an_example_a_mapping_or_a_tuple() -> None:
    example = Example(number=1, answer=2).with_inputs("number")
    pairs = [(Double(), given) for given in (example, Example(number=2), {"number": 3}, (4,), [5])]
    assert [each.number for each in Parallel()(pairs)] == [2, 4, 6, 8, 10]


def test_an_example_is_handed_over_whole_where_that_is_asked() -> None:
    class Takes(Module):
        def forward(self, example: Example) -> Prediction:
            return Prediction(example)

    example = Example(number=1, answer=2).with_inputs("number")
    assert Parallel(access_examples=False)([(Takes(), example)])[0].answer == 2


def test_calls_run_at_the_same_time() -> None:
    barrier = threading.Barrier(2)
    assert len(Parallel(2)([(Meeting(barrier), ()), (Meeting(barrier), ())])) == 2
    assert len(asyncio.run(Parallel(2).acall([(Meeting(barrier), ()), (Meeting(barrier), ())]))) == 2


def test_calls_see_the_callers_settings_and_traces() -> None:
    with dsp.context(lm=Scripted(lambda request: "a")), record() as trace:
        Parallel(2)([(Predict("question -> answer"), {"question": "q"})] * 3)
    assert [step.kind for step in trace] == ["predict"] * 3


def test_the_first_error_is_raised_unless_some_may_fail() -> None:
    pairs = [(Double(), {"number": number}) for number in (1, -1, 3, -2)]
    with pytest.raises(ParseError, match="-1 is below 0"):
        Parallel(1)(pairs)
    with pytest.raises(ParseError, match="-2 is below 0"):
        Parallel(1, max_errors=1)(pairs)
    results, failed, errors = Parallel(1, max_errors=2, return_failed_examples=True)(pairs)
    assert [each and each.number for each in results] == [2, None, 6, None]
    assert failed == [{"number": -1}, {"number": -2}]
    assert [type(error) for error in errors] == [ParseError, ParseError]
    assert asyncio.run(Parallel(max_errors=2).acall(pairs))[1] is None


def test_an_error_that_will_come_every_time_is_raised_whatever_may_fail() -> None:
    refused = Predict("question -> answer", lm=Scripted(lambda request: LMAuthenticationError("no key")))
    with pytest.raises(LMAuthenticationError):
        Parallel(max_errors=9)([(refused, {"question": "q"})] * 2)


def test_what_cannot_be_called_is_refused() -> None:
    with pytest.raises(InputError, match="num_threads must be at least 1, but got 0"):
        Parallel(0)
    with pytest.raises(InputError, match="max_errors must be 0 or more"):
        Parallel(max_errors=-1)
    with pytest.raises(InputError, match="pairs"):
        Parallel()([Double()])  # type: ignore[list-item]
    with pytest.raises(InputError, match="an Example, a mapping or a tuple, but got str"):
        Parallel()([(Double(), "1")])
