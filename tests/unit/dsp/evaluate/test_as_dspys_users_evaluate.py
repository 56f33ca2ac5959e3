"""`Evaluate` as DSPy's users call it: one metric, threads, what is shown, a score in percent."""

from __future__ import annotations

from typing import Any

import pytest

import dsp
from dsp.errors import EvaluationError, InputError
from dsp.lms.scripted import Scripted

DEV = [dsp.Example(question=f"q{number}", answer="a" * (number % 2)).with_inputs("question") for number in range(20)]


def same(example: dsp.Example, prediction: dsp.Prediction, trace: Any = None) -> bool:
    return bool(example.answer == prediction.answer)


@pytest.fixture
def program() -> dsp.Predict:
    return dsp.Predict("question -> answer", lm=Scripted(lambda request: "a"))


def test_one_metric_gives_a_score_in_percent_and_results_that_unpack(program: dsp.Predict) -> None:
    evaluation = dsp.Evaluate(devset=DEV, metric=same, num_threads=2)(program)
    assert (evaluation.score, float(evaluation), evaluation.metrics) == (50.0, 50.0, ["same"])
    for example, prediction, score in evaluation.results:
        assert score == float(example.answer == prediction.answer)


def test_a_call_goes_over_what_was_said_before(program: dsp.Predict) -> None:
    evaluate = dsp.Evaluate(devset=DEV, metric=same)
    assert evaluate(program, metric=lambda example, prediction: 1.0).score == 100.0
    assert len(evaluate(program, devset=DEV[:3], num_threads=1)) == 3
    assert evaluate(program).metrics == ["same"]


def test_a_metric_may_answer_with_a_score_and_what_it_has_to_say(program: dsp.Predict) -> None:
    def judged(example: dsp.Example, prediction: dsp.Prediction, trace: Any = None) -> dsp.Prediction:
        return dsp.Prediction(score=0.25, feedback="Say more.")

    assert dsp.Evaluate(devset=DEV, metric=judged)(program).score == 25.0


def test_progress_and_a_table_are_written_to_standard_error_alone(
    program: dsp.Predict, capfd: pytest.CaptureFixture[str]
) -> None:
    told: list[object] = []
    evaluate = dsp.Evaluate(
        devset=DEV, metric=same, num_threads=1, display_progress=True, display_table=2, progress=told.append
    )
    evaluate(program)
    out, err = capfd.readouterr()
    assert out == ""
    assert len(told) == len(DEV)
    assert err.splitlines()[0] == "2/20 examples, mean 0.500"
    assert "20/20 examples, mean 0.500" in err
    assert err.splitlines()[-3].split(" | ")[0].strip() == "q0"
    assert err.splitlines()[-1] == "… and 18 more"
    evaluate(program, display_progress=False, display_table=True)
    assert len(capfd.readouterr().err.splitlines()) == len(DEV)


def test_nothing_is_written_where_nobody_asks(program: dsp.Predict, capfd: pytest.CaptureFixture[str]) -> None:
    dsp.Evaluate(devset=DEV, metric=same)(program)
    assert capfd.readouterr() == ("", "")


def test_max_errors_is_another_word_for_max_failures() -> None:
    failing = dsp.Predict("question -> answer", lm=Scripted(lambda request: ""))
    with pytest.raises(EvaluationError, match="all of the first 3 examples failed"), dsp.context(repairs=0):
        dsp.Evaluate(devset=DEV, metric=same, max_errors=3, num_threads=1, provide_traceback=True)(failing)


@pytest.mark.parametrize("wrong", ["em", 7])
def test_what_is_no_metric_is_refused(wrong: Any, program: dsp.Predict) -> None:
    with pytest.raises(InputError, match="a metric must be a function"):
        dsp.Evaluate(devset=DEV, metric=wrong)
    with pytest.raises(InputError, match="one metric or several metrics"):
        dsp.Evaluate(DEV, ["em"], metric=same)
    with pytest.raises(InputError, match="at least one example"):
        dsp.Evaluate(DEV, metric=same)(program, devset=[])
