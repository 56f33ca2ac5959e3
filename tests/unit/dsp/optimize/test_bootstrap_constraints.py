"""Compiling a program that states constraints: demonstrations satisfy them, and mended ones show how."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

import dsp
from dsp.execution.sequential import Sequential
from dsp.lms.scripted import Scripted
from dsp.types.messages import LMRequest

Answer = Callable[[str, Mapping[str, str], LMRequest], str]
MakeLM = Callable[[Answer], Scripted]

TRAIN = [dsp.Example(question=q, answer=q.upper()).with_inputs("question") for q in ("fine", "mended", "hopeless")]


class Shouting(dsp.Module):
    """Answers, and demands (or wishes) capitals."""

    def __init__(self, constrain: Callable[..., bool]) -> None:
        self.think = dsp.Predict("question -> thought")
        self.answer = dsp.Predict("question, thought -> answer")
        self.constrain = constrain

    def forward(self, question: str) -> dsp.Prediction:
        prediction = self.answer(question=question, thought=self.think(question=question).thought)
        self.constrain(prediction.answer.isupper(), "Use capitals.", self.answer)
        return prediction


@pytest.fixture
def lm(chat_lm: MakeLM) -> Scripted:
    def answer(name: str, inputs: Mapping[str, str], request: LMRequest) -> str:
        question = inputs["question"]
        shouts = question == "fine" or (question == "mended" and "feedback" in inputs)
        return question.upper() if shouts and name == "answer" else question

    return chat_lm(answer)


def compiled(constrain: Callable[..., bool], lm: Scripted, metric: Callable[..., float]) -> Shouting:
    optimizer = dsp.BootstrapFewShot(metric, max_rounds=1, executor=Sequential())
    with dsp.context(lm=lm):
        program = optimizer.compile(Shouting(constrain), trainset=TRAIN)
    assert isinstance(program, Shouting)
    return program


def anything_goes(example: dsp.Example, prediction: dsp.Prediction, trace: object = None) -> float:
    return 1.0


def asked(demos: list[dsp.Example]) -> list[str]:
    return sorted(demo.question for demo in demos)


def test_a_run_that_breaks_an_assertion_gives_no_demonstration(lm: Scripted) -> None:
    program = compiled(dsp.Assert, lm, anything_goes)
    assert asked(program.answer.demos) == asked(program.think.demos) == ["fine", "mended"]


def test_a_step_whose_suggestion_was_passed_over_is_no_demonstration_but_the_others_are(lm: Scripted) -> None:
    program = compiled(dsp.Suggest, lm, anything_goes)
    assert asked(program.answer.demos) == ["fine", "mended"]
    assert asked(program.think.demos) == ["fine", "hopeless", "mended"]


def test_a_mended_answer_shows_the_counterexample_when_asked_again_and_the_correction_always(lm: Scripted) -> None:
    program = compiled(dsp.Assert, lm, anything_goes)
    mended = next(demo for demo in program.answer.demos if demo.question == "mended")
    assert (mended.past_answer, mended.feedback, mended.answer) == ("mended", "Use capitals.", "MENDED")
    lm.requests.clear()
    with dsp.context(lm=lm), pytest.raises(dsp.errors.FailedAssertionError):
        program(question="hopeless")
    first, again = ("\n".join(message["content"] for message in request.messages[1:-1]) for request in lm.requests[1:3])
    assert "MENDED" in first
    assert "past_answer" not in first
    assert "[[ ## past_answer ## ]]\nmended\n\n[[ ## feedback ## ]]\nUse capitals." in again


def test_counterexamples_are_saved_and_come_back(lm: Scripted, tmp_path: object) -> None:
    program = compiled(dsp.Assert, lm, anything_goes)
    fresh = Shouting(dsp.Assert)
    program.save(f"{tmp_path}/program.json")
    fresh.load(f"{tmp_path}/program.json")
    assert fresh.answer.demos == program.answer.demos


def test_what_was_worked_out_in_an_abandoned_attempt_is_no_demonstration(chat_lm: MakeLM) -> None:
    class Detour(dsp.Module):
        """The first plan leads through `digress`, the corrected one does not."""

        def __init__(self) -> None:
            self.plan = dsp.Predict("question -> plan")
            self.digress = dsp.Predict("plan -> digression")

        def forward(self, question: str) -> dsp.Prediction:
            plan = self.plan(question=question).plan
            if plan == "detour":
                self.digress(plan=plan)
            dsp.Suggest(plan != "detour", "No detours.", self.plan)
            return dsp.Prediction(answer=plan)

    lm = chat_lm(
        lambda name, inputs, request: "away" if name == "digression" else "on" if "feedback" in inputs else "detour"
    )
    optimizer = dsp.BootstrapFewShot(anything_goes, max_rounds=1, executor=Sequential())
    with dsp.context(lm=lm):
        program = optimizer.compile(Detour(), trainset=TRAIN[:1])
    assert isinstance(program, Detour)
    assert [demo.plan for demo in program.plan.demos] == ["on"]
    assert program.digress.demos == []
