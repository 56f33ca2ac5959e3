from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from indexes import FileCorpus, Passage
from indexes.errors import CorpusError, RecordError

pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed: pip install 'dsp[parquet]'")
TABLE = {
    "_id": ["a", "b"],
    "title": ["T", None],
    "text": ["one", "two"],
    "day": [datetime.date(2020, 1, 2), None],
    "embedding": [[0.5, 1.5], [2.0, 3.0]],
    "raw": [b"x", b"y"],
    "tags": [["n"], []],
}


def write(path: Path, columns: dict[str, Any]) -> Path:
    table = pyarrow.table(columns)
    if path.suffix == ".parquet":
        pytest.importorskip("pyarrow.parquet").write_table(table, path)
    elif path.name == "stream.arrow":
        with pyarrow.ipc.new_stream(path, table.schema) as stream:
            stream.write_table(table)
    else:
        with pyarrow.ipc.new_file(path, table.schema) as file:
            file.write_table(table)
    return path


NAMES = ["a.parquet", "a.arrow", "stream.arrow", "a.feather"]


@pytest.mark.parametrize("name", NAMES)
def test_rows_become_passages_and_other_columns_metadata_but_for_bytes_and_vectors(tmp_path: Path, name: str) -> None:
    passages = list(FileCorpus(write(tmp_path / name, TABLE)))
    assert passages == [Passage("a", "T", "one"), Passage("b", "", "two")]
    assert [dict(passage.metadata) for passage in passages] == [{"day": "2020-01-02", "tags": ["n"]}, {"tags": []}]


@pytest.mark.parametrize("name", NAMES)
def test_many_rows_are_read_in_order_and_named_after_their_place(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, {"text": [f"w{number}" for number in range(2000)]})
    passages = list(FileCorpus(path))
    assert [passage.text for passage in passages] == [f"w{number}" for number in range(2000)]
    assert passages[1999].id == f"{name}:2000"


def test_a_blank_row_is_refused_with_its_number_or_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", {"text": ["one", None, "three"]})
    with pytest.raises(RecordError, match=r"a\.parquet, row 2: a record must have"):
        list(FileCorpus(path))
    assert len(list(FileCorpus(path, skip_bad=1))) == 2


def test_a_table_without_texts_names_its_columns(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r'a\.parquet must have a "text" column, but has question, answer'):
        list(FileCorpus(write(tmp_path / "a.parquet", {"question": ["q"], "answer": ["a"]})))


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_file_is_refused_with_its_name(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, TABLE)
    good = path.read_bytes()
    for bad in (good[: len(good) // 2], b"", b"PAR1" + b"x" * 50 + b"PAR1", b"ARROW1" + b"\xff" * 90):
        path.write_bytes(bad)
        with pytest.raises(CorpusError, match=name.replace(".", r"\.")):
            list(FileCorpus(path))


def test_a_compressed_one_must_be_unpacked(tmp_path: Path) -> None:
    (tmp_path / "a.parquet.gz").write_bytes(b"x")
    with pytest.raises(CorpusError, match="unpack it first"):
        list(FileCorpus(tmp_path / "a.parquet.gz"))
