from __future__ import annotations

import _thread
import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import dsp
from dsp.configuration import current
from dsp.errors import (
    CheckError,
    EvaluationError,
    InputError,
    LMAuthenticationError,
    LMBudgetError,
    LMRequestError,
    LMServerError,
    ParseError,
    SettingsError,
    UnknownNameError,
)
from dsp.evaluate.evaluator import Evaluate, evaluate_all, metrics_of
from dsp.evaluate.results import ExampleResult
from dsp.execution.sequential import Sequential
from dsp.execution.tasks import Tasks
from dsp.execution.threads import Threads
from dsp.lms.scripted import Scripted
from dsp.modules.predict import Predict
from dsp.protocols import Executor
from dsp.types.example import Example
from dsp.types.prediction import Prediction

EXECUTORS: list[Executor] = [Sequential(), Threads(4), Tasks(4)]


@pytest.fixture(params=EXECUTORS, ids=["sequential", "threads", "tasks"])
def executor(request: pytest.FixtureRequest) -> Executor:
    chosen: Executor = request.param
    return chosen


def devset(count: int = 12, **fields: Any) -> list[Example]:
    return [
        Example(id=f"e{number}", question=f"q{number}", answer=f"a{number}", **fields).with_inputs("question")
        for number in range(count)
    ]


def right(question: str) -> Prediction:
    return Prediction(answer="a" + question[1:])


def failing(*questions: int, error: type[Exception] = ValueError) -> Callable[..., Prediction]:
    def program(question: str) -> Prediction:
        if int(question[1:]) in questions:
            raise error(f"cannot do {question}")
        return right(question)

    return program


def test_every_example_has_its_result_in_the_devsets_order(executor: Executor) -> None:
    def slow_first(question: str) -> Prediction:
        time.sleep(0.01 if question == "q0" else 0)
        return right(question)

    evaluation = Evaluate(devset(), ["em"], executor=executor)(slow_first)
    assert [result.index for result in evaluation.results] == list(range(12))
    assert [result.id for result in evaluation.results] == [f"e{number}" for number in range(12)]
    assert evaluation.scores("em") == [1.0] * 12
    assert [result.prediction for result in evaluation.results] == [right(f"q{number}") for number in range(12)]


def test_a_failure_is_kept_with_its_message_and_counts_as_zero(executor: Executor) -> None:
    evaluation = Evaluate(devset(4), ["em", "f1"], executor=executor)(failing(1, 2))
    assert evaluation.scores("em") == [1.0, 0.0, 0.0, 1.0]
    assert evaluation.scores("f1") == [1.0, 0.0, 0.0, 1.0]
    assert evaluation.mean("em") == 0.5
    assert [failure.id for failure in evaluation.failures] == ["e1", "e2"]
    assert evaluation.failures[0].error == "ValueError: cannot do q1"
    assert evaluation.failures[0].prediction is None


@pytest.mark.parametrize("error", [ValueError, ParseError, LMServerError, KeyError, ZeroDivisionError, RecursionError])
def test_whatever_a_program_raises_the_others_go_on(error: type[Exception]) -> None:
    assert Evaluate(devset(4), ["em"])(failing(0, error=error)).scores("em") == [0.0, 1.0, 1.0, 1.0]


@pytest.mark.parametrize("given", [None, "text", {"answer": "a0"}, Example(answer="a0")])
def test_a_program_that_returns_no_prediction_has_failed(given: Any, executor: Executor) -> None:
    evaluation = Evaluate(devset(2), ["em"], executor=executor)(
        lambda question: given if question == "q0" else right(question)
    )
    assert evaluation.failures[0].error == (
        f"TypeError: a program must return a Prediction, but it returned {type(given).__name__}"
    )
    assert evaluation.scores("em") == [0.0, 1.0]


@pytest.mark.parametrize("error", [InputError, SettingsError, LMAuthenticationError, LMRequestError])
def test_an_error_that_every_example_would_meet_ends_the_evaluation(error: type[Exception], executor: Executor) -> None:
    asked: list[str] = []

    def program(question: str) -> Prediction:
        asked.append(question)
        raise error("no key")

    with pytest.raises(error, match="no key"):
        Evaluate(devset(100), ["em"], executor=executor)(program)
    assert len(asked) <= 8


@pytest.mark.parametrize("error", [InputError, LMRequestError])
def test_one_example_that_is_refused_ends_nothing(error: type[Exception], executor: Executor) -> None:
    evaluation = Evaluate(devset(20), ["em"], executor=executor)(failing(0, 7, error=error))
    assert [failure.id for failure in evaluation.failures] == ["e0", "e7"]
    assert evaluation.mean("em") == 0.9


@pytest.mark.parametrize("error", [InputError, LMRequestError])
def test_a_small_set_that_is_refused_whole_says_why(error: type[Exception]) -> None:
    with pytest.raises(error, match="cannot do q0"):
        Evaluate(devset(2), ["em"])(failing(0, 1, error=error))


def test_too_many_failures_without_a_success_end_it_with_all_of_them(executor: Executor) -> None:
    asked: list[str] = []

    def program(question: str) -> Prediction:
        asked.append(question)
        raise ValueError(f"cannot do {question}")

    with pytest.raises(EvaluationError, match=r'the first was "q.": ValueError: cannot do q') as caught:
        Evaluate(devset(100), ["em"], executor=executor, max_failures=3)(program)
    assert 3 <= len(asked) <= 8
    assert len(caught.value.failures) >= 3
    assert set(caught.value.failures) <= {(f"q{n}", f"ValueError: cannot do q{n}") for n in range(100)}


def test_failures_of_a_small_set_end_it_too() -> None:
    with pytest.raises(EvaluationError, match="all of the first 2 examples failed"):
        Evaluate(devset(2), ["em"])(failing(0, 1))


def test_after_a_success_failures_never_end_it() -> None:
    evaluation = Evaluate(devset(30), ["em"], executor=Sequential(), max_failures=2)(failing(*range(1, 30)))
    assert len(evaluation.failures) == 29


def test_an_example_without_inputs_fails_and_says_why() -> None:
    with pytest.raises(CheckError, match="with_inputs"):
        Evaluate([Example(question="q", answer="a")], ["em"])(right)


def test_progress_is_told_every_result_one_call_at_a_time(executor: Executor) -> None:
    lock = threading.Lock()
    told: list[int] = []

    def progress(result: ExampleResult) -> None:
        assert lock.acquire(blocking=False), "two calls at a time"
        time.sleep(0.001)
        told.append(result.index)
        lock.release()

    Evaluate(devset(24), ["em"], executor=executor, progress=progress)(failing(3))
    assert sorted(told) == list(range(24))


def test_a_progress_given_with_the_call_is_told_instead() -> None:
    told: list[str] = []
    evaluate = Evaluate(devset(2), ["em"], progress=lambda result: told.append("constructor"))
    evaluate(right, progress=lambda result: told.append("call"))
    assert told == ["call", "call"]


def test_an_error_of_progress_is_an_error() -> None:
    def progress(result: ExampleResult) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        Evaluate(devset(), ["em"], progress=progress)(right)


def test_the_callers_settings_are_in_force_wherever_the_program_runs(executor: Executor) -> None:
    lm = Scripted([])

    def program(question: str) -> Prediction:
        assert current().lm is lm
        return right(question)

    with dsp.context(lm=lm):
        assert Evaluate(devset(), ["em"], executor=executor)(program).mean("em") == 1.0


def test_usage_is_counted_by_example_and_in_all_failures_too(executor: Executor) -> None:
    program = Predict("question -> answer, other")

    def script(request: Any) -> str:
        good = "q3\n" not in request.messages[-1]["content"]
        return "[[ ## answer ## ]]\nx\n[[ ## other ## ]]\ny" if good else "nothing of use"

    with dsp.context(lm=Scripted(script), repairs=0), dsp.record() as trace:
        evaluation = Evaluate(devset(6), ["em"], executor=executor)(program)
    assert [result.usage.calls for result in evaluation.results] == [1] * 6
    assert [failure.id for failure in evaluation.failures] == ["e3"]
    assert evaluation.failures[0].usage.completion_tokens == 3
    assert evaluation.usage == trace.usage


def test_coroutine_functions_are_programs_whoever_runs_them(executor: Executor) -> None:
    async def program(question: str) -> Prediction:
        await asyncio.sleep(0)
        return failing(1)(question=question)

    for way in (program, lambda question: program(question)):
        evaluation = Evaluate(devset(3), ["em"], executor=executor)(way)
        assert [result.error for result in evaluation.results] == ["", "ValueError: cannot do q1", ""]
        assert evaluation.scores("em") == [1.0, 0.0, 1.0]


def test_metrics_are_names_or_functions_by_name() -> None:
    def length(example: Example, prediction: Prediction, trace: Any = None) -> float:
        return len(prediction.answer) / 10

    evaluation = Evaluate(devset(2), {"length": length, **metrics_of(["em"])})(right)
    assert evaluation.scores("length") == [0.2, 0.2]
    assert evaluation.mean("em") == 1.0


def test_an_unknown_metric_is_refused_with_the_close_ones() -> None:
    with pytest.raises(UnknownNameError, match='unknown metric "suport_recall": did you mean support_recall'):
        Evaluate(devset(), ["suport_recall"])


def test_a_metric_that_does_not_apply_to_an_example_leaves_it_out() -> None:
    examples = [*devset(2), *devset(2, gold_titles=["Emma"])]
    evaluation = Evaluate(examples, ["em", "support_recall"])(right)
    assert len(evaluation.scores("em")) == 4
    assert evaluation.scores("support_recall") == [0.0, 0.0]


def test_nothing_to_evaluate_on_is_refused() -> None:
    with pytest.raises(InputError, match="needs at least one example, but got none; give a devset"):
        Evaluate([])


def test_an_interrupt_ends_it_at_once() -> None:
    release = threading.Event()

    def program(question: str) -> Prediction:
        if question == "q1":
            _thread.interrupt_main()
        release.wait(60)
        return right(question)

    try:
        with pytest.raises(KeyboardInterrupt):
            Evaluate(devset(100), ["em"], executor=Threads(2))(program)
    finally:
        release.set()


def test_a_spent_budget_keeps_what_was_finished_and_says_so() -> None:
    def program(question: str) -> Prediction:
        if int(question[1:]) >= 5:
            raise LMBudgetError("the budget of 5 calls is spent")
        return right(question)

    evaluation = Evaluate(devset(), ["em"], executor=Sequential())(program)
    assert len(evaluation) == 5
    assert evaluation.mean("em") == 1.0
    assert "the budget of 5 calls is spent" in evaluation.stopped
    assert evaluation.to_dict()["stopped"] == evaluation.stopped


def test_several_programs_are_evaluated_together_each_on_its_own_examples(executor: Executor) -> None:
    jobs = [(right, devset(3)), (failing(0), devset(2)), (right, [])]
    first, second, third = evaluate_all(jobs, metrics_of(["em"]), executor=executor)
    assert first.scores("em") == [1.0, 1.0, 1.0]
    assert second.scores("em") == [0.0, 1.0]
    assert len(third) == 0


def test_of_several_programs_one_that_fails_everywhere_may_end_only_its_own_evaluation(executor: Executor) -> None:
    jobs = [(failing(*range(30)), devset(30)), (right, devset(3))]
    with pytest.raises(EvaluationError):
        evaluate_all(jobs, metrics_of(["em"]), executor=executor, max_failures=2)
    bad, good = evaluate_all(jobs, metrics_of(["em"]), executor=executor, max_failures=2, end=False)
    assert len(bad.failures) == len(bad) == 30
    assert good.mean("em") == 1.0
