from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexes import FileCorpus, Passage
from indexes.errors import CorpusError, RecordError


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_id_title_and_text_become_a_passage_and_the_rest_metadata(tmp_path: Path) -> None:
    line = {"id": "7", "title": "T", "text": "words", "year": 1815, "metadata": {"lang": "en"}}
    [passage] = FileCorpus([write(tmp_path / "a.jsonl", json.dumps(line))])
    assert passage == Passage("7", "T", "words")
    assert passage.metadata == {"year": 1815, "lang": "en"}


def test_beirs_names_and_numbers_as_ids_are_read(tmp_path: Path) -> None:
    lines = '{"_id": "x", "title": "T", "text": "a"}\n{"id": 12, "text": "b"}\n{"docid": "z", "contents": "c"}\n'
    passages = list(FileCorpus([write(tmp_path / "a.jsonl", lines)]))
    assert passages == [Passage("x", "T", "a"), Passage("12", "", "b"), Passage("z", "", "c")]
    assert [passage.metadata for passage in passages] == [{}, {}, {}]


def test_a_record_without_an_id_is_named_after_its_file_and_line(tmp_path: Path) -> None:
    passages = FileCorpus([write(tmp_path / "a.jsonl", '\n{"text": "one"}\n\n{"text": "two"}')])
    assert [passage.id for passage in passages] == ["a.jsonl:2", "a.jsonl:4"]


def test_a_byte_order_mark_and_carriage_returns_do_no_harm(tmp_path: Path) -> None:
    data = b'\xef\xbb\xbf{"id": "1", "text": "one"}\r\n{"id": "2", "text": "two"}\r\n'
    assert [passage.text for passage in FileCorpus([write(tmp_path / "a.jsonl", data)])] == ["one", "two"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{not json}", "not JSON"),
        (b"[1, 2]", "a list"),
        (b"3", "the number 3"),
        (b'"text"', "a string"),
        (b"null", "null"),
        (b'{"id": "x", "title": "no text"}', '"text"'),
        (b'{"text": "   "}', '"text"'),
        (b'{"text": 3}', "the number 3"),
        (b'{"text": "a", "title": ["b"]}', '"title" must be text'),
        (b'{"text": "a", "id": 1.5}', '"id" must be'),
        (b'{"text": "a", "id": true}', '"id" must be'),
        (b'{"text": "caf\xe9"}', "byte 0xe9 at column 14"),
        (b"[" * 100_000, "nested too deep"),
    ],
)
def test_a_bad_line_is_refused_with_file_and_line_or_tolerated_and_counted(
    tmp_path: Path, line: bytes, said: str
) -> None:
    path = write(tmp_path / "a.jsonl", b'{"id": "1", "text": "one"}\n' + line + b'\n{"id": "3", "text": "three"}\n')
    with pytest.raises(RecordError, match=r"a\.jsonl, line 2: ") as caught:
        list(FileCorpus([path]))
    assert said in str(caught.value)
    tolerant = FileCorpus([path], skip_bad=1)
    assert [passage.id for passage in tolerant] == ["1", "3"]
    assert tolerant.skipped == 1


def test_one_bad_record_more_than_tolerated_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", "bad\n" * 3 + '{"text": "good"}\n')
    assert len(list(FileCorpus([path], skip_bad=3))) == 1
    with pytest.raises(RecordError, match=r"line 3.*skip_bad=3, or more"):
        list(FileCorpus([path], skip_bad=2))


@pytest.mark.parametrize("content", ["", "\n\n  \n"])
def test_an_empty_file_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(CorpusError, match=r"a\.jsonl.*is empty"):
        list(FileCorpus([write(tmp_path / "a.jsonl", content)]))


def test_a_file_of_nothing_but_tolerated_bad_lines_has_no_passage(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="none that can be read"):
        list(FileCorpus([write(tmp_path / "a.jsonl", "bad\nbad\n")], skip_bad=5))


words = st.text(st.characters(blacklist_categories=["Cs"]))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.builds(
            Passage,
            id=words.filter(bool),
            title=words,
            text=words.filter(str.strip),
            metadata=st.dictionaries(st.sampled_from(["x", "y"]), st.integers() | words),
        ),
        min_size=1,
    )
)
def test_any_passage_written_as_json_comes_back_equal(tmp_path: Path, passages: list[Passage]) -> None:
    lines = [
        json.dumps({"id": p.id, "title": p.title, "text": p.text, "metadata": p.metadata}, ensure_ascii=False)
        for p in passages
    ]
    got = list(FileCorpus([write(tmp_path / "a.jsonl", "\n".join(lines))]))
    assert got == passages
    assert [passage.metadata for passage in got] == [passage.metadata for passage in passages]
