"""Few questions prove little, and the intervals must say so."""

from __future__ import annotations

import random

import numpy as np
import pytest

from dsp.evaluate.intervals import bootstrap_interval, paired_interval


@pytest.mark.parametrize("n", [3, 5, 10, 20])
def test_chance_alone_rarely_looks_like_a_change(n: int) -> None:
    draw = random.Random(n)
    changes = [[draw.choice([-1, 0, 0, 0, 1, 0.5, -0.5]) for _ in range(n)] for _ in range(200)]
    found = [paired_interval([0.0] * n, change, resamples=1000, seed=1).excludes_zero for change in changes]
    assert sum(found) / len(found) < 0.1


def test_two_examples_never_prove_a_change() -> None:
    assert not paired_interval([0, 0], [0.5, 1.0]).excludes_zero
    assert not paired_interval([0, 0], [1.0, 1.0]).excludes_zero


def test_the_interval_stays_within_the_scale_and_around_the_mean() -> None:
    interval = bootstrap_interval([0.0, 1.0, 1.0])
    assert 0.0 <= interval.low < interval.mean < interval.high <= 1.0


def test_the_tails_are_moved_out_as_far_as_students_t_goes_beyond_the_normal_distribution() -> None:
    """At n = 10, sqrt(10/9) * 2.262 / 1.960 = 1.216 times as far as the plain percentiles of the same resamples."""
    values = [0.1, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.95]
    draws = np.random.default_rng(7).choice(values, size=(40_000, len(values))).mean(axis=1)
    plain_low, plain_high = np.quantile(draws, [0.025, 0.975])
    interval = bootstrap_interval(values, resamples=40_000)
    assert (interval.high - interval.low) / (plain_high - plain_low) == pytest.approx(1.216, abs=0.05)
