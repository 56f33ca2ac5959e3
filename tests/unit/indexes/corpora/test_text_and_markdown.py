from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes import FileCorpus
from indexes.corpora.chunks import windows, words_of
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


@given(st.lists(st.text("ab", min_size=1, max_size=3)), st.integers(2, 9), st.integers(0, 8))
def test_windows_hold_every_word_in_order_and_none_is_only_a_repetition(
    words: list[str], size: int, overlap: int
) -> None:
    overlap = min(overlap, size - 1)
    parts = [text.split() for _, text in windows(((1, word) for word in words), size, overlap)]
    joined = [word for number, part in enumerate(parts) for word in part[overlap if number else 0 :]]
    assert joined == words
    assert all(len(part) <= size for part in parts)
    assert all(len(part) > overlap for part in parts[1:])


@given(st.text("ab \n\t", max_size=60), st.integers(1, 7))
def test_words_and_their_lines_do_not_depend_on_how_the_text_is_cut(text: str, size: int) -> None:
    def pieces() -> list[tuple[int, str]]:
        cuts = [text[at : at + size] for at in range(0, len(text), size)]
        return [(1 + text[: at * size].count("\n"), piece) for at, piece in enumerate(cuts)]

    expected = [(number, word) for number, line in enumerate(text.split("\n"), 1) for word in line.split()]
    assert list(words_of(pieces())) == expected


def test_a_text_without_blanks_is_cut_rather_than_held(tmp_path: Path) -> None:
    passages = list(FileCorpus([write(tmp_path / "a.txt", "x" * 1_000_000)]))
    assert sum(len(passage.text.replace(" ", "")) for passage in passages) >= 1_000_000
    assert max(len(word) for passage in passages for word in passage.text.split()) <= 4096


def test_invalid_utf8_in_a_text_names_the_line(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", b"fine\n" * 30_000 + b"caf\xe9\n")
    with pytest.raises(RecordError, match=r"a\.txt, line 30001: the file must be UTF-8.*0xe9"):
        list(FileCorpus([path]))


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
