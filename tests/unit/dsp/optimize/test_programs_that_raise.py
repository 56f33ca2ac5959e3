"""A program that breaks on some question is compiled from the others."""

from __future__ import annotations

import pytest

from dsp.configuration import context
from dsp.errors import InputError
from dsp.execution.sequential import Sequential
from dsp.lms.scripted import Scripted
from dsp.modules.module import Module
from dsp.modules.predict import Predict
from dsp.optimize.bootstrap import bootstrap
from dsp.types.example import Example
from dsp.types.prediction import Prediction

EXAMPLES = [Example(id=str(n), question=f"q{n}", answer="yes").with_inputs("question") for n in range(6)]


class Fragile(Module):
    def __init__(self, error: Exception) -> None:
        self.answer = Predict("question -> answer")
        self.error = error

    def forward(self, question: str) -> Prediction:
        if question == "q2":
            raise self.error
        return self.answer(question=question)


def test_the_other_questions_still_give_demonstrations() -> None:
    with context(lm=Scripted(lambda request: "[[ ## answer ## ]]\nyes")):
        pool = bootstrap(Fragile(KeyError("surprise")), EXAMPLES, executor=Sequential())
    assert [example.id for example in pool] == ["0", "1", "3", "4", "5"]


def test_an_error_that_every_question_would_meet_ends_the_work() -> None:
    with (
        context(lm=Scripted(lambda request: "[[ ## answer ## ]]\nyes")),
        pytest.raises(InputError, match="nothing works"),
    ):
        bootstrap(Fragile(InputError("nothing works")), EXAMPLES, executor=Sequential())
