"""Numbers that Python will not read, and quotes that never close, are bad records with a place."""

from __future__ import annotations

from pathlib import Path

import pytest

import indexes
from indexes.errors import CorpusError


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", '{"text": "fine"}\n{"text": "x", "n": ' + "9" * 5000 + "}\n"),
        ("a.csv", 'id,title,text\n1,a,fine\n2,b,"open\n3,c,third\n'),
    ],
)
def test_the_line_is_named_and_may_be_skipped(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(CorpusError, match=rf"{name}.*(line )?[23]"):
        list(indexes.FileCorpus([tmp_path / name]))
    corpus = indexes.FileCorpus([tmp_path / name], skip_bad=1)
    assert [passage.text for passage in corpus] == ["fine"]
    assert corpus.skipped == 1


def test_in_a_list_too(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"text": "x", "n": ' + "9" * 5000 + "}]", encoding="utf-8")
    with pytest.raises(CorpusError, match="cannot be read"):
        list(indexes.FileCorpus([tmp_path / "a.json"]))
