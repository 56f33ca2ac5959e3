"""How a text becomes terms. One analyzer, one file; a plugin adds one by an entry point in `indexes.analyzers`."""

from __future__ import annotations

from indexes.registry import Registry

ANALYZERS = Registry(
    "analyzer",
    "indexes.analyzers",
    {
        "english": "indexes.analyzers.english:ENGLISH",
        "plain": "indexes.analyzers.plain:PLAIN",
    },
)
