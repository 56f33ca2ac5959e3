"""Retrievers composed by operators: `(bm25 | dense) >> rerank(model) % 10`. One stage, one file.

    from indexes.pipelines import dedupe, mmr, rerank, where

    pipeline = (bm25 | dense) >> where({"year": {"gte": 1990}}) >> dedupe() >> rerank(model) % 10
    pipeline.check()
    pipeline.search("who wrote Emma?", k=5)

An index is a retriever, and so is whatever has `search(query, k)`: `composed(yours)` gives it the operators.
"""

from __future__ import annotations

from indexes.pipelines.composed import Composed as Composed
from indexes.pipelines.composed import Stage as Stage
from indexes.pipelines.composed import composed as composed
from indexes.pipelines.dedupe import dedupe as dedupe
from indexes.pipelines.fuse import fuse as fuse
from indexes.pipelines.hop import hop as hop
from indexes.pipelines.mmr import mmr as mmr
from indexes.pipelines.parse import parse as parse
from indexes.pipelines.rerank import rerank as rerank
from indexes.pipelines.rm3 import rm3 as rm3
from indexes.pipelines.threshold import threshold as threshold
from indexes.pipelines.where import where as where

__all__ = [
    "Composed",
    "Stage",
    "composed",
    "dedupe",
    "fuse",
    "hop",
    "mmr",
    "parse",
    "rerank",
    "rm3",
    "threshold",
    "where",
]
