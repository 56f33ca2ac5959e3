from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.lms.extractive.questions import KINDS, analyse
from dsp.lms.extractive.text import root


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who wrote The Glass Harbour?", "person"),
        ("When was Ilse Brandt born?", "date"),
        ("In what year was the museum founded?", "year"),
        ("How many copies did it sell?", "num"),
        ("What is the population of the city where Ilse Brandt was born?", "num"),
        ("Where was the author of The Glass Harbour born?", "place"),
        ("Which company released it?", "org"),
        ("What novel made her famous?", "work"),
        ("Are Leiden and Delft in the same country?", "yn"),
        ("Leiden is old. Is Delft old too?", "yn"),
        ("Which is larger, Leiden or Delft?", "choice"),
        ("What nationality was the painter?", "attr"),
        ("During which century was it built?", "attr"),
        ("The novel was written by a woman born in what?", "tail"),
        ("Tell me about Leiden.", "other"),
    ],
)
def test_the_kind_of_answer_wanted(question: str, kind: str) -> None:
    assert analyse(question).kind == kind


@pytest.mark.parametrize(
    ("question", "options"),
    [
        ("Which is larger, Leiden or Delft?", ("Leiden", "Delft")),
        ("Who was born first, Ilse Brandt or Oskar Veld?", ("Ilse Brandt", "Oskar Veld")),
        ("Which is shorter, the River Amber or the River Lonn?", ("River Amber", "River Lonn")),
        ("Was Ilse Brandt or Oskar Veld born first?", ("Ilse Brandt", "Oskar Veld")),
        ("Between Leiden and Delft, which is larger?", ("Leiden", "Delft")),
        ("Who was older, Brandt or Veld, the painter?", ("Brandt", "Veld")),
    ],
)
def test_the_options_of_a_choice(question: str, options: tuple[str, str]) -> None:
    assert analyse(question).options == options


def test_an_or_between_small_words_offers_no_choice() -> None:
    assert analyse("Which painter worked in oil or chalk?").options == ()


def test_the_asking_word_is_told_from_the_relating_one() -> None:
    seen = analyse("The woman who wrote The Glass Harbour was born in what city?")
    assert seen.kind == "place"
    assert seen.head == (root("city"),)
    assert seen.asks_late


def test_which_way_a_comparison_goes() -> None:
    older, later = analyse("Who is older, Brandt or Veld?"), analyse("Which was founded later, Alba or Borea?")
    assert older.smaller
    assert older.by_date
    assert later.larger
    assert later.by_date
    assert not analyse("Which has more inhabitants, Leiden or Delft?").by_date


def test_names_are_kept_whole_and_as_written() -> None:
    seen = analyse("Who read The Glass Harbour before Ilse Brandt?")
    assert "ilse brandt" in seen.entities
    assert dict(zip(seen.entities, seen.entity_texts, strict=True))["ilse brandt"] == "Ilse Brandt"


@given(st.text(max_size=300))
def test_every_text_has_an_analysis(text: str) -> None:
    assert analyse(text).kind in KINDS


def test_a_huge_question_is_read_from_its_end() -> None:
    assert analyse("word " * 200_000 + "Who wrote Emma?").kind == "person"
