"""The engines that need FAISS under the same laws as the others; skipped where it is not installed."""

from __future__ import annotations

from typing import ClassVar

import pytest

from indexes.testing import IndexContract

pytest.importorskip("faiss", reason="faiss-cpu is in the extra [dense]")


class TestFaiss(IndexContract):
    engine = "faiss"
    parameters: ClassVar = {"embedder": "hashing"}
    lexical = False


class Small(IndexContract):
    """Kinds that begin with a thousand passages, held to the laws of all with the few there are here.

    Those that round vectors to codes are not: their scores depend, a little, on what they were trained with.
    """

    engine = "faiss"
    lexical = False

    @pytest.fixture(autouse=True)
    def _from_the_first_passage_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("indexes.engines.nearest.choosing.FEW", 1)


class TestFaissIvf(Small):
    parameters: ClassVar = {"embedder": "hashing", "kind": "ivf"}


class TestFaissHnsw(Small):
    parameters: ClassVar = {"embedder": "hashing", "kind": "hnsw"}


class TestHybrid(IndexContract):
    engine = "hybrid"
    parameters: ClassVar = {"embedder": "hashing"}
    lexical = False


class TestLinkHopOverHybrid(IndexContract):
    engine = "link_hop"
    by_way_of_others = True
    parameters: ClassVar = {"over": "hybrid", "embedder": "hashing"}
    lexical = False
