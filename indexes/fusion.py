"""Fusing several lists of hits into one: pure functions, hits in and hits out.

Passages are the same where their ids are. Equal scores are ordered by the best rank in any list, then by id: nothing
hangs on the order of the lists. The first k of a fusion are the fusion asked for k.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum, inf, isfinite

from indexes.errors import InputError
from indexes.passage import Hit, Passage


@dataclass(slots=True)
class _Fused:
    """A passage under way: what each list gives it, and the best of its ranks."""

    passage: Passage
    parts: list[float]
    best_rank: int


def reciprocal_rank_fusion(
    lists: Sequence[Sequence[Hit]],
    k: int | None = None,
    *,
    constant: float = 60.0,
    weights: Sequence[float] | None = None,
) -> list[Hit]:
    """The sum of weight / (constant + rank) over the lists (Cormack, Clarke & Büttcher 2009; their constant is 60).

    Scores don't enter, so the lists may come from anywhere. All of them, or the best `k`. Raises InputError.
    """
    if not isfinite(constant) or constant < 0:
        raise InputError(f"the constant must be 0 or more, but got {constant!r}; 60 is the usual one")
    given = _weights(lists, weights)
    parts = (
        [(hit, weight / (constant + rank)) for rank, hit in enumerate(hits, 1)]
        for hits, weight in zip(lists, given, strict=True)
    )
    return _fuse(parts, k, "rrf")


def combsum(
    lists: Sequence[Sequence[Hit]], k: int | None = None, *, weights: Sequence[float] | None = None
) -> list[Hit]:
    """The sum of weight * score over the lists (Fox & Shaw 1994): for lists whose scores are on one scale.

    All of them, or the best `k`. Raises InputError.
    """
    given = _weights(lists, weights)
    parts = ([(hit, weight * hit.score) for hit in hits] for hits, weight in zip(lists, given, strict=True))
    return _fuse(parts, k, "combsum")


def _fuse(lists: Iterable[list[tuple[Hit, float]]], k: int | None, source: str) -> list[Hit]:
    if k is not None and (isinstance(k, bool) or not isinstance(k, int) or k < 1):
        raise InputError(f"k must be a whole number, at least 1, but got {k!r}; ask for one passage or more")
    fused: dict[str, _Fused] = {}
    for parts in lists:
        seen: set[str] = set()
        for rank, (hit, part) in enumerate(parts, 1):
            if hit.id in seen:  # a list that names a passage twice means its better place
                continue
            seen.add(hit.id)
            entry = fused.setdefault(hit.id, _Fused(hit.passage, [], rank))
            entry.parts.append(part)
            entry.best_rank = min(entry.best_rank, rank)
    # fsum is exact, so that the order of the lists cannot change a sum's last digit
    ranked = sorted(
        ((fsum(entry.parts), entry) for entry in fused.values()),
        key=lambda pair: (-pair[0], pair[1].best_rank, pair[1].passage.id),
    )
    return [Hit(entry.passage, score, rank, source) for rank, (score, entry) in enumerate(ranked[:k], 1)]


def _weights(lists: Sequence[Sequence[Hit]], weights: Sequence[float] | None) -> Sequence[float]:
    if weights is None:
        return [1.0] * len(lists)
    if len(weights) != len(lists):
        raise InputError(f"there must be a weight for each of the {len(lists)} lists, but got {len(weights)}")
    for weight in weights:
        if not 0 <= weight < inf:
            raise InputError(f"a weight must be a finite number, 0 or more, but got {weight!r}")
    return weights
