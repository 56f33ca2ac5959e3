"""`auto`: which kind for so many vectors of such a dimension, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

AUTO, FLAT, GRAPH, BITS = "auto", "flat", "hnsw", "ivf_rabitq"
KINDS = (AUTO, FLAT, "ivf", "ivf_sq8", GRAPH, BITS)
FEW = 1_000
"""Under so many vectors every kind is kept flat: there is too little to train on, and nothing to gain."""
QUICK = 8_000_000
"""Numbers that are compared in about a millisecond."""


def choose(parameters: Mapping[str, Any], vectors: int, dimension: int) -> tuple[str, str]:
    """The kind, never `auto`, and why it was chosen."""
    asked = str(parameters["kind"])
    megabytes = 4 * vectors * dimension / 1e6
    if vectors < FEW:
        return (
            FLAT,
            f"{asked} was asked for; {vectors:,} vectors, fewer than {FEW:,}, are kept flat whatever is asked for",
        )
    if asked != AUTO:
        return asked, "asked for"
    limit = int(parameters["memory_mb"])
    if vectors * dimension <= QUICK and megabytes <= limit:
        return FLAT, f"auto: {vectors:,} vectors of {dimension} are compared in about a millisecond, exactly"
    bits = vectors * (dimension // 8 + 16) / 1e6
    reason = (
        f"{megabytes:,.0f} MB would be too slow to compare"
        if megabytes <= limit
        else (f"{megabytes:,.0f} MB are more than the {limit:,} allowed (memory_mb)")
    )
    return BITS, (
        f"auto: flat, {reason}; in lists of bits, {bits:,.0f} MB, what is found is compared anew by bytes, "
        f"{vectors * dimension / 1e6:,.0f} MB that are mapped"
    )
