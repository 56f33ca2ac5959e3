"""Fusing several lists of hits into one: pure functions, hits in and hits out.

Passages are the same where their ids are. Equal scores are ordered by the best rank in any list, then by id: nothing
hangs on the order of the lists. The first k of a fusion are the fusion asked for k. A list that names a passage twice
means its better place; a passage that a list lacks gets nothing from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import fsum, inf, isfinite, sqrt

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
    lists: Sequence[Sequence[Hit]],
    k: int | None = None,
    *,
    weights: Sequence[float] | None = None,
    normalization: str = "none",
) -> list[Hit]:
    """The sum of weight * score over the lists (Fox & Shaw 1994).

    For lists whose scores are on one scale, or are brought to one by a `normalization` (see `normalized`). All of them,
    or the best `k`. Raises InputError.
    """
    return _fuse(_scored(lists, weights, normalization), k, "combsum")


def combmnz(
    lists: Sequence[Sequence[Hit]],
    k: int | None = None,
    *,
    weights: Sequence[float] | None = None,
    normalization: str = "min_max",
) -> list[Hit]:
    """CombSUM, times the number of lists that found the passage (Fox & Shaw 1994); lists of weight 0 don't count.

    Meant for scores from 0 up, as `min_max` makes them. All of them, or the best `k`. Raises InputError.
    """
    heard = [hits for hits, weight in zip(lists, _weights(lists, weights), strict=True) if weight > 0]
    times: dict[str, int] = {}
    for hits in heard:
        for id in {hit.id for hit in hits}:
            times[id] = times.get(id, 0) + 1
    return _fuse(_scored(lists, weights, normalization), k, "combmnz", lambda id: times.get(id, 0))


def weighted(
    lists: Sequence[Sequence[Hit]],
    k: int | None = None,
    *,
    weights: Sequence[float] = (0.7, 0.3),
    normalization: str = "min_max",
    depth: int = 100,
) -> list[Hit]:
    """The best `depth` of each list, their scores brought to one scale, weighted and added.

    By default 0.7 of a sparse list and 0.3 of a dense one, as the engine `hybrid` does. All of them, or the best `k`.
    Raises InputError.
    """
    _check_k(depth)
    return _fuse(_scored([hits[:depth] for hits in lists], weights, normalization), k, "weighted")


FUSIONS: dict[str, Callable[..., list[Hit]]] = {
    "combmnz": combmnz,
    "combsum": combsum,
    "rrf": reciprocal_rank_fusion,
    "weighted": weighted,
}


def normalized(scores: Sequence[float], normalization: str) -> list[float]:
    """One list's scores brought to a scale on which lists can be added: the last 0 (or so near), more for better ones.

    `min_max`: 0 … 1. `z_score`: how many standard deviations above the last one; a passage that the list lacks then
    counts as much as its last one, not as its mean. `none`: as they are. Where all are equal, 1. Raises InputError for
    NaN, infinity and other names.
    """
    if normalization not in NORMALIZATIONS:
        raise InputError(f"a normalization is one of {', '.join(NORMALIZATIONS)}, but got {normalization!r}")
    for score in scores:
        if not isfinite(score):
            raise InputError(f"scores must be finite to be fused, but got {score!r}; mend the retriever that gave it")
    return NORMALIZATIONS[normalization](scores) if scores else []


def _as_they_are(scores: Sequence[float]) -> list[float]:
    return list(scores)


def _min_max(scores: Sequence[float]) -> list[float]:
    low, span = min(scores), max(scores) - min(scores)
    if span == inf:  # scores of both signs near the end of what a float holds
        return _min_max([score / 4 for score in scores])
    return [(score - low) / span if span else 1.0 for score in scores]


def _z_score(scores: Sequence[float]) -> list[float]:
    even = _min_max(scores)  # a z-score does not change with the scale, and squares of these are safe
    mean = fsum(even) / len(even)
    deviation = sqrt(fsum((score - mean) ** 2 for score in even) / len(even))
    return [score / deviation for score in even] if deviation else even


NORMALIZATIONS: dict[str, Callable[[Sequence[float]], list[float]]] = {
    "min_max": _min_max,
    "none": _as_they_are,
    "z_score": _z_score,
}


def _scored(
    lists: Sequence[Sequence[Hit]], weights: Sequence[float] | None, normalization: str
) -> list[list[tuple[Hit, float]]]:
    """Each list's hits with what they bring."""
    given = _weights(lists, weights)
    return [
        [(hit, weight * score) for hit, score in zip(hits, scores, strict=True)]
        for hits, weight, scores in (
            (hits, weight, normalized([hit.score for hit in hits], normalization))
            for hits, weight in zip(lists, given, strict=True)
        )
    ]


def _check_k(k: object) -> None:
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise InputError(f"k must be a whole number, at least 1, but got {k!r}; ask for one passage or more")


def _fuse(
    lists: Iterable[list[tuple[Hit, float]]],
    k: int | None,
    source: str,
    times: Callable[[str], float] = lambda id: 1.0,
) -> list[Hit]:
    if k is not None:
        _check_k(k)
    fused: dict[str, _Fused] = {}
    for parts in lists:
        seen: set[str] = set()
        for rank, (hit, part) in enumerate(parts, 1):
            if hit.id in seen:
                continue
            seen.add(hit.id)
            entry = fused.setdefault(hit.id, _Fused(hit.passage, [], rank))
            entry.parts.append(part)
            entry.best_rank = min(entry.best_rank, rank)
    # fsum is exact, so that the order of the lists cannot change a sum's last digit
    ranked = sorted(
        ((fsum(entry.parts) * times(entry.passage.id), entry) for entry in fused.values()),
        key=lambda pair: (-pair[0], pair[1].best_rank, pair[1].passage.id),
    )
    return [Hit(entry.passage, score, rank, source) for rank, (score, entry) in enumerate(ranked[:k], 1)]


def _weights(lists: Sequence[Sequence[Hit]], weights: Sequence[float] | None) -> Sequence[float]:
    if weights is None:
        return [1.0] * len(lists)
    if len(weights) != len(lists):
        raise InputError(f"there must be a weight for each of the {len(lists)} lists, but got {len(weights)}")
    for weight in weights:
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < inf:
            raise InputError(f"a weight must be a finite number, 0 or more, but got {weight!r}")
    return weights
