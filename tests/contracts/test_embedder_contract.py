"""Every embedder under the same laws."""

from __future__ import annotations

from indexes.embedders.hashing import HashingEmbedder
from indexes.protocols import Embedder
from indexes.testing import EmbedderContract


class TestHashing(EmbedderContract):
    def make(self) -> Embedder:
        return HashingEmbedder()
