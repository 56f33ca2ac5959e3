"""What fusing retrievers comes to: weights where none are said, hits that say who found them, and what may be wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from indexes.fusion import FUSIONS, NORMALIZATIONS
from indexes.passage import Hit
from indexes.pipelines.part import is_count

SPARSE, DENSE = 0.7, 0.3
"""What finding by words and finding by vectors weigh beside each other."""


def fused(
    lists: Sequence[Sequence[Hit]], k: int, how: str, weights: Sequence[float], normalization: str | None
) -> list[Hit]:
    """The lists in one; a hit's source is `how(the sources that found it)`."""
    options: dict[str, Any] = {} if normalization is None else {"normalization": normalization}
    found_by: dict[str, list[str]] = {}
    for hits in lists:
        for hit in hits:
            found_by.setdefault(hit.id, []).append(hit.source)
    found = FUSIONS[how](lists, k, weights=weights, **options)
    return [replace(hit, source=f"{how}({', '.join(found_by[hit.id])})") for hit in found]


def default_weights(dense: Sequence[bool | None]) -> list[float]:
    """Weights for retrievers that find by vectors, by words, or by nobody knows what (None)."""
    if None in dense or len(set(dense)) == 1:
        return [1 / len(dense)] * len(dense)
    return [DENSE / dense.count(True) if each else SPARSE / dense.count(False) for each in dense]


def fusion_problems(
    how: object, depth: object, normalization: object, parts: int, k: int, largest: float
) -> Iterator[str]:
    """What is wrong with a fusion of so many parts, the largest of which has so many passages, asked for k."""
    if how not in FUSIONS:
        yield f"fuse(how=…) is one of {', '.join(sorted(FUSIONS))}, but is {how!r}"
    if normalization is not None and (how == "rrf" or normalization not in NORMALIZATIONS):
        yield f"normalization is one of {', '.join(NORMALIZATIONS)}, and not for rrf, but is {normalization!r}"
    if parts < 2:
        yield f"fusing needs two retrievers or more, but got {parts}"
    if not isinstance(depth, int) or not is_count(depth):
        yield f"the depth of a fusion must be a whole number from 1 up, but is {depth!r}"
    elif k > depth and largest > depth:
        yield f"a fusion looks at the first {depth} of each, but {k} are asked for; say fuse(…, depth={k})"
