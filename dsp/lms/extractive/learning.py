"""In-context learning: weights moved from their prior by the demonstrations in the prompt.

Maximum a posteriori: the weights that minimise −Σ log p(gold) + ½ λ ‖θ − θ₀‖², where p(gold) is the probability of all
rows that hold the gold answer and θ are scaled weights. Forty L-BFGS steps; the same function fits `weights.json`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dsp.lms.extractive.arrays import Bools, Floats, Ints, Matrix
from dsp.lms.extractive.weights import Weights

STEPS = 40


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """One demonstration: its candidates' features, the weights they use, and which rows are right."""

    values: Matrix
    columns: Ints
    gold: Bools


@dataclass(frozen=True, slots=True, eq=False)
class _Scaled:
    """A lesson whose features are divided by their scales: float64 [n, d]."""

    values: Floats
    columns: Ints
    gold: Bools


def learn(prior: Weights, lessons: Sequence[Lesson], strength: float, steps: int = STEPS) -> Floats:
    """Weights (unscaled, float64) after the lessons; the prior's own where there are none."""
    if not lessons:
        return prior.values
    from scipy.optimize import minimize

    start = prior.values * prior.scales
    scaled = [_scaled(lesson, prior.scales) for lesson in lessons]

    def loss(weights: Floats) -> tuple[float, Floats]:
        away = weights - start
        value, slope = 0.5 * strength * float(away @ away), strength * away
        for lesson in scaled:
            value += _add_surprise(lesson, weights, slope)
        return value, slope

    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": steps, "maxcor": 8})
    return np.asarray(found.x / prior.scales)


def _add_surprise(lesson: _Scaled, weights: Floats, slope: Floats) -> float:
    """−log p(gold), its gradient added to `slope`."""
    scores = lesson.values @ weights[lesson.columns]
    raised = np.exp(scores - scores.max())
    right = raised[lesson.gold]
    expected = raised @ lesson.values / raised.sum() - right @ lesson.values[lesson.gold] / right.sum()
    slope[lesson.columns] += expected
    return float(np.log(raised.sum()) - np.log(right.sum()))


def _scaled(lesson: Lesson, scales: Floats) -> _Scaled:
    return _Scaled(lesson.values / scales[lesson.columns], lesson.columns, lesson.gold)
