from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.lms.extractive.candidates import LONGEST, TYPES, candidate_spans
from dsp.lms.extractive.text import TOKEN


def spans(sentence: str) -> dict[str, str]:
    tokens = TOKEN.findall(sentence)
    return {" ".join(tokens[start:end]): kind for start, end, kind in candidate_spans(tokens)}


@pytest.mark.parametrize(
    ("sentence", "span", "kind"),
    [
        ("She died on 4 July 1776 in Rome.", "4 July 1776", "date"),
        ("It opened on July 4, 1776.", "July 4 , 1776", "date"),
        ("It opened in 1931.", "1931", "year"),
        ("It sold 40,000 copies there.", "40,000", "num"),
        ("It sold 40,000 copies there.", "40,000 copies", "numunit"),
        ("It sold 3 million copies.", "3 million", "num"),
        ('He wrote "Over the Sea" there.', "Over the Sea", "quote"),
        ("He met Ilse Brandt there.", "Ilse Brandt", "cap"),
        ("She was the Duke of York then.", "Duke of York", "capcomb"),
        ("He was a landscape painter.", "landscape painter", "low"),
        ("He led the Dutch navy.", "Dutch navy", "mix"),
    ],
)
def test_a_sentence_offers(sentence: str, span: str, kind: str) -> None:
    assert spans(sentence)[span] == kind


def test_a_magnitude_alone_is_no_number() -> None:
    assert "million" not in {text for text, kind in spans("It sold 3 million copies.").items() if kind == "num"}


def test_a_leading_function_word_is_no_name() -> None:
    assert "The" not in spans("The river runs.")


@given(st.lists(st.sampled_from(["Ann", "of", "7", "May", '"', "the", "1950", "river", ",", "東京"]), max_size=30))
def test_spans_stay_inside_the_sentence_are_short_and_come_once(tokens: list[str]) -> None:
    found = candidate_spans(tokens)
    assert all(0 <= start < end <= len(tokens) and end - start <= LONGEST for start, end, _ in found)
    assert {kind for _, _, kind in found} <= set(TYPES)
    assert len({(start, end) for start, end, _ in found}) == len(found)
