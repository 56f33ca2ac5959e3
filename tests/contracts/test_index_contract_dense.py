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


class TestHybrid(IndexContract):
    engine = "hybrid"
    parameters: ClassVar = {"embedder": "hashing"}
    lexical = False


class TestLinkHopOverHybrid(IndexContract):
    engine = "link_hop"
    by_way_of_others = True
    parameters: ClassVar = {"over": "hybrid", "embedder": "hashing"}
    lexical = False
