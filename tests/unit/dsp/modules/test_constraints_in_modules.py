"""An asserting program inside the modules that run programs several times: each of its runs backtracks by itself."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest

import dsp
from dsp.errors import FailedAssertionError
from dsp.execution.threads import Threads
from dsp.lms.base import LocalLM
from dsp.modules.constraint_counts import Constraint
from dsp.types.messages import LMCompletion, LMRequest, LMResponse, text_of
from dsp.types.usage import Usage

MARKS = Constraint("assert", "marks")
PAST = re.compile(r"\[\[ ## past_answer ## \]\]\n(.*?)\n\n\[\[ ## ", re.S)


class Marks(LocalLM):
    """Answers with as many marks as it was asked for by feedback, plus one; it remembers what each sample was told.

    Every answer says which sample (rollout) it belongs to, so that whatever strays into another sample shows.
    """

    name = "marks"

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.requests: list[LMRequest] = []

    def complete(self, request: LMRequest) -> LMResponse:
        with self.lock:
            self.requests.append(request)
        past = PAST.findall(text_of(request.messages[-1]))
        number = max((len(marks) for each in past for marks in re.findall("!+", each)), default=0) + 1
        text = f"[[ ## answer ## ]]\n{request.temperature}{'!' * number}"
        return LMResponse(tuple(LMCompletion(text) for _ in range(request.n)), Usage(1, 0, 1, 1, 0.0), self.name)


class Insisting(dsp.Module):
    """Wants three marks: two of its tries are refused, the third will do."""

    awaits_modules_only = True

    def __init__(self, wanted: int = 3) -> None:
        self.write = dsp.Predict("question -> answer")
        self.wanted = wanted

    async def aforward(self, question: str) -> dsp.Prediction:
        prediction = await self.write.acall(question=question)
        marks = prediction.answer.count("!")
        dsp.Assert(marks >= self.wanted, "Put another mark.", self.write, name="marks")
        return prediction


def reward(inputs: Mapping[str, Any], prediction: dsp.Prediction) -> float:
    return float(prediction.answer.count("!") == 99)


Make = Callable[[dsp.Module], dsp.Module]
RUNS = 3
MODULES: dict[str, Make] = {
    "Majority": lambda program: dsp.Majority(program, n=RUNS),
    "Majority in threads": lambda program: dsp.Majority(program, n=RUNS, executor=Threads(RUNS)),
    "BestOfN": lambda program: dsp.BestOfN(program, N=RUNS, reward_fn=reward, threshold=1.0),
    "Ensemble": lambda program: dsp.Ensemble([program, program.deepcopy(), program.deepcopy()]),
    "Ensemble in threads": lambda program: dsp.Ensemble([program.deepcopy()] * RUNS, executor=Threads(RUNS)),
}


def message_of(request: LMRequest) -> str:
    return text_of(request.messages[-1])


def called(module: dsp.Module, awaited: bool, **inputs: Any) -> dsp.Prediction:
    return asyncio.run(module.acall(**inputs)) if awaited else module(**inputs)


@pytest.mark.parametrize("awaited", [False, True])
@pytest.mark.parametrize("name", MODULES)
def test_every_run_inside_is_asked_again_until_it_holds(name: str, awaited: bool) -> None:
    lm = Marks()
    with dsp.context(lm=lm), dsp.count_constraints() as counts:
        prediction = called(MODULES[name](Insisting()), awaited, question="q")
    assert prediction.answer.endswith("!!!")
    assert not prediction.answer.endswith("!!!!")
    assert len(lm.requests) == 3 * RUNS
    count = counts[MARKS]
    assert (count.checked, count.failed, count.recovered, count.backtracks) == (RUNS, RUNS, RUNS, 2 * RUNS)


@pytest.mark.parametrize("awaited", [False, True])
def test_what_refine_tells_the_next_run_stays_apart_from_what_a_constraint_tells_the_next_try(awaited: bool) -> None:
    lm = Marks()
    module = dsp.Refine(Insisting(), N=2, reward_fn=reward, threshold=1.0, advise=False)
    with dsp.context(lm=lm), dsp.count_constraints() as counts:
        assert called(module, awaited, question="q").answer.endswith("!!!")
    assert [message_of(request).count("Put another mark.") for request in lm.requests] == [0, 1, 1, 0]
    assert "Try 1 earned 0, and 1 is wanted." in message_of(lm.requests[3])  # it begins where the first run ended
    assert (counts[MARKS].checked, counts[MARKS].failed, counts[MARKS].backtracks) == (2, 1, 2)


@pytest.mark.parametrize("awaited", [False, True])
@pytest.mark.parametrize("name", MODULES)
def test_where_every_run_fails_the_assertion_is_raised_and_the_calls_are_bounded(name: str, awaited: bool) -> None:
    lm = Marks()
    with dsp.context(lm=lm), pytest.raises(FailedAssertionError) as caught:
        called(MODULES[name](Insisting(wanted=9)), awaited, question="q")
    assert len(lm.requests) == 3 * RUNS
    assert [len(each["answer"].lstrip("0123456789.")) for each in caught.value.past_outputs] == [1, 2, 3]


@pytest.mark.parametrize("name", ["Majority", "Majority in threads", "Ensemble", "Ensemble in threads"])
def test_runs_that_fail_have_no_vote_and_the_others_decide(name: str) -> None:
    class Moody(Insisting):
        """Insists on too much in its first run."""

        async def aforward(self, question: str) -> dsp.Prediction:
            prediction = await self.write.acall(question=question)
            first = dsp.settings.sampling.get("rollout", 0) == 0 and self.wanted == 9
            dsp.Assert(not first, "Not the first run.", self.write)
            return prediction

    lm = Marks()
    with dsp.context(lm=lm):
        if name.startswith("Majority"):
            assert MODULES[name](Moody(wanted=9))(question="q").answer == "0.7!"
        else:
            executor = Threads(3) if name.endswith("threads") else None
            programs = [Moody(wanted=9), Moody(), Moody()]
            assert dsp.Ensemble(programs, executor=executor)(question="q").answer == "0.0!"


def test_a_thousand_runs_inside_of_majorities_share_no_state() -> None:
    lm = Marks()
    program = dsp.Majority(Insisting(), n=2)

    async def all_of_them() -> list[dsp.Prediction]:
        return await asyncio.gather(*(program.acall(question=f"q{number}") for number in range(500)))

    with dsp.context(lm=lm), dsp.count_constraints() as counts:
        predictions = asyncio.run(all_of_them())
    assert {prediction.answer for prediction in predictions} == {"0.7!!!"}
    assert (counts[MARKS].failed, counts[MARKS].recovered, counts[MARKS].backtracks) == (1000, 1000, 2000)
