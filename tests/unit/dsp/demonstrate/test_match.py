from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.demonstrate.match import answer_match, passage_match, tokens
from indexes.passage import Hit, Passage

TEXTS = st.text(max_size=20)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Beatles!", ["beatles"]),
        ("  An  apple a day ", ["apple", "day"]),
        ("U.S.", ["us"]),
        ("Café", ["cafe\u0301"]),
        ("theatre", ["theatre"]),
        ("...", []),
    ],
)
def test_a_text_is_compared_without_case_punctuation_and_articles(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_an_answer_stands_in_a_passage_as_a_run_of_whole_tokens() -> None:
    passages = [Passage("1", "Jane Austen", "She was born in Steventon, Hampshire.")]
    assert passage_match(passages, "steventon hampshire")
    assert passage_match(passages, ["London", "the Jane Austen"])
    assert not passage_match(passages, "Hampshire Steventon")
    assert not passage_match(passages, "even")
    assert not passage_match([], "Steventon")


def test_hits_and_strings_are_passages_too() -> None:
    hit = Hit(Passage("1", "Emma", "A novel."), 1.0, 1, "bm25")
    assert passage_match([hit], "Emma a novel")
    assert passage_match(["Emma | A novel."], "novel")


@pytest.mark.parametrize("answers", ["", "the", "...", [], ["", "a"]])
def test_an_answer_of_no_tokens_stands_nowhere(answers: str | list[str]) -> None:
    assert not passage_match(["the text ..."], answers)


def test_an_answer_matches_any_gold_one_exactly_or_by_a_share() -> None:
    assert answer_match("the Jane  Austen.", ["Brontë", "jane austen"])
    assert not answer_match("Jane", "Jane Austen")
    assert answer_match("Jane", "Jane Austen", frac=0.6)
    assert not answer_match("Jane", "Jane Austen", frac=0.7)
    assert not answer_match("Jane", [])


@given(TEXTS)
def test_every_answer_matches_itself_whatever_the_share(text: str) -> None:
    assert answer_match(text, text)
    assert answer_match(text, text, frac=0.5)


@given(TEXTS, TEXTS, TEXTS)
def test_a_text_stands_wherever_it_is_written_between_spaces(before: str, text: str, after: str) -> None:
    assert passage_match([f"{before} {text} {after}"], text) or not tokens(text)


@given(TEXTS, TEXTS, st.floats(0.01, 0.99))
def test_an_exact_match_is_a_match_at_any_share_and_a_match_is_one_both_ways(a: str, b: str, frac: float) -> None:
    assert answer_match(a, b, frac=frac) or not answer_match(a, b)
    assert answer_match(a, b, frac=frac) == answer_match(b, a, frac=frac)
