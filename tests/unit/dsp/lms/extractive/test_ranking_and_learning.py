from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.lms.extractive.learning import Lesson, learn
from dsp.lms.extractive.ranker import rank, softmax
from dsp.lms.extractive.weights import Weights

GROUP = np.array([0, 1, 0, 2])
VALUES = np.array([[1.0], [1.4], [1.0], [0.0]], dtype=np.float32)


def test_the_probabilities_of_equal_strings_add_up() -> None:
    ranking = rank(VALUES, np.array([1.0]), GROUP, 3)
    assert ranking.strings.argmax() == 0
    assert np.exp(ranking.strings).sum() == pytest.approx(1)
    assert ranking.best_row(0) in (0, 2)


def test_at_temperature_zero_the_order_is_that_of_probability() -> None:
    ranking = rank(VALUES, np.array([1.0]), GROUP, 3)
    assert ranking.order(0, np.random.default_rng(1)).tolist() == [0, 1, 2]


def test_drawn_first_places_follow_the_probabilities() -> None:
    ranking = rank(VALUES, np.array([1.0]), GROUP, 3)
    random = np.random.default_rng(1)
    first = np.bincount([int(ranking.order(1.0, random)[0]) for _ in range(4000)], minlength=3) / 4000
    assert first == pytest.approx(np.exp(ranking.strings), abs=0.03)


@given(st.lists(st.floats(-500, 500), max_size=30))
def test_a_softmax_is_a_distribution(scores: list[float]) -> None:
    found = softmax(np.array(scores))
    assert len(found) == len(scores)
    assert not scores or found.sum() == pytest.approx(1)


def lesson(gold: int) -> Lesson:
    values = np.eye(3, dtype=np.float32)
    return Lesson(values, np.array([0, 2, 3]), np.arange(3) == gold)


def test_without_lessons_the_prior_stays() -> None:
    prior = Weights(np.array([1.0, 2.0]), np.ones(2))
    assert learn(prior, [], 10.0) is prior.values


def test_a_lesson_raises_what_was_right_and_leaves_other_columns_alone() -> None:
    prior = Weights(np.array([0.0, 5.0, 0.0, 0.0]), np.ones(4))
    learnt = learn(prior, [lesson(1)], 1.0)
    assert learnt[2] > 0 > learnt[0]
    assert learnt[0] == pytest.approx(learnt[3])
    assert learnt[1] == 5


def test_a_stronger_prior_learns_less_and_more_lessons_teach_more() -> None:
    prior = Weights(np.zeros(4), np.ones(4))
    weak, strong = learn(prior, [lesson(0)], 1.0), learn(prior, [lesson(0)], 100.0)
    assert weak[0] > strong[0] > 0
    assert learn(prior, [lesson(0)] * 5, 1.0)[0] > weak[0]


def test_the_minimum_is_where_the_gradient_vanishes() -> None:
    prior = Weights(np.zeros(4), np.ones(4))
    learnt = learn(prior, [lesson(0)], 2.0, steps=500)
    right = softmax(learnt[[0, 2, 3]])[0]
    assert 2.0 * learnt[0] == pytest.approx(1 - right, abs=1e-3)
