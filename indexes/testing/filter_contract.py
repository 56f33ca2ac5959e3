"""`FilterContract`: the laws of a filtered search, as tests; a part of `IndexContract`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import pytest

import indexes
from indexes.errors import InputError
from indexes.filters import Filter
from indexes.folder_index import FolderIndex
from indexes.testing.samples import PASSAGES, QUERIES

FILTERS: tuple[dict[str, Any], ...] = (
    {"id": {"in": ["austen", "woolf", "lighthouse", "no such passage"]}},
    {"not": {"title": "Twin"}},
    {"year": 1815},
    {"year": {"gt": 1815}},
    {"or": [{"title": {"gte": "T", "lt": "V"}}, {"year": {"exists": True}}]},
    {},
)


class FilterContract:
    """Who is not let through is not found, by any engine, whatever k is; and who is let through is not lost.

    `by_way_of_others` says that a passage may be found by what another one says, which a filter may take away.
    """

    exact: ClassVar[bool] = True
    by_way_of_others: ClassVar[bool] = False

    def build(self, passages: Any, to: Path, **options: Any) -> FolderIndex:
        raise NotImplementedError

    @pytest.mark.parametrize("where", FILTERS, ids=repr)
    def test_nobody_gets_past_a_filter_and_nobody_is_lost(self, index: FolderIndex, where: dict[str, Any]) -> None:
        passes = Filter(where)
        for query in QUERIES:
            reachable = {hit.id for hit in index.search(query, len(PASSAGES)) if passes(hit.passage)}
            whole = index.search(query, 10**6, where=where)
            assert all(passes(hit.passage) for hit in whole)
            assert [hit.rank for hit in whole] == list(range(1, len(whole) + 1))
            assert {hit.id for hit in whole} >= reachable or not self.exact or self.by_way_of_others
            for k in (1, 2, 5):
                assert index.search(query, k, where=where) == whole[:k] or not self.exact

    def test_who_was_deleted_gets_past_no_filter(self, tmp_path: Path) -> None:
        self.build(PASSAGES, tmp_path / "filtered").close()
        indexes.delete(tmp_path / "filtered", ["twin b", "austen"])
        with indexes.open(tmp_path / "filtered") as index:
            for where in FILTERS:
                for query in QUERIES:
                    found = {hit.id for hit in index.search(query, 10**6, where=where)}
                    assert not found & {"twin b", "austen"}

    def test_a_field_that_no_passage_has_is_refused_and_so_is_what_is_no_filter(self, index: FolderIndex) -> None:
        for where, said in (({"yaer": 1815}, "did you mean year"), ({"year": {"about": 1815}}, "no condition")):
            with pytest.raises(InputError, match=said):
                index.search("novel", 3, where=where)

    def test_threads_with_different_filters_get_what_one_gets(self, index: FolderIndex) -> None:
        asked = [(query, where) for query in QUERIES[:4] for where in FILTERS] * 4
        expected = [index.search(query, 5, where=where) for query, where in asked]
        with indexes.open(index.path) as again, ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda pair: again.search(pair[0], 5, where=pair[1]), asked))
        assert found == expected
