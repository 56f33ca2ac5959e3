"""How a world is divided: into regions of a thousand passages or so, each made on its own, and those into
kinds."""

from __future__ import annotations

from dataclasses import dataclass

from dsp.errors import InputError

MIN_SIZE = 100
MAX_SIZE = 5_000_000
_REGION = 1000

_PER_THOUSAND = {
    "country": (2, 8),
    "river": (2, 30),
    "city": (6, 130),
    "org": (8, 150),
    "work": (8, 300),
    "award": (2, 20),
}
"""Kind: at least so many in a region, and so many of a thousand passages. The rest are people."""
KINDS = (*_PER_THOUSAND, "person")


@dataclass(frozen=True)
class RegionPlan:
    """One region: its number, how many entities of each kind it has, and how many came before it."""

    number: int
    counts: dict[str, int]
    starts: dict[str, int]

    @property
    def size(self) -> int:
        return sum(self.counts.values())

    @property
    def first(self) -> int:
        """The number of the region's first passage."""
        return sum(self.starts.values())


class WorldPlan:
    """Regions of a world of `size` passages; any region's plan is known without the others."""

    def __init__(self, size: int) -> None:
        if not MIN_SIZE <= size <= MAX_SIZE:
            raise InputError(
                f"the size of a world must be {MIN_SIZE} to {MAX_SIZE} passages, but got {size}; "
                "below that there is nothing to tell apart, above it names run out"
            )
        self.regions = max(1, size // _REGION)
        base, self._larger = divmod(size, self.regions)
        self._base, self._plus = _counts(base), _counts(base + 1)

    def region(self, number: int) -> RegionPlan:
        larger, smaller = min(number, self._larger), max(0, number - self._larger)
        starts = {kind: self._plus[kind] * larger + self._base[kind] * smaller for kind in KINDS}
        return RegionPlan(number, self._plus if number < self._larger else self._base, starts)


def _counts(size: int) -> dict[str, int]:
    counts = {kind: max(least, size * share // 1000) for kind, (least, share) in _PER_THOUSAND.items()}
    counts["person"] = size - sum(counts.values())
    return counts
