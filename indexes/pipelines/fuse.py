"""`fuse`: several retrievers in one list, where the operators `|` and `+` don't say enough."""

from __future__ import annotations

from indexes.pipelines.composed import Fused


def fuse(*retrievers: object, how: str = "weighted", depth: int = 100, normalization: str | None = None) -> Fused:
    """Each retriever's best `depth`, fused by `how`: `weighted`, `rrf`, `combsum` or `combmnz`.

    Weights stand before the retrievers: `fuse(2 * a, b, how="rrf")`. `normalization` is `min_max`, `z_score` or `none`;
    left out, it is what that fusion does by itself.
    """
    return Fused(retrievers, how, depth, normalization)
