"""`crossval`: the subset of examples that demonstrates best (DSP, Khattab et al. 2022, section 3.1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dsp.demonstrate.sample import sample
from dsp.errors import InputError
from dsp.types.example import Example

Judge = Callable[[list[Example], list[Example]], float]


def crossval(train: Sequence[Example], n: int, k: int, *, seed: int = 0) -> Callable[[Judge], list[Example]]:
    """A function that takes `judge(demos, rest) -> score` and returns the best of n random k-subsets.

        >>> train = [Example(question=str(number), good=number) for number in range(6)]
        >>> chosen = crossval(train, n=20, k=2)(lambda demos, rest: sum(demo.good for demo in demos) - len(rest))
        >>> sorted(demo.good for demo in chosen)
        [4, 5]

    Each subset is scored on the rest of the training examples, so that none judges itself; ties go to the subset drawn
    first. Raises InputError where nothing would be left to score on.
    """
    if n < 1 or k < 1:
        raise InputError(f"n and k must be at least 1, but got n={n} and k={k}")
    if k >= len(train):
        raise InputError(f"k must leave examples to score on, but got k={k} of {len(train)}; choose a smaller k")

    def best(judge: Judge) -> list[Example]:
        splits = [sample(train, len(train), seed=seed + number) for number in range(n)]
        scores = [judge(order[:k], order[k:]) for order in splits]
        return splits[scores.index(max(scores))][:k]

    return best
