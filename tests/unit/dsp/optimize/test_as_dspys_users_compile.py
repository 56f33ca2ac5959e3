"""Optimizers as DSPy's users call them: students and teachers, settings, errors, threads, the programs tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

import dsp
from dsp.errors import InputError, LMRequestError
from dsp.lms.scripted import Scripted
from dsp.types.messages import LMRequest

Answer = Callable[[str, Mapping[str, str], LMRequest], str]
TRAIN = [dsp.Example(question=f"q{number}", colour="red").with_inputs("question") for number in range(6)]


def metric(example: dsp.Example, prediction: dsp.Prediction, trace: Any = None) -> bool:
    return bool(example.colour == prediction.colour)


@pytest.fixture
def red(chat_lm: Callable[[Answer], Scripted]) -> Scripted:
    return chat_lm(lambda name, inputs, request: "red", name="scripted/red")


@pytest.fixture
def blue(chat_lm: Callable[[Answer], Scripted]) -> Scripted:
    return chat_lm(lambda name, inputs, request: "blue", name="scripted/blue")


@pytest.fixture
def student() -> dsp.Predict:
    return dsp.Predict("question -> colour")


def test_the_teacher_works_the_demonstrations_out_for_the_student(
    student: dsp.Predict, red: Scripted, blue: Scripted
) -> None:
    teacher = dsp.Predict("question -> colour", lm=red)
    optimizer = dsp.BootstrapFewShot(metric=metric, max_bootstrapped_demos=2, max_labeled_demos=3, max_rounds=1)
    with dsp.context(lm=blue):
        compiled = optimizer.compile(student=student, teacher=teacher, trainset=TRAIN)
        assert optimizer.compile(student, trainset=TRAIN).demos[0].augmented is False  # its own LM is always wrong
    assert [demo.augmented for demo in compiled.demos] == [False, True, True]
    assert student.demos == []
    assert len(red.requests) == len(TRAIN)


def test_a_teacher_of_another_program_is_refused(student: dsp.Predict) -> None:
    class Two(dsp.Module):
        def __init__(self) -> None:
            self.one, self.two = dsp.Predict("question -> colour"), dsp.Predict("question -> colour")

    with pytest.raises(InputError, match=r"must have the student's predictors \(self\), but has one, two"):
        dsp.BootstrapFewShot(metric=metric).compile(student, teacher=Two(), trainset=TRAIN)


def test_teacher_settings_hold_while_demonstrations_are_worked_out(
    student: dsp.Predict, red: Scripted, blue: Scripted
) -> None:
    optimizer = dsp.BootstrapFewShot(metric=metric, max_rounds=1, teacher_settings={"lm": red}, num_threads=2)
    with dsp.context(lm=blue):
        assert len(optimizer.compile(student, trainset=TRAIN).demos) == 4
    assert blue.requests == []


def test_more_errors_than_were_allowed_end_it_and_fewer_do_not(student: dsp.Predict) -> None:
    def lm() -> Scripted:
        said = ["[[ ## colour ## ]]\nred"] * len(TRAIN)
        said[1:3] = ["", ""]
        return Scripted(lambda request: said.pop(0))

    def compiled(max_errors: int) -> dsp.Module:
        optimizer = dsp.BootstrapFewShot(metric=metric, max_rounds=1, max_errors=max_errors, num_threads=1)
        with dsp.context(lm=lm(), repairs=0):
            return optimizer.compile(student, trainset=TRAIN)

    assert len(compiled(2).predictors()[0].demos) == 4
    with pytest.raises(dsp.errors.ParseError):
        compiled(1)


@pytest.mark.parametrize("sample", [True, False])
def test_labelled_examples_are_drawn_or_the_first_ones(student: dsp.Predict, sample: bool) -> None:
    compiled = dsp.LabeledFewShot(k=3).compile(student=student, trainset=TRAIN, sample=sample)
    shown = [demo.question for demo in compiled.predictors()[0].demos]
    assert (shown == ["q0", "q1", "q2"]) is not sample


def test_candidates_are_scored_by_the_metric_that_was_given(
    student: dsp.Predict, chat_lm: Callable[[Answer], Scripted]
) -> None:
    lm = chat_lm(lambda name, inputs, request: "red" if len(request.messages) > 2 else "blue")
    optimizer = dsp.BootstrapFewShotWithRandomSearch(
        metric=metric,
        max_bootstrapped_demos=2,
        max_labeled_demos=2,
        num_candidate_programs=4,
        num_threads=2,
        tune_instructions=False,
        max_rounds=1,
    )
    with dsp.context(lm=lm):
        compiled = optimizer.compile(student, trainset=TRAIN, valset=TRAIN)
    assert compiled.predictors()[0].demos
    assert (compiled.candidate_programs[0]["score"], compiled.candidate_programs[-1][0]) == (1.0, 0.0)


def test_the_programs_that_were_tried_make_an_ensemble_and_are_no_parts_of_the_program(
    student: dsp.Predict, red: Scripted, tmp_path: Any
) -> None:
    optimizer = dsp.BootstrapRS(metric=metric, num_candidate_programs=3, max_rounds=1)
    with dsp.context(lm=red):
        compiled = optimizer.compile(student, trainset=TRAIN, valset=TRAIN)
        tried = compiled.candidate_programs
        assert [candidate[-1] for candidate in tried] == [candidate["program"] for candidate in tried]
        assert len(tried[:2]) == 2
        best = dsp.Ensemble(reduce_fn=dsp.majority).compile([candidate[-1] for candidate in tried[:3]])
        assert best(question="q").colour == "red"
    with pytest.raises(KeyError, match="program, score and label"):
        _ = tried[0]["seed"]
    assert len(compiled.named_predictors()) == 1
    compiled.save(tmp_path / "compiled.json")
    dsp.Predict("question -> colour").load(tmp_path / "compiled.json")


def test_the_nearest_examples_take_a_function_as_vectorizer(student: dsp.Predict, red: Scripted) -> None:
    optimizer = dsp.KNNFewShot(
        k=2, trainset=TRAIN, vectorizer=dsp.Embedder(lambda texts: [[1.0, len(t)] for t in texts])
    )
    with dsp.context(lm=red):
        compiled = optimizer.compile(student=student)
        assert compiled(question="q").colour == "red"
    assert len(red.requests[-1].messages) == 6


def test_what_no_optimizer_takes_is_a_type_error(student: dsp.Predict) -> None:
    with pytest.raises(TypeError, match="nothing"):
        dsp.LabeledFewShot().compile(student, trainset=TRAIN, nothing=1)


def test_an_lm_that_refuses_every_request_is_told_at_once(student: dsp.Predict) -> None:
    refused = Scripted(lambda request: LMRequestError("no"))
    with dsp.context(lm=refused), pytest.raises(LMRequestError):
        dsp.BootstrapFewShot(metric=metric, num_threads=1).compile(student, trainset=TRAIN)
    assert len(refused.requests) == 1
