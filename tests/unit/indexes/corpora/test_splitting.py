from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes import FileCorpus
from indexes.corpora.splitting import Part, Splitter, TooLongError, splitter
from indexes.errors import InputError


def cut(text: str, said: str, overlap: int | None = None) -> list[Part]:
    return list(splitter(said, overlap)([(1, 0, text)]))


def texts(text: str, said: str, overlap: int | None = None) -> list[str]:
    return [part.text for part in cut(text, said, overlap)]


UNITS = st.sampled_from(["words", "tokens", "sentences", "headings"])
TEXT = st.text("aB. ?!\n\t。日\"')é1", max_size=80)


@given(TEXT, UNITS, st.integers(1, 5), st.integers(0, 4))
def test_every_character_that_is_not_blank_is_in_a_passage_in_order(
    text: str, unit: str, size: int, overlap: int
) -> None:
    parts = list(Splitter(unit, size, min(overlap, size - 1))([(1, 0, text)]))
    covered: set[int] = set()
    for part in parts:
        assert "".join(text[part.start : part.end].split()) == "".join(part.text.split())
        assert " ".join(text[part.start : part.end].split()) == part.text
        assert part.line == 1 + text.count("\n", 0, part.start)
        covered |= set(range(part.start, part.end))
    assert all(at in covered for at, character in enumerate(text) if not character.isspace())
    assert all(one.start < other.start and one.end < other.end for one, other in itertools.pairwise(parts))


@given(TEXT, UNITS, st.integers(1, 7))
def test_passages_do_not_depend_on_how_the_text_is_read(text: str, unit: str, step: int) -> None:
    pieces = [(1 + text.count("\n", 0, at), at, text[at : at + step]) for at in range(0, len(text), step)]
    how = Splitter(unit, 3, 1)
    assert list(how(pieces)) == list(how([(1, 0, text)]))


@given(TEXT, st.integers(1, 7))
def test_uncut_the_whole_text_is_one_passage(text: str, step: int) -> None:
    pieces = [(1 + text.count("\n", 0, at), at, text[at : at + step]) for at in range(0, len(text), step)]
    parts = list(splitter("none")(pieces))
    assert [part.text for part in parts] == ([" ".join(text.split())] if text.strip() else [])
    assert all(text[part.start : part.end] == text.strip() for part in parts)


@given(st.lists(st.text("ab", min_size=1, max_size=3)), st.integers(2, 9), st.integers(0, 8))
def test_neighbours_share_exactly_the_overlap(words: list[str], size: int, overlap: int) -> None:
    overlap = min(overlap, size - 1)
    parts = [part.text.split() for part in Splitter("words", size, overlap)([(1, 0, " ".join(words))])]
    joined = [word for number, part in enumerate(parts) for word in part[overlap if number else 0 :]]
    assert joined == words
    assert all(len(part) <= size for part in parts)
    assert all(len(part) > overlap for part in parts[1:])


def test_sentences_end_at_stops_but_not_at_abbreviations_initials_or_numbers() -> None:
    text = 'Dr. J. Smith paid $3.50 to Mr. Jones. "Why?" he asked. Nobody knew! It was 5 p.m. and dark'
    assert texts(text, "sentences:1", 0) == [
        "Dr. J. Smith paid $3.50 to Mr. Jones.",
        '"Why?" he asked.',
        "Nobody knew!",
        "It was 5 p.m. and dark",
    ]


def test_a_blank_line_ends_a_sentence_and_a_line_break_does_not() -> None:
    assert texts("A title\n\nIt goes\non. And\non.", "sentences:1", 0) == ["A title", "It goes on.", "And on."]


def test_chinese_sentences_end_without_a_blank_and_characters_are_words() -> None:
    assert texts("今天很好。明天呢？不知道", "sentences:1", 0) == ["今天很好。", "明天呢？", "不知道"]
    assert texts("今天很好 ok", "words:3", 0) == ["今天很", "好 ok"]


def test_tokens_count_marks_by_themselves() -> None:
    assert texts("don't stop, now", "tokens:4", 0) == ["don't stop", ", now"]


def test_a_sentence_without_an_end_is_cut() -> None:
    assert [len(text.split()) for text in texts("word " * 1000, "sentences:1", 0)] == [400, 400, 200]


def test_a_fifth_overlaps_where_nothing_is_said() -> None:
    assert str(splitter("words:50")) == "words:50, overlapping by 10"
    assert str(splitter("sentences")) == "sentences:5, overlapping by 1"
    assert splitter("headings").overlap == 0
    assert str(splitter("none")) == "none"


@pytest.mark.parametrize("said", ["", "lines:5", "words:", "words:x", "words:-1", "words:0", "words:9999999", "none:3"])
def test_what_is_no_unit_and_size_is_refused(said: str) -> None:
    with pytest.raises(InputError, match="split must"):
        splitter(said)


@pytest.mark.parametrize("overlap", [-1, 5, 6, True, 1.5])
def test_an_overlap_must_be_less_than_the_size(overlap: object) -> None:
    with pytest.raises(InputError, match="overlap must be 0 or more and less than the size of a passage, 5"):
        splitter("words:5", overlap)  # type: ignore[arg-type]


def test_an_overlap_alone_is_refused(tmp_path) -> None:
    with pytest.raises(InputError, match=r'overlap goes with split.*split="sentences:5"'):
        FileCorpus([tmp_path], overlap=3)


def test_what_may_not_be_cut_may_not_be_endless() -> None:
    def endless():
        for number in itertools.count():
            yield 1, number << 20, "word " * (1 << 18)

    with pytest.raises(TooLongError, match="at most 67,108,864 characters"):
        list(splitter("none")(endless()))


def test_records_are_cut_where_it_is_asked_for(tmp_path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": "x", "title": "T", "text": "One. Two. Three.", "year": 9}\n')
    [passage] = FileCorpus(tmp_path / "a.jsonl")
    assert (passage.id, dict(passage.metadata)) == ("x", {"year": 9})
    parts = list(FileCorpus(tmp_path / "a.jsonl", split="sentences:2", overlap=1))
    assert [(part.id, part.title, part.text) for part in parts] == [
        ("x#1", "T", "One. Two."),
        ("x#2", "T", "Two. Three."),
    ]
    assert parts[1].metadata == {"year": 9, "document": "x", "start": 5, "end": 16}
