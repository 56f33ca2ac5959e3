"""`IndexContract`: the laws of `Index`, as tests. Subclass it once for each engine."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import pytest

import indexes
from indexes.errors import CorruptIndexError, DuplicateIdError, FormatVersionError, InputError, NotAnIndexError
from indexes.folder_index import FolderIndex
from indexes.manifest import FORMAT_VERSION
from indexes.passage import Hit, Passage
from indexes.testing.filter_contract import FilterContract
from indexes.testing.living_contract import LivingContract
from indexes.testing.samples import PASSAGES, QUERIES


class IndexContract(LivingContract, FilterContract):
    """Name the engine, and what tests should give to `indexes.build` besides: its parameters, an embedder's name.

    `lexical` says that a query finds only passages which share a term with it, and that equal passages have equal
    scores to the last digit.
    """

    engine: ClassVar[str]
    parameters: ClassVar[dict[str, Any]] = {}
    lexical: ClassVar[bool] = True

    def build(self, passages: Any, to: Path, **options: Any) -> FolderIndex:
        return indexes.build(passages, to, engine=self.engine, **{**self.parameters, **options})

    @pytest.fixture
    def index(self, tmp_path: Path) -> Iterator[FolderIndex]:
        with self.build(PASSAGES, tmp_path / "index") as index:
            yield index

    def test_it_is_an_index_and_says_what_it_is(self, index: FolderIndex) -> None:
        assert isinstance(index, indexes.Index)
        info = index.info()
        assert json.loads(json.dumps(info)) == info
        assert (info["engine"], info["passages"]) == (self.engine, len(PASSAGES))
        assert info["format_version"] == FORMAT_VERSION
        assert info["bytes"] > 0
        assert len(index) == len(PASSAGES)

    def test_passages_come_back_as_they_were_indexed_in_order(self, index: FolderIndex) -> None:
        got = list(index.passages())
        assert got == list(PASSAGES)
        assert [passage.metadata for passage in got] == [passage.metadata for passage in PASSAGES]

    def test_the_best_hit_is_the_passage_asked_for(self, index: FolderIndex) -> None:
        assert index.search("novel Emma", 3)[0].id == "emma"
        assert index.search("Steventon village in Hampshire", 1)[0].passage == PASSAGES[2]

    @pytest.mark.parametrize("query", QUERIES, ids=lambda query: repr(query[:20]))
    def test_hits_are_ranked_from_one_best_first_and_no_query_raises(self, index: FolderIndex, query: str) -> None:
        hits = index.search(query, 5)
        assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
        assert len({hit.id for hit in hits}) == len(hits) <= 5
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        assert all(math.isfinite(hit.score) and hit.source == self.engine for hit in hits)
        assert all(hit.passage in PASSAGES for hit in hits)

    @pytest.mark.parametrize("query", QUERIES, ids=lambda query: repr(query[:20]))
    def test_the_best_j_of_k_are_the_search_for_j(self, index: FolderIndex, query: str) -> None:
        whole = index.search(query, len(PASSAGES))
        for k in range(1, len(PASSAGES) + 1):
            assert index.search(query, k) == whole[:k]

    def test_k_beyond_the_corpus_gives_what_there_is(self, index: FolderIndex) -> None:
        assert index.search("novel", 10**12) == index.search("novel", len(PASSAGES))
        assert len(index.search("novel", 10**12)) <= len(PASSAGES)

    @pytest.mark.parametrize("k", [0, -1, True, 1.0, "3", None])
    def test_a_k_that_is_no_whole_number_from_one_up_is_refused(self, index: FolderIndex, k: Any) -> None:
        with pytest.raises(InputError, match="k must be"):
            index.search("novel", k)

    @pytest.mark.parametrize("query", [None, b"novel", 3, ["novel"]])
    def test_a_query_that_is_not_text_is_refused(self, index: FolderIndex, query: Any) -> None:
        with pytest.raises(InputError, match="query must be"):
            index.search(query, 3)

    @pytest.mark.parametrize("query", ["", " ", "\t\n", "\x00"])
    def test_a_blank_query_gives_no_hits(self, index: FolderIndex, query: str) -> None:
        assert list(index.search(query, 5)) == []

    def test_a_query_of_stop_words_or_strange_words_finds_nothing_by_terms(self, index: FolderIndex) -> None:
        if self.lexical:
            assert [index.search(query, 5) for query in ("the of and", "?!*()", "qwertz")] == [[], [], []]

    def test_operators_in_a_query_are_text(self, index: FolderIndex) -> None:
        if self.lexical:
            plain = _found(index.search("title Emma novel Austen", 9))
            assert _found(index.search('title:"Emma" -novel +Austen^', 9)) == plain

    def test_a_query_of_a_hundred_thousand_words_is_answered(self, index: FolderIndex) -> None:
        words = " ".join(f"w{number}" for number in range(100_000))
        assert index.search("Emma Emma " + words, 3)[0].id == "emma" or not self.lexical

    def test_equal_scores_are_ordered_as_they_were_indexed(self, tmp_path: Path) -> None:
        passages = [Passage(str(number), "", "the same words in all of them") for number in range(300)]
        with self.build(passages, tmp_path / "index") as index:
            hits = index.search("same words", 90)
        assert [hit.id for hit in hits] == [str(number) for number in range(90)]
        assert len({hit.score for hit in hits}) == 1

    def test_one_passage_is_a_corpus(self, tmp_path: Path) -> None:
        with self.build(PASSAGES[:1], tmp_path / "index") as index:
            assert [hit.id for hit in index.search("Emma", 5)] == ["emma"]

    def test_passages_without_a_single_term_can_be_indexed(self, tmp_path: Path) -> None:
        passages = [Passage("a", "", ""), Passage("b", "the", "?!"), Passage("c", "", "🗿")]
        with self.build(passages, tmp_path / "index") as index:
            assert list(index.passages()) == passages
            assert all(hit.passage in passages for hit in index.search("Emma the", 5))

    def test_a_passage_of_ten_megabytes_is_indexed_and_found(self, tmp_path: Path) -> None:
        passages = [*PASSAGES[:3], Passage("huge", "Huge", "haystack " * 1_100_000 + "needle")]
        with self.build(passages, tmp_path / "index") as index:
            assert index.search("needle haystack", 1)[0].passage == passages[3]

    def test_opening_again_gives_the_same_hits(self, index: FolderIndex) -> None:
        with indexes.open(index.path) as again:
            assert [again.search(query, 9) for query in QUERIES] == [index.search(query, 9) for query in QUERIES]

    def test_a_copied_folder_opens_and_gives_the_same_hits(self, index: FolderIndex, tmp_path: Path) -> None:
        import shutil

        shutil.copytree(index.path, tmp_path / "elsewhere")
        with indexes.open(tmp_path / "elsewhere") as copy:
            assert [copy.search(query, 9) for query in QUERIES] == [index.search(query, 9) for query in QUERIES]

    def test_building_twice_gives_the_same_hits_and_digest(self, index: FolderIndex, tmp_path: Path) -> None:
        with self.build(iter(PASSAGES), tmp_path / "again") as again:
            assert [again.search(query, 9) for query in QUERIES] == [index.search(query, 9) for query in QUERIES]
            assert again.info()["corpus_digest"] == index.info()["corpus_digest"]

    def test_threads_searching_at_once_get_what_one_gets(self, index: FolderIndex) -> None:
        expected = {query: index.search(query, 5) for query in QUERIES}
        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(lambda query: (query, index.search(query, 5)), QUERIES * 20))
        assert all(hits == expected[query] for query, hits in results)

    def test_a_closed_index_says_so_and_closes_twice(self, index: FolderIndex) -> None:
        index.close()
        index.close()
        with pytest.raises(InputError, match="closed"):
            index.search("Emma", 1)
        with pytest.raises(InputError, match="closed"):
            index.passages()

    def test_a_duplicate_id_is_refused_and_leaves_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(DuplicateIdError, match=r'"emma".*passages 1 and 4'):
            self.build([*PASSAGES[:3], PASSAGES[0]], tmp_path / "index")
        assert list(tmp_path.iterdir()) == []

    def test_an_unknown_parameter_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="no_such_parameter"):
            self.build(PASSAGES, tmp_path / "index", no_such_parameter=1)
        assert list(tmp_path.iterdir()) == []

    def test_verify_passes_a_good_index_and_counts_its_files(self, index: FolderIndex) -> None:
        result = indexes.verify(index.path)
        assert result == {"files": result["files"], "bytes": index.info()["bytes"], "passages": len(PASSAGES)}

    def test_verify_names_any_file_in_which_a_byte_was_flipped(self, index: FolderIndex) -> None:
        for path in _files_of(index):
            good = path.read_bytes()
            if good:
                path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
                with pytest.raises(CorruptIndexError, match=path.name.replace(".", r"\.")):
                    indexes.verify(index.path)
                path.write_bytes(good)
        indexes.verify(index.path)

    def test_a_missing_or_truncated_file_is_refused_with_its_name(self, index: FolderIndex) -> None:
        for path in _files_of(index):
            good = path.read_bytes()
            name = path.name.replace(".", r"\.")
            path.write_bytes(good[:-1] if good else b"more")
            with pytest.raises(CorruptIndexError, match=name):
                indexes.open(index.path)
            path.unlink()
            with pytest.raises(CorruptIndexError, match=f"{name} is missing"):
                indexes.open(index.path)
            path.write_bytes(good)
        indexes.open(index.path).close()

    def test_an_edited_manifest_and_a_newer_one_are_refused(self, index: FolderIndex) -> None:
        path = index.path / "manifest.json"
        good = path.read_text()
        path.write_text(good.replace(f'"passages": {len(PASSAGES)}', '"passages": 3'))
        with pytest.raises(CorruptIndexError, match="altered"):
            indexes.open(index.path)
        path.write_text(good.replace(f'"format_version": {FORMAT_VERSION}', '"format_version": 7'))
        with pytest.raises(FormatVersionError, match="format version 7"):
            indexes.open(index.path)
        path.unlink()
        with pytest.raises(NotAnIndexError, match=r"manifest\.json"):
            indexes.open(index.path)

    def test_a_rebuild_replaces_the_index_and_a_reader_keeps_its_own(self, index: FolderIndex) -> None:
        before = index.search("novel", 5)
        with self.build(PASSAGES[3:], index.path) as newer:
            assert len(newer) == len(PASSAGES) - 3
            assert index.search("novel", 5) == before
        generations = [path.name for path in index.path.iterdir() if path.name.startswith("gen-")]
        assert generations == [newer.manifest.generation]

    def test_a_failed_rebuild_leaves_the_index_as_it_was(self, index: FolderIndex) -> None:
        before = {path: path.read_bytes() for path in _files_of(index)}

        def breaks() -> Iterator[Passage]:
            yield PASSAGES[0]
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            self.build(breaks(), index.path)
        assert {path: path.read_bytes() for path in _files_of(index)} == before
        with indexes.open(index.path) as again:
            assert len(again) == len(PASSAGES)


def _found(hits: list[Hit]) -> list[tuple[str, float]]:
    return [(hit.id, round(hit.score, 3)) for hit in hits]


def _files_of(index: FolderIndex) -> list[Path]:
    """The files that the manifest vouches for."""
    return [index.manifest.path_of(index.path, name) for name in index.manifest.files]
