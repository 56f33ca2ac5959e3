from __future__ import annotations

from pathlib import Path

import pytest

from indexes import FileCorpus, Passage
from indexes.errors import CorpusError, RecordError


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_csv_columns_are_found_by_name_in_any_order_and_case(tmp_path: Path) -> None:
    table = 'Text,ID,year,Title\n"a ""quoted"", text",1,1815,T\nplain,2,,\n'
    passages = list(FileCorpus([write(tmp_path / "a.csv", table)]))
    assert passages == [Passage("1", "T", 'a "quoted", text'), Passage("2", "", "plain")]
    assert [passage.metadata for passage in passages] == [{"year": "1815"}, {}]


def test_a_quoted_value_may_run_over_lines_and_places_count_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 'id,text\n1,"two\nlines"\n2\n')
    with pytest.raises(RecordError, match=r"line 4: a row must have 2 values.*has 1"):
        list(FileCorpus([path]))
    [passage] = FileCorpus([path], skip_bad=1)
    assert passage.text == "two\nlines"


def test_tsv_is_read_as_dpr_writes_it(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", 'id\ttext\ttitle\n1\t"Aaron ""the"" priest"\tAaron\n')
    assert list(FileCorpus([path])) == [Passage("1", "Aaron", 'Aaron "the" priest')]


def test_without_an_id_column_the_line_names_the_passage(tmp_path: Path) -> None:
    assert [passage.id for passage in FileCorpus([write(tmp_path / "a.csv", "text\none\n\ntwo\n")])] == [
        "a.csv:2",
        "a.csv:4",
    ]


def test_a_table_without_a_text_column_is_refused_with_its_columns(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r'"text" column, but names 1, hello; .*id,title,text'):
        list(FileCorpus([write(tmp_path / "a.csv", "1,hello\n")]))


def test_invalid_utf8_names_the_line_and_can_be_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", b"id,text\n1,one\n2,caf\xe9\n3,three\n")
    with pytest.raises(RecordError, match=r"line 3: the file must be UTF-8.*0xe9"):
        list(FileCorpus([path]))
    corpus = FileCorpus([path], skip_bad=1)
    assert [passage.id for passage in corpus] == ["1", "3"]
    assert corpus.skipped == 1


def test_a_long_value_is_read_and_a_header_alone_is_empty(tmp_path: Path) -> None:
    [passage] = FileCorpus([write(tmp_path / "a.csv", f"text\n{'word ' * 100_000}\n")])
    assert len(passage.text) == 500_000
    with pytest.raises(CorpusError, match="is empty"):
        list(FileCorpus([write(tmp_path / "b.csv", "id,text\n")]))
