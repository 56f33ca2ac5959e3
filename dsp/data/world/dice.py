"""Chance that is the same everywhere: a counter-based generator that owes nothing to Python's own.

`random`'s methods have changed between Python versions and `hash` changes between processes; a world must
not. The mixer is SplitMix64's (Steele, Lea & Flood 2014): equal keys give equal draws, on any machine,
for ever."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_MASK = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15


def mix(*keys: int) -> int:
    """64 well-mixed bits that depend on every key and on their order."""
    state = 0
    for key in keys:
        state = _scramble((state ^ (key & _MASK)) + _STEP & _MASK)
    return state


def _scramble(bits: int) -> int:
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB & _MASK
    return bits ^ (bits >> 31)


class Dice:
    """A stream of draws that its keys decide."""

    __slots__ = ("_state",)

    def __init__(self, *keys: int) -> None:
        self._state = mix(*keys)

    def below(self, n: int) -> int:
        """A whole number from 0 to n - 1."""
        self._state = (self._state + _STEP) & _MASK
        return _scramble(self._state) * n >> 64

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + self.below(high - low + 1)

    def chance(self, percent: int) -> bool:
        return self.below(100) < percent

    def pick(self, items: Sequence[T]) -> T:
        return items[self.below(len(items))]

    def shuffle(self, items: list[T]) -> None:
        """Into a random order, in place (Fisher & Yates)."""
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]


class Scatter:
    """A one-to-one map of 0 … n - 1 onto itself that sends neighbours far apart: rank -> (a * rank + c)
    mod n."""

    __slots__ = ("factor", "n", "offset")

    def __init__(self, n: int, *keys: int) -> None:
        dice = Dice(*keys)
        self.n = n
        self.offset = dice.below(n)
        self.factor = dice.between(n // 3, 2 * n // 3) if n > 3 else 1
        while math.gcd(self.factor, n) != 1:
            self.factor += 1

    def __call__(self, rank: int) -> int:
        return (self.factor * rank + self.offset) % self.n
