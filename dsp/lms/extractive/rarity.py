"""How rare words are in general, which says how telling it is to find one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dsp.lms.extractive.text import number_of


@dataclass(frozen=True, slots=True, eq=False)
class TermWeights:
    """How telling a term is: the natural logarithm of one over the share of passages that have it."""

    known: Mapping[int, float]
    default: float

    def of(self, term: int) -> float:
        return self.known.get(term, self.default)


def term_weights(roots: Mapping[str, float], default: float) -> TermWeights:
    """From the weights of roots (`text.root`), and the weight of every other one."""
    return TermWeights({number_of(word): float(weight) for word, weight in roots.items()}, float(default))
