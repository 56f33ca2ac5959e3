"""MS MARCO, DPR, BEIR: the collections of retrieval research, as they are given."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from indexes import FileCorpus, Passage
from indexes.errors import CorpusError, RecordError


def test_ms_marcos_collection_is_known_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "collection.tsv").write_text('0\tThe "quoted passage.\r\n1\tAnother\n')
    assert list(FileCorpus(tmp_path)) == [Passage("0", "", 'The "quoted passage.'), Passage("1", "", "Another")]
    (tmp_path / "collection.tsv.gz").write_bytes(gzip.compress(b"7\tseven\n"))
    assert [passage.id for passage in FileCorpus(tmp_path / "collection.tsv.gz")] == ["7"]


def test_ms_marcos_documents_have_urls_and_titles(tmp_path: Path) -> None:
    (tmp_path / "msmarco-docs.tsv").write_text("D1\thttps://x\tTitle\tBody text\n")
    [passage] = FileCorpus(tmp_path / "msmarco-docs.tsv")
    assert passage == Passage("D1", "Title", "Body text")
    assert passage.metadata == {"url": "https://x"}


def test_ones_own_collection_with_a_header_is_read_as_a_table(tmp_path: Path) -> None:
    (tmp_path / "collection.tsv").write_text("id\ttitle\ttext\n1\tT\twords\n")
    assert list(FileCorpus(tmp_path / "collection.tsv")) == [Passage("1", "T", "words")]


@pytest.mark.parametrize("row", ["only", "1\t ", "\ttext", "1\t2\t3", "1\t2\t3\t4\t5"])
def test_a_bad_row_is_refused_with_its_line_or_counted(tmp_path: Path, row: str) -> None:
    (tmp_path / "collection.tsv").write_text(f"0\tgood\n\n{row}\n2\tgood\n")
    with pytest.raises(RecordError, match=r"collection\.tsv, line 3: a row must have"):
        list(FileCorpus(tmp_path / "collection.tsv"))
    assert [passage.id for passage in FileCorpus(tmp_path / "collection.tsv", skip_bad=1)] == ["0", "2"]


def test_a_table_that_may_be_ms_marcos_says_the_format(tmp_path: Path) -> None:
    (tmp_path / "mine.tsv").write_text("0\tThe presence of\n1\tAnother\n")
    with pytest.raises(CorpusError, match=r'"text" column.*for a collection of MS MARCO: format="msmarco"'):
        list(FileCorpus(tmp_path / "mine.tsv"))
    assert len(list(FileCorpus(tmp_path / "mine.tsv", format="msmarco"))) == 2


def test_dprs_passages_are_known_by_their_name(tmp_path: Path) -> None:
    (tmp_path / "psgs_w100.tsv").write_text('id\ttext\ttitle\n1\t"Aaron ""the"" priest"\tAaron\n')
    assert list(FileCorpus(tmp_path)) == [Passage("1", "Aaron", 'Aaron "the" priest')]


def beir(folder: Path, identifier: str, ending: str = "") -> None:
    (folder / "qrels").mkdir(parents=True)
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\td\t1\n")
    (folder / "queries.jsonl").write_text('{"_id": "q", "text": "who?"}\n')
    line = json.dumps({"_id": identifier, "title": "T", "text": "she", "metadata": {}}).encode()
    (folder / f"corpus.jsonl{ending}").write_bytes(gzip.compress(line) if ending else line)


def test_of_beir_folders_at_any_depth_only_the_corpus_is_read(tmp_path: Path) -> None:
    beir(tmp_path / "scifact", "s")
    beir(tmp_path / "deep" / "nfcorpus", "n", ".gz")
    assert [passage.id for passage in FileCorpus(tmp_path)] == ["n", "s"]
