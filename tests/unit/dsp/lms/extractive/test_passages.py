from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.lms.extractive.passages import LONGEST_PASSAGE, PassageView, view
from dsp.lms.extractive.shapes import SHAPES


def shape(seen: PassageView, text: str, name: str) -> float:
    return float(seen.shapes[seen.texts.index(text), SHAPES.index(name)])


def test_a_title_is_a_candidate_of_its_own_without_its_parenthesis() -> None:
    seen = view("Emma (novel) | Emma is a novel by Jane Austen.")
    assert seen.texts[0] == "Emma"
    assert seen.sentences == ("Emma (novel)", "Emma is a novel by Jane Austen.")


def test_a_passage_without_a_title_is_all_text() -> None:
    seen = view("Jane Austen wrote Emma.")
    assert seen.title == ""
    assert "Jane Austen" in seen.texts


def test_what_the_first_sentence_says_it_is_gives_the_kind() -> None:
    assert view("Ada Wolf | Ada Wolf (born 3 May 1900) was a Dutch poet.").kind == "person"
    assert view("Leiden | Leiden is a city in South Holland.").kind == "place"
    assert view("Nothing | Hardly anything happens.").kind is None


def test_shapes_tell_parts_from_wholes() -> None:
    seen = view("Ada Wolf | Ada Wolf (4 May 1899 – 12 June 1960) was a Dutch poet from Delft, Holland.")
    assert shape(seen, "4 May 1899", "opens_range") == 1
    assert shape(seen, "12 June 1960", "closes_range") == 1
    assert shape(seen, "4 May", "part_of_date") == 1
    assert shape(seen, "4 May 1899", "part_of_date") == 0
    assert shape(seen, "Delft", "first_of_place") == 1
    assert shape(seen, "Holland", "last_of_place") == 1
    assert shape(seen, "Dutch", "modifies_noun") == 1
    assert shape(seen, "poet", "in_definition") == 1


@pytest.mark.parametrize("text", ["", " | ", "Title | ", "东京是首都", "\x00\ud800 | x", "…", '"" | ""'])
def test_any_text_can_be_read(text: str) -> None:
    seen = view(text)
    assert len(seen.texts) == len(seen.starts) == len(seen.shapes)


@given(st.text(max_size=400))
def test_every_candidate_is_a_span_of_its_sentence(text: str) -> None:
    seen = view(f"Title | {text}")
    for index, candidate in enumerate(seen.texts):
        assert candidate in seen.sentences[int(seen.sentence_ids[index])]
        assert 0 <= seen.starts[index] < seen.ends[index] <= len(seen.tokens)


def test_a_huge_passage_is_read_up_to_its_bound() -> None:
    seen = view("Title | " + "Big words here. " * 100_000)
    assert sum(map(len, seen.sentences)) <= LONGEST_PASSAGE
