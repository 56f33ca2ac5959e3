"""How a text becomes a vector. One embedder, one file; a plugin adds one by an entry point in `indexes.embedders`."""

from __future__ import annotations

from indexes.registry import Registry

EMBEDDERS = Registry("embedder", "indexes.embedders", {"hashing": "indexes.embedders.hashing:HASHING"})
