"""Every engine under the same laws."""

from __future__ import annotations

from typing import ClassVar

from indexes.folder_index import FolderIndex
from indexes.testing import IndexContract


class TestBm25(IndexContract):
    engine = "bm25"


class TestBm25WithPositions(IndexContract):
    engine = "bm25"
    parameters: ClassVar = {"positions": True}


class TestBm25OverPairsOfCharacters(IndexContract):
    engine = "bm25"
    parameters: ClassVar = {"positions": True, "analyzer": "cjk"}

    def test_a_query_of_stop_words_or_strange_words_finds_nothing_by_terms(self, index: FolderIndex) -> None:
        """This analyzer keeps every word."""
        assert index.search("the of and", 1)[0].id == "stop words"
        assert [index.search(query, 5) for query in ("?!*()", "qwertz")] == [[], []]


class TestBm25Fields(IndexContract):
    engine = "bm25_fields"
    parameters: ClassVar = {"positions": True}


class TestRankBm25(IndexContract):
    engine = "rank_bm25"


class TestHybridOfTwoSparseEngines(IndexContract):
    engine = "hybrid"
    parameters: ClassVar = {"dense": "rank_bm25", "dense_parameters": {"title_weight": 0}}


class TestLinkHop(IndexContract):
    engine = "link_hop"
    by_way_of_others = True


class TestLinkHopOverRankBm25(IndexContract):
    engine = "link_hop"
    by_way_of_others = True
    parameters: ClassVar = {"over": "rank_bm25", "hop_from": 3}
