"""Runs share nothing: in threads, in tasks, nested, and with failures that interleave."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dsp
from dsp.errors import FailedAssertionError
from dsp.execution.threads import Threads
from dsp.lms.base import BaseLM
from dsp.lms.scripted import Scripted
from dsp.modules.policy import Policy
from dsp.types.messages import LMCompletion, LMRequest, LMResponse

Answer = Callable[[str, Mapping[str, str], LMRequest], str]
MakeLM = Callable[[Answer], Scripted]
RUNS = 1000


class Numbered(dsp.Module):
    """Writes until it has been told `wanted` times to write more; with more than two it cannot succeed.

    Whatever reaches a run from another one shows: in its feedback, in its past outputs or in its answer.
    """

    awaits_modules_only = True

    def __init__(self) -> None:
        self.first = dsp.Predict("run -> opening")
        self.write = dsp.Predict("run, opening -> text")

    async def aforward(self, run: str, wanted: int) -> dsp.Prediction:
        opening = (await self.first.acall(run=run)).opening
        text = (await self.write.acall(run=run, opening=opening)).text
        dsp.Assert(text.count("+") >= wanted, f"{run} needs {wanted}.", self.write, name="enough")
        return dsp.Prediction(text=text)


class Telling(BaseLM):
    """Answers with what it was shown of this run; before each answer it lets the other runs go on."""

    def __init__(self, meeting: threading.Barrier | None = None) -> None:
        self.meeting = meeting
        self.foreign: list[str] = []

    @property
    def name(self) -> str:
        return "telling/test"

    def _answer(self, request: LMRequest) -> LMResponse:
        turn = request.messages[-1]["content"].rpartition("Write the fields ")[0]
        run = turn.split("[[ ## run ## ]]\n")[1].split("\n")[0]
        for word in turn.replace("+", " ").replace("«", " ").replace("»", " ").split():
            if word.startswith("run") and word.rstrip(".") != run and word != "run":
                self.foreign.append(word)
        told = turn.count(f"of-{run}") if "past_text" in turn else 0
        text = f"of-{run}" + "+" * told if "opening" in turn else f"open-{run}"
        return LMResponse((LMCompletion(text),), model=self.name)

    def complete(self, request: LMRequest) -> LMResponse:
        if self.meeting is not None:
            self.meeting.wait(30)
        return self._answer(request)

    async def acomplete(self, request: LMRequest) -> LMResponse:
        await asyncio.sleep(0)
        return self._answer(request)


def outcome_of(run: int) -> str:
    """What run number so-and-so must come to: none, one or two backtracks, or a failure."""
    wanted = run % 4
    return f"failed after 3: run{run} needs 3." if wanted == 3 else f"of-run{run}" + "+" * wanted


def told(error: FailedAssertionError) -> str:
    return f"failed after {len(error.past_outputs)}: {error.feedback}"


def test_a_thousand_tasks_with_interleaved_failures_share_no_state() -> None:
    lm, program = Telling(), Numbered()

    async def one(run: int) -> str:
        try:
            text: str = (await program.acall(run=f"run{run}", wanted=run % 4)).text
        except FailedAssertionError as error:
            return told(error)
        return text

    async def together() -> list[str]:
        return await asyncio.gather(*map(one, range(RUNS)))

    with dsp.context(lm=lm), dsp.count_constraints() as counts:
        outcomes = asyncio.run(together())
    assert outcomes == [outcome_of(run) for run in range(RUNS)]
    assert lm.foreign == []
    enough = counts.named("enough")
    assert (enough.checked, enough.failed, enough.recovered) == (RUNS, RUNS * 3 // 4, RUNS // 2)
    assert enough.backtracks == RUNS // 4 * (0 + 1 + 2 + 2)


def test_a_thousand_runs_in_threads_share_no_state_and_none_holds_a_lock_for_another() -> None:
    """Groups of eight runs of equal length meet at every request: were one to hold a lock, none would get on."""
    program, together = Numbered(), 8

    def one(lm: Telling, run: int) -> str:
        with dsp.context(lm=lm):
            try:
                text: str = program(run=f"run{run}", wanted=run % 4).text
            except FailedAssertionError as error:
                return told(error)
            return text

    foreign: list[str] = []
    with ThreadPoolExecutor(together) as pool, dsp.count_constraints() as counts:
        for wanted in range(4):
            runs = list(range(wanted, RUNS, 4))
            for begin in range(0, len(runs), together):
                group = runs[begin : begin + together]
                lm = Telling(threading.Barrier(len(group)))
                jobs = [pool.submit(contextvars.copy_context().run, one, lm, run) for run in group]
                assert [job.result() for job in jobs] == [outcome_of(run) for run in group]
                foreign += lm.foreign
    assert foreign == []
    assert counts.named("enough").checked == RUNS


def test_nothing_is_left_behind_by_a_run_that_fails() -> None:
    program = Numbered()
    with dsp.context(lm=Telling()):
        before = contextvars.copy_context()
        for wanted in (3, 0, 3):
            if wanted:
                with pytest.raises(FailedAssertionError):
                    program(run="run1", wanted=wanted)
            else:
                assert program(run="run1", wanted=wanted).text == "of-run1"
        assert dict(contextvars.copy_context()) == dict(before)


class Inner(dsp.Module):
    def __init__(self) -> None:
        self.write = dsp.Predict("topic -> text")
        self.forwards = 0

    def forward(self, topic: str) -> dsp.Prediction:
        self.forwards += 1
        prediction = self.write(topic=topic)
        dsp.Suggest("inner" in prediction.text, "Say inner.", self.write, name="inner")
        return prediction


class Outer(dsp.Module):
    def __init__(self, demand: str = "") -> None:
        self.plan = dsp.Predict("question -> topic")
        self.inner = Inner()
        self.demand = demand
        self.forwards = 0

    def forward(self, question: str) -> dsp.Prediction:
        self.forwards += 1
        topic = self.plan(question=question).topic
        prediction = self.inner(topic=topic)
        dsp.Assert(self.demand in prediction.text, f"Say {self.demand}.", self.inner, name="outer")
        return prediction


def says_what_it_is_told(name: str, inputs: Mapping[str, str], request: LMRequest) -> str:
    if name == "topic":
        return "topic"
    return f"{inputs.get('past_text', '')} {inputs.get('feedback', 'nothing')}".strip()


def test_a_constraint_repeats_the_innermost_module_that_called_its_predictor(chat_lm: MakeLM) -> None:
    program, lm = Outer(), chat_lm(says_what_it_is_told)
    with dsp.context(lm=lm):
        assert program(question="q").text == "nothing Say inner."
    assert (program.forwards, program.inner.forwards, len(lm.requests)) == (1, 2, 3)


def test_an_outer_module_that_is_repeated_knows_what_inner_ones_were_answered(chat_lm: MakeLM) -> None:
    program, lm = Outer("outer"), chat_lm(says_what_it_is_told)
    with dsp.context(lm=lm), dsp.count_constraints() as counts:
        text = program(question="q").text
    assert "inner" in text
    assert "outer" in text
    assert len(lm.requests) == 4  # plan, text, text for inner, text for outer
    assert program.forwards == 2
    for name in ("inner", "outer"):
        assert (counts.named(name).checked, counts.named(name).failed, counts.named(name).recovered) == (1, 1, 1)


def test_a_constraint_inside_may_blame_a_predictor_outside(chat_lm: MakeLM) -> None:
    class Judge(dsp.Module):
        def __init__(self, write: dsp.Predict) -> None:
            self.write = write

        def forward(self, text: str) -> dsp.Prediction:
            dsp.Assert(text == "good", "Be good.", self.write)
            return dsp.Prediction(text=text)

    class Judged(dsp.Module):
        def __init__(self) -> None:
            self.write = dsp.Predict("question -> text")
            self.judge = Judge(self.write)

        def forward(self, question: str) -> dsp.Prediction:
            return self.judge(text=self.write(question=question).text)

    lm = chat_lm(lambda name, inputs, request: "good" if "feedback" in inputs else "bad")
    with dsp.context(lm=lm), dsp.count_constraints() as counts:
        assert Judged()(question="q").text == "good"
    assert len(lm.requests) == 2
    assert (counts.total.checked, counts.total.failed, counts.total.recovered, counts.total.backtracks) == (1, 1, 1, 1)


def test_a_module_inside_goes_by_the_handler_around_it_unless_it_chose_its_own(chat_lm: MakeLM) -> None:
    with dsp.context(lm=chat_lm(says_what_it_is_told)):
        quiet = Outer().activate_assertions(dsp.noop_handler)
        assert quiet(question="q").text == "nothing"
        quiet.inner.activate_assertions(max_backtracks=1)
        assert quiet(question="q").text == "nothing Say inner."


def test_an_empty_prediction_comes_from_the_module_whose_handler_it_is(chat_lm: MakeLM) -> None:
    class Hard(dsp.Module):
        def forward(self) -> dsp.Prediction:
            dsp.Assert(False, "No.")
            return dsp.Prediction(text="never")

    class Around(dsp.Module):
        def __init__(self) -> None:
            self.hard = Hard()

        def forward(self) -> dsp.Prediction:
            return dsp.Prediction(text="went on" if not self.hard() else "never")

    inside = Around()
    inside.hard.activate_assertions(dsp.assert_no_except_handler)
    assert inside().text == "went on"
    assert dict(Around().activate_assertions(dsp.assert_no_except_handler)()) == {}
    with pytest.raises(FailedAssertionError):
        Around()()


def test_an_evaluation_counts_each_constraint_and_goes_on_after_a_failure(chat_lm: MakeLM) -> None:
    def answer(name: str, inputs: Mapping[str, str], request: LMRequest) -> str:
        told = int("feedback" in inputs)
        return {"easy": "yes", "hard": ("no", "yes")[told], "impossible": "no"}[inputs["question"]]

    class Yes(dsp.Module):
        def __init__(self) -> None:
            self.answer = dsp.Predict("question -> answer")

        def forward(self, question: str) -> dsp.Prediction:
            prediction = self.answer(question=question)
            dsp.Assert(prediction.answer == "yes", "Say yes.")
            return prediction

    devset = [dsp.Example(question=q, answer="yes").with_inputs("question") for q in ("easy", "hard", "impossible")]
    with dsp.context(lm=chat_lm(answer)), dsp.count_constraints() as counts:
        evaluation = dsp.Evaluate(devset, ["em"])(Yes())
    assert evaluation.scores("em") == [1.0, 1.0, 0.0]
    assert "FailedAssertionError" in evaluation.failures[0].error
    [(constraint, count)] = counts.items()
    assert constraint.name.endswith("Yes.forward:" + constraint.name.rpartition(":")[2])
    assert (count.checked, count.failed, count.recovered, count.backtracks) == (3, 2, 1, 3)
    assert count.message == "Say yes."
    assert str(counts) == f"assert {constraint.name}: checked 3, failed 2, recovered 1, backtracks 3"


def test_counts_nest_and_add_up(chat_lm: MakeLM) -> None:
    with dsp.context(lm=chat_lm(says_what_it_is_told)), dsp.count_constraints() as all_runs:
        Outer()(question="q")
        with dsp.count_constraints() as second:
            Outer()(question="q")
    assert second.named("inner").checked == 1
    assert all_runs.named("inner").checked == 2
    assert all_runs.named("nobody's").checked == 0


@given(
    most=st.integers(0, 4),
    needed=st.lists(st.integers(0, 6), min_size=1, max_size=4),
    strict=st.booleans(),
)
def test_whatever_fails_calls_are_bounded_and_each_step_is_paid_once(
    most: int, needed: list[int], strict: bool
) -> None:
    """A chain of predictors, of which the i-th must be told needed[i] times. In all at most `most` are told."""
    requests: list[str] = []

    def answer(request: LMRequest) -> str:
        turn = request.messages[-1]["content"].rpartition("Write the fields ")[0]
        requests.append(turn)
        step = turn.split("[[ ## step ## ]]\n")[1].split("\n")[0]
        return f"{step}:{turn.count(f'{step}:')}"

    class Chain(dsp.Module):
        def __init__(self) -> None:
            self.write = dsp.Predict("step -> text")

        def forward(self) -> dsp.Prediction:
            constrain = dsp.Assert if strict else dsp.Suggest
            held = []
            for step, times in enumerate(needed):
                text = self.write(step=f"s{step}").text
                held.append(constrain(int(text.partition(":")[2]) >= times, f"More of {step}.", self.write))
            return dsp.Prediction(held=held)

    chain = Chain().activate_assertions(Policy(max_backtracks=most))
    succeeds = sum(needed) <= most
    with dsp.context(lm=Scripted(answer)):
        if strict and not succeeds:
            with pytest.raises(FailedAssertionError):
                chain()
            assert len(requests) <= len(needed) + most
        else:
            assert all(chain().held) == succeeds
            assert len(requests) == len(needed) + min(most, sum(needed))
    told_again = [turn for turn in requests if "feedback" in turn]
    assert len(told_again) <= most
    assert len(requests) - len(told_again) <= len(needed)


class Short(dsp.Module):
    """Demands a short answer."""

    def __init__(self) -> None:
        self.write = dsp.Predict("topic -> text")

    def forward(self, topic: str) -> dsp.Prediction:
        prediction = self.write(topic=topic)
        dsp.Assert(len(prediction.text) < 5, "Be short.", self.write, name="short")
        return prediction


def test_every_attempt_of_best_of_n_backtracks_by_itself_and_a_failed_one_is_one_attempt(chat_lm: MakeLM) -> None:
    def answer(name: str, inputs: Mapping[str, str], request: LMRequest) -> str:
        if request.rollout == 0:
            return "ever too long"
        return "ok" if "feedback" in inputs else "too long"

    lm = chat_lm(answer)
    best = dsp.BestOfN(Short(), 2, lambda inputs, prediction: float(prediction.text == "ok"), 1.0)
    with dsp.context(lm=lm), dsp.count_constraints() as counts:
        assert best(topic="t").text == "ok"
    short = counts.named("short")
    assert (short.checked, short.failed, short.recovered, short.backtracks) == (2, 2, 1, 3)


def test_calls_made_in_parallel_backtrack_apart(chat_lm: MakeLM) -> None:
    lm = chat_lm(lambda name, inputs, request: inputs["topic"] if "feedback" in inputs else inputs["topic"] * 5)
    program = Short()
    topics = [f"t{number}" for number in range(20)]
    with dsp.context(lm=lm), dsp.count_constraints() as counts:
        done = dsp.Parallel(num_threads=8)([(program, {"topic": topic}) for topic in topics])
    assert [each.text for each in done] == topics
    assert len(lm.requests) == 40
    assert (counts.named("short").checked, counts.named("short").recovered) == (20, 20)


def test_predictors_gathered_in_one_run_are_told_their_own_feedback() -> None:
    class Gathers(dsp.Module):
        def __init__(self) -> None:
            self.write = dsp.Predict("run, opening -> text")

        async def aforward(self) -> dsp.Prediction:
            async def one(run: str, wanted: int) -> str:
                text: str = (await self.write.acall(run=run, opening="o")).text
                dsp.Assert(text.count("+") >= wanted, f"{run} needs {wanted}.", self.write)
                return text

            return dsp.Prediction(texts=await asyncio.gather(*(one(f"run{n}", int(n == 2)) for n in range(3))))

    class Recalls(Telling):
        """Takes its time over the last call, so that the one at fault is the last that was answered."""

        async def acomplete(self, request: LMRequest) -> LMResponse:
            turn = request.messages[-1]["content"]
            for _ in range(5 if "run2" in turn else 0):
                await asyncio.sleep(0)
            return await super().acomplete(request)

    lm = Recalls()
    with dsp.context(lm=lm):
        for done in (Gathers()(), asyncio.run(Gathers().acall())):
            assert done.texts == ["of-run0", "of-run1", "of-run2+"]
    assert lm.foreign == []


def test_constraints_checked_in_threads_of_one_run_repeat_that_run(chat_lm: MakeLM) -> None:
    class Spread(dsp.Module):
        def __init__(self) -> None:
            self.write = [dsp.Predict("topic -> text") for _ in range(4)]

        def forward(self) -> dsp.Prediction:
            def one(number: int) -> str:
                text: str = self.write[number](topic=f"t{number}").text
                if not text.endswith("good"):
                    both.wait(30)  # both fail in the same attempt, whichever is seen to first
                dsp.Assert(text.endswith("good"), f"t{number}: be good.", self.write[number])
                return text

            return dsp.Prediction(texts=Threads(4).map(one, range(4)))

    def answer(name: str, inputs: Mapping[str, str], request: LMRequest) -> str:
        topic = inputs["topic"]
        return f"{topic} good" if topic in ("t0", "t1") or f"{topic}: be good." in inputs.get("feedback", "") else topic

    both = threading.Barrier(2)
    program = Spread().activate_assertions(max_backtracks=1)
    with dsp.context(lm=chat_lm(answer)):
        for _ in range(20):
            assert program().texts == ["t0 good", "t1 good", "t2 good", "t3 good"]
