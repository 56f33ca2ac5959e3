from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.lms.extractive.text import (
    NO_TERM,
    TOKEN,
    count_tokens,
    first_tokens,
    normalize,
    number_of,
    root,
    sentences,
    stem,
    term_of,
)


@pytest.mark.parametrize(
    ("word", "expected"),
    [("cities", "city"), ("directed", "direct"), ("glass", "glass"), ("Austen's", "austen"), ("is", "is")],
)
def test_a_stem_drops_common_endings_and_keeps_short_words(word: str, expected: str) -> None:
    assert stem(word) == expected


def test_the_words_of_one_relation_have_one_root() -> None:
    assert root("birthplace") == root("born")
    assert root("wife") == root("husband")
    assert root("wife") != root("born")


def test_stop_words_and_punctuation_are_no_terms() -> None:
    assert term_of("the") == NO_TERM
    assert term_of(",") == NO_TERM
    assert term_of("harbour") >= 0


def test_the_number_of_a_word_is_the_same_in_every_process() -> None:
    code = "from dsp.lms.extractive.text import number_of; print(number_of('harbour'))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert int(printed) == number_of("harbour")


def test_dates_initials_and_numbers_are_single_tokens() -> None:
    assert TOKEN.findall("J. R. Smith paid $1,200 in the 1960s, at 5th.") == [
        *("J.", "R.", "Smith", "paid", "$", "1,200", "in", "the", "1960s", ",", "at", "5th", "."),
    ]


def test_an_abbreviation_or_an_initial_ends_no_sentence() -> None:
    assert sentences("Dr. Brandt met J. Veld. They spoke! Did they?") == [
        "Dr. Brandt met J. Veld.",
        "They spoke!",
        "Did they?",
    ]


@given(st.text())
def test_sentences_lose_no_words(text: str) -> None:
    assert "".join(sentences(text)).split() == text.split() or "".join("".join(sentences(text)).split()) == "".join(
        text.split()
    )


@given(st.text())
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = normalize(text)
    assert once == normalize(once) or any(article in once.split() for article in ("a", "an", "the"))


@given(st.text(), st.integers(0, 20))
def test_a_text_cut_to_n_tokens_has_at_most_n_and_is_its_beginning(text: str, count: int) -> None:
    cut = first_tokens(text, count)
    assert text.startswith(cut)
    assert count_tokens(cut) == min(count, count_tokens(text))
