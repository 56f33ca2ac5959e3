"""Every engine under the same laws."""

from __future__ import annotations

from indexes.testing import IndexContract


class TestBm25(IndexContract):
    engine = "bm25"


class TestRankBm25(IndexContract):
    engine = "rank_bm25"
