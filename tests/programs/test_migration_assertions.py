"""Assertions as the users of DSPy 2 write them, in every way of switching them on: only the imports have changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import dsp as dspy
from dsp.primitives.assertions import (
    DSPyAssertionError,
    assert_transform_module,
    backtrack_handler,
    bypass_assert_handler,
    bypass_suggest_handler,
    noop_handler,
)
from dsp.testing.dummy import DummyLM


class Tweet(dspy.Signature):
    """Write a tweet about the question."""

    question = dspy.InputField()
    context = dspy.InputField(desc="facts")
    tweet = dspy.OutputField()


def has_no_hashtags(text: str) -> bool:
    return "#" not in text


def is_within_length_limit(text: str, limit: int = 40) -> bool:
    return len(text) <= limit


class Tweeter(dspy.Module):
    def __init__(self) -> None:
        super().__init__()
        self.generate_tweet = dspy.ChainOfThought(Tweet)

    def forward(self, question: str, context: str = "nothing") -> dspy.Prediction:
        tweet = self.generate_tweet(question=question, context=context).tweet
        dspy.Suggest(has_no_hashtags(tweet), "Write it without hashtags.", target_module=self.generate_tweet)
        dspy.Assert(is_within_length_limit(tweet), "Use at most 40 characters.", target_module=Tweet)
        return dspy.Prediction(tweet=tweet)


TRIES = ["#sea " * 20, "The sea is salty, " * 5, "Rivers salt the sea."]
Activate = Callable[[Tweeter], Any]


def lm(tries: list[str] = TRIES) -> Any:
    return DummyLM([{"reasoning": "-", "tweet": tweet} for tweet in tries])


@pytest.mark.parametrize(
    "activate",
    [
        lambda program: program,
        lambda program: program.activate_assertions(),
        lambda program: assert_transform_module(program, backtrack_handler),
        lambda program: assert_transform_module(
            program.map_named_predictors(dspy.Retry), lambda **args: backtrack_handler(max_backtracks=2, **args)
        ),
    ],
)
def test_what_was_wrong_is_said_and_the_tweet_is_written_again(activate: Activate) -> None:
    model = lm()
    with dspy.context(lm=model):
        assert activate(Tweeter())(question="Why is the sea salty?").tweet == "Rivers salt the sea."
    assert "Write it without hashtags." in model.requests[1].messages[-1]["content"]
    assert "Use at most 40 characters." in model.requests[2].messages[-1]["content"]


def test_after_the_last_try_an_assertion_raises_with_its_message() -> None:
    with dspy.context(lm=lm(["long " * 20] * 3)), pytest.raises(DSPyAssertionError, match="at most 40 characters"):
        Tweeter()(question="q")


@pytest.mark.parametrize(
    ("handler", "tweet", "raises"),
    [
        (noop_handler, "#a" * 30, False),
        (bypass_suggest_handler, "#a", False),
        (bypass_assert_handler, "b" * 50, False),
        (bypass_suggest_handler, "b" * 50, True),
    ],
)
def test_handlers_let_pass_what_they_name(handler: Any, tweet: str, raises: bool) -> None:
    program = assert_transform_module(Tweeter(), handler)
    with dspy.context(lm=lm([tweet])):
        if raises:
            with pytest.raises(DSPyAssertionError):
                program(question="q")
        else:
            assert program(question="q").tweet == tweet


def test_a_program_with_assertions_is_compiled_with_one_as_its_teacher() -> None:
    train = [
        dspy.Example(question=f"q{number}", tweet="Rivers salt the sea.").with_inputs("question") for number in range(2)
    ]

    def metric(example: dspy.Example, prediction: dspy.Prediction, trace: Any = None) -> bool:
        return bool(prediction.tweet == example.tweet)

    optimizer = dspy.BootstrapFewShotWithRandomSearch(
        metric=metric, max_bootstrapped_demos=2, num_candidate_programs=2, num_threads=1, max_rounds=1
    )
    said = {"past_tweet": {"reasoning": "-", "tweet": TRIES[2]}, "question": {"reasoning": "-", "tweet": TRIES[0]}}
    with dspy.context(lm=DummyLM(said)):
        student = assert_transform_module(Tweeter(), backtrack_handler)
        compiled = optimizer.compile(student=student, teacher=student.deepcopy(), trainset=train, valset=train)
    assert compiled.candidate_programs[0].score == 1.0
