"""Every embedder under the same laws."""

from __future__ import annotations

from indexes.embedders.hashing import HashingEmbedder
from indexes.embedders.lsa import Lsa
from indexes.protocols import Embedder
from indexes.testing import PASSAGES, EmbedderContract


class TestHashing(EmbedderContract):
    def make(self) -> Embedder:
        return HashingEmbedder()


class TestLsa(EmbedderContract):
    def make(self) -> Embedder:
        return Lsa(dimension=64).fit(passage.text for passage in PASSAGES)
