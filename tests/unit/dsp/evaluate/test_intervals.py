from __future__ import annotations

import math
import random
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.errors import InputError
from dsp.evaluate.intervals import Interval, bootstrap_interval, mean_in_order, paired_interval

scores = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def test_a_half_right_run_gets_the_binomial_interval() -> None:
    interval = bootstrap_interval([1, 0] * 50)
    assert interval.mean == 0.5
    assert interval.n == 100
    assert interval.low == pytest.approx(0.40, abs=0.011)
    assert interval.high == pytest.approx(0.60, abs=0.011)


def test_many_distinct_scores_get_the_normal_interval() -> None:
    drawn = random.Random(1)
    values = [drawn.random() for _ in range(400)]
    half = 1.96 * math.sqrt(1 / 12 / 400)
    interval = bootstrap_interval(values)
    assert interval.low == pytest.approx(interval.mean - half, abs=0.004)
    assert interval.high == pytest.approx(interval.mean + half, abs=0.004)


def test_equal_seeds_give_equal_intervals_and_others_nearly() -> None:
    values = [0.0, 1.0, 0.5, 0.25, 1.0, 0.0, 0.125]
    assert bootstrap_interval(values, seed=3) == bootstrap_interval(values, seed=3)
    assert bootstrap_interval(values, seed=3).low == pytest.approx(bootstrap_interval(values, seed=4).low, abs=0.03)


@given(scores, st.integers(0, 5))
def test_the_mean_lies_in_its_interval_and_the_interval_on_the_scale(values: list[float], seed: int) -> None:
    interval = bootstrap_interval(values, seed=seed, resamples=400)
    slack = 1e-9
    assert -slack <= interval.low <= interval.mean + slack
    assert interval.mean - slack <= interval.high <= 1 + slack


@pytest.mark.parametrize(("n", "bound"), [(1, 0.975), (20, 0.1684), (100, 0.0362)])
def test_a_run_without_a_hit_is_not_certain_to_miss(n: int, bound: float) -> None:
    none, every = bootstrap_interval([0.0] * n), bootstrap_interval([1.0] * n)
    assert (none.mean, none.low) == (0.0, 0.0)
    assert none.high == pytest.approx(bound, abs=1e-4)
    assert (every.mean, every.high) == (1.0, 1.0)
    assert every.low == pytest.approx(1 - bound, abs=1e-4)


def test_equal_scores_between_the_ends_are_uncertain_to_both_sides() -> None:
    interval = bootstrap_interval([0.5] * 20)
    assert interval.low == pytest.approx(0.5 - 0.1684 / 2, abs=1e-4)
    assert interval.high == pytest.approx(0.5 + 0.1684 / 2, abs=1e-4)


def test_no_examples_say_nothing() -> None:
    assert bootstrap_interval([]) == Interval(0.0, 0.0, 1.0, 0)
    assert paired_interval([], []) == Interval(0.0, -1.0, 1.0, 0)
    assert not paired_interval([], []).excludes_zero


@pytest.mark.parametrize("share", [0.05, 0.3, 0.9])
def test_nineteen_of_twenty_intervals_hold_the_true_mean(share: float) -> None:
    drawn = random.Random(7)
    trials = 200
    held = 0
    for trial in range(trials):
        interval = bootstrap_interval([float(drawn.random() < share) for _ in range(60)], resamples=800, seed=trial)
        held += interval.low <= share <= interval.high
    assert held / trials >= 0.89


def test_pairing_sees_a_change_that_two_separate_intervals_cannot() -> None:
    before = [0.0] * 50 + [1.0] * 50
    after = [1.0] * 8 + before[8:]
    change = paired_interval(before, after)
    assert change.mean == pytest.approx(0.08)
    assert change.excludes_zero
    assert bootstrap_interval(before).high > bootstrap_interval(after).low


def test_a_change_that_goes_both_ways_does_not_exclude_zero() -> None:
    assert not paired_interval([0.0, 1.0] * 20, [1.0, 0.0] * 20).excludes_zero


def test_no_change_at_all_leaves_room_on_both_sides() -> None:
    change = paired_interval([1.0, 0.0] * 10, [1.0, 0.0] * 10)
    assert change.mean == 0.0
    assert change.low == pytest.approx(-0.1684, abs=1e-4)
    assert change.high == pytest.approx(0.1684, abs=1e-4)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=20))
def test_turning_before_and_after_round_turns_the_mean_round(pairs: list[tuple[float, float]]) -> None:
    before, after = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    there, back = paired_interval(before, after, resamples=50), paired_interval(after, before, resamples=50)
    assert there.mean == -back.mean


def test_a_hundred_thousand_scores_are_resampled_in_bounded_memory() -> None:
    values = [i / 100_000 for i in range(100_000)]
    bootstrap_interval(values[:10], resamples=10)
    tracemalloc.start()
    try:
        bootstrap_interval(values, resamples=60)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 80e6


@given(st.lists(st.floats(0, 1)))
def test_the_mean_is_summed_from_left_to_right(values: list[float]) -> None:
    total = 0.0
    for value in values:
        total = total + value
    assert mean_in_order(values) == (total / len(values) if values else 0.0)


def test_what_cannot_be_resampled_is_refused() -> None:
    with pytest.raises(InputError, match="between 0 and 1, but got 95"):
        bootstrap_interval([1.0], level=95)
    with pytest.raises(InputError, match="resamples must be at least 1, but got 0"):
        bootstrap_interval([1.0], resamples=0)
    with pytest.raises(InputError, match="finite"):
        bootstrap_interval([1.0, math.nan])
    with pytest.raises(InputError, match="2 before and 1 after"):
        paired_interval([1.0, 0.0], [1.0])


def test_an_interval_reads_as_a_line_and_as_json() -> None:
    interval = Interval(0.5, 0.25, 0.75, 4)
    assert str(interval) == "0.500 [0.250, 0.750]"
    assert interval.to_dict() == {"mean": 0.5, "low": 0.25, "high": 0.75, "n": 4}
