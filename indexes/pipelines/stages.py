"""The stages by name, for expressions; a plugin adds one by an entry point in `indexes.pipelines`."""

from __future__ import annotations

from indexes.registry import Registry

STAGES = Registry(
    "stage",
    "indexes.pipelines",
    {
        "dedupe": "indexes.pipelines.dedupe:Dedupe",
        "hop": "indexes.pipelines.hop:Hop",
        "mmr": "indexes.pipelines.mmr:Mmr",
        "rerank": "indexes.pipelines.rerank:Rerank",
        "rm3": "indexes.pipelines.rm3:Rm3",
        "threshold": "indexes.pipelines.threshold:Threshold",
        "where": "indexes.pipelines.where:Where",
    },
)
