from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from indexes import FileCorpus
from indexes.errors import CorpusError, RecordError


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_short_text_is_one_passage_titled_by_its_file(tmp_path: Path) -> None:
    [passage] = FileCorpus([write(tmp_path / "a note.txt", "one\ntwo   three\n\nfour")])
    assert (passage.id, passage.title, passage.text) == ("a note.txt#1", "a note", "one two three four")


def test_a_long_text_is_cut_into_passages_that_overlap(tmp_path: Path) -> None:
    words = [f"w{number}" for number in range(300)]
    passages = list(FileCorpus([write(tmp_path / "a.txt", "\n".join(words))]))
    cut = [passage.text.split() for passage in passages]
    assert [len(part) for part in cut] == [120, 120, 108]
    assert all(before[-24:] == after[:24] for before, after in itertools.pairwise(cut))
    assert [passage.id for passage in passages] == ["a.txt#1", "a.txt#2", "a.txt#3"]


def test_a_text_without_blanks_is_cut_rather_than_held(tmp_path: Path) -> None:
    passages = list(FileCorpus([write(tmp_path / "a.txt", "x" * 1_000_000)]))
    assert passages[-1].metadata["end"] == 1_000_000
    assert max(len(passage.text) for passage in passages) <= 120 * 4096


def test_invalid_utf8_in_a_text_names_the_line(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", b"fine\n" * 30_000 + b"caf\xe9\n")
    with pytest.raises(RecordError, match=r"a\.txt, line 30001: the file must be UTF-8.*0xe9"):
        list(FileCorpus([path]))


def test_a_text_with_null_bytes_is_refused_with_the_line(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "fine\nnot\0fine\n")
    with pytest.raises(RecordError, match=r"a\.txt, line 2: a text must hold no null bytes"):
        list(FileCorpus([path]))


def test_utf16_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"line 1: the file must be UTF-8.*looks like UTF-16; convert it"):
        list(FileCorpus([write(tmp_path / "a.txt", "words".encode("utf-16"))]))


def test_the_place_of_a_passage_in_its_document_is_told(tmp_path: Path) -> None:
    text = "\ufeffone two\r\n\tthree  four\n" * 50
    passages = list(FileCorpus([write(tmp_path / "a.txt", text)], split="words:7", overlap=2))
    for passage in passages:
        place = passage.metadata
        assert text[1:][place["start"] : place["end"]].split() == passage.text.split()
        assert place["document"] == "a.txt"


def test_a_blank_text_is_refused_when_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="is empty"):
        list(FileCorpus([write(tmp_path / "a.txt", " \n ")]))


MARKDOWN = """Before any heading.

# Cats #
They purr.

## Food
Fish.
```python
# no heading
```
#hashtag is no heading either

# Dogs
They bark.
#
Nameless.
"""


def test_markdown_is_cut_at_headings_and_titled_by_their_path(tmp_path: Path) -> None:
    passages = list(FileCorpus([write(tmp_path / "pets.md", MARKDOWN)]))
    assert [(passage.title, passage.text) for passage in passages] == [
        ("pets", "Before any heading."),
        ("Cats", "They purr."),
        ("Cats — Food", "Fish. ```python # no heading ``` #hashtag is no heading either"),
        ("Dogs", "They bark."),
        ("pets", "Nameless."),
    ]
    assert [passage.id for passage in passages] == [f"pets.md#{number}" for number in range(1, 6)]


def test_a_long_section_is_cut_and_keeps_its_title(tmp_path: Path) -> None:
    passages = list(FileCorpus([write(tmp_path / "a.md", "# Long\n" + "word " * 200)]))
    assert [passage.title for passage in passages] == ["Long", "Long"]


def test_markdown_that_is_not_cut_is_one_passage_with_its_headings(tmp_path: Path) -> None:
    [passage] = FileCorpus([write(tmp_path / "pets.md", MARKDOWN)], split="none")
    assert passage.title == "pets"
    assert "# Cats # They purr. ## Food" in passage.text


def test_sections_are_passages_whatever_their_length_where_headings_cut(tmp_path: Path) -> None:
    path = write(tmp_path / "a.md", "# Long\n" + "word " * 600 + "\n# Short\nword\n")
    assert [len(passage.text.split()) for passage in FileCorpus([path], split="headings")] == [600, 1]
    assert [len(passage.text.split()) for passage in FileCorpus([path], split="headings:400")] == [400, 200, 1]


def test_places_in_markdown_count_its_headings(tmp_path: Path) -> None:
    for passage in FileCorpus([write(tmp_path / "pets.md", MARKDOWN)], split="words:3"):
        start, end = passage.metadata["start"], passage.metadata["end"]
        assert " ".join(MARKDOWN[start:end].split()) == passage.text
