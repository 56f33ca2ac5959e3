"""Input that was made to fill the memory, or to go on for ever: bounded, with a typed error."""

from __future__ import annotations

import bz2
import gzip
import json
import os
from pathlib import Path

import pytest
import zstandard

from indexes import FileCorpus
from indexes.corpora import compressed, lines, source
from indexes.errors import CorpusError, RecordError


@pytest.mark.parametrize(
    ("ending", "compress"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".zst", zstandard.compress)]
)
@pytest.mark.parametrize("extension", [".jsonl", ".txt", ".csv", ".json", ".md"])
def test_what_unpacks_to_hundreds_of_times_its_size_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extension: str, ending: str, compress
) -> None:
    monkeypatch.setattr(compressed, "FREE", 1 << 20)
    path = tmp_path / f"bomb{extension}{ending}"
    path.write_bytes(compress((b"[" if extension == ".json" else b"text\n") + b" " * (1 << 24)))
    with pytest.raises(CorpusError, match=rf"bomb\{extension}\{ending} must unpack to at most 200 times its size"):
        list(FileCorpus(path, skip_bad=9))


def test_what_packs_as_texts_do_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed, "FREE", 1 << 10)
    content = b"".join(json.dumps({"text": os.urandom(20).hex() * 3}).encode() + b"\n" for _ in range(2000))
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(content))
    assert len(list(FileCorpus(tmp_path / "a.jsonl.gz"))) == 2000


@pytest.mark.parametrize(("name", "header"), [("a.jsonl", ""), ("a.csv", "text\n"), ("collection.tsv", "")])
def test_a_line_without_an_end_is_refused_with_its_number_or_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, header: str
) -> None:
    monkeypatch.setattr(lines, "MAX_LINE", 1000)
    row = {"a.jsonl": '{"text": "%s"}', "a.csv": "%s", "collection.tsv": "1\t%s"}[name]
    (tmp_path / name).write_text(header + "\n".join(row % text for text in ("one", "x" * 12345, "three")) + "\n")
    place = 2 + header.count("\n")
    with pytest.raises(RecordError, match=rf"line {place}: a line must have at most 1,000 bytes"):
        list(FileCorpus(tmp_path / name))
    corpus = FileCorpus(tmp_path / name, skip_bad=1)
    assert [passage.text for passage in corpus] == ["one", "three"]
    assert corpus.skipped == 1


def test_a_passage_of_ten_megabytes_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": "word " * 2_000_000}))
    [passage] = FileCorpus(tmp_path / "a.jsonl")
    assert len(passage.text) == 10_000_000


def test_a_document_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("selectolax", reason="selectolax is not installed: pip install 'dsp[documents]'")
    monkeypatch.setattr(source, "MAX_DOCUMENT", 1000)
    (tmp_path / "a.html").write_text("<p>" + "x" * 1000)
    with pytest.raises(RecordError, match=r"a\.html, line 1: a document must have at most 1,000 bytes"):
        list(FileCorpus(tmp_path / "a.html", workers=0))


@pytest.mark.parametrize("depth", [60, 900])
def test_metadata_nested_deep_are_refused_with_their_line(tmp_path: Path, depth: int) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "a", "deep": ' + "[" * depth + "]" * depth + "}\n")
    with pytest.raises(RecordError, match=r"a\.jsonl, line 1: metadata must be nested at most 50 deep"):
        list(FileCorpus(tmp_path / "a.jsonl"))
