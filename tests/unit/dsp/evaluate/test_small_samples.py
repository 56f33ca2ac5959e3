"""Few questions prove little, and the intervals must say so."""

from __future__ import annotations

import random

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
