"""From scores to probabilities, summed over equal strings, and from those to choices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dsp.lms.extractive.arrays import Floats, Ints, Matrix

_SMALLEST = 1e-30


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Probabilities of rows (float64 [n]) and of distinct strings (log, float64 [groups])."""

    rows: Floats
    strings: Floats
    group: Ints

    def best_row(self, string: int) -> int:
        """The most probable row of a string: where it stands best."""
        rows = np.flatnonzero(self.group == string)
        return int(rows[self.rows[rows].argmax()])

    def order(self, temperature: float, random: np.random.Generator) -> Ints:
        """The strings, best first; at a temperature above 0 an order drawn without replacement (Gumbel noise)."""
        strings = self.strings
        if temperature > 0:
            strings = strings / temperature + random.gumbel(size=len(strings))
        return np.argsort(-strings, kind="stable")


def rank(values: Matrix, weights: Floats, group: Ints, groups: int) -> Ranking:
    """A softmax over the rows; a string's probability is the sum over its rows."""
    scores = (values @ weights.astype(np.float32)).astype(float)
    probabilities = softmax(scores)
    strings = np.log(np.bincount(group, weights=probabilities, minlength=groups) + _SMALLEST)
    return Ranking(probabilities, strings, group)


def softmax(scores: Floats) -> Floats:
    if not len(scores):
        return scores
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum())
