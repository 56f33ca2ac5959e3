"""What two passages say when they are compared: dates, amounts, and whether something is the same in both."""

from __future__ import annotations

import re

import numpy as np

from dsp.lms.extractive.candidates import NAME_TYPES
from dsp.lms.extractive.lexicon import (
    AMOUNT_WORDS,
    CALLING_NOUNS,
    DATED_RELATIONS,
    FIRST_PLACE_NOUNS,
    LAST_PLACE_NOUNS,
    MONTHS,
    NATIONALITY_NOUNS,
    PERSON_NOUNS,
    WHOLE_NATIONALITY_ENDINGS,
)
from dsp.lms.extractive.passages import PassageView
from dsp.lms.extractive.questions import QuestionView
from dsp.lms.extractive.shapes import SHAPES
from dsp.lms.extractive.text import normalize, root

_YEAR = re.compile(r"\b(1\d{3}|20\d\d)\b")
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\b\d[\d,]*(?:\.\d+)?\b")
_MODERN_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_BEFORE_YEAR = 14
_AFTER_RELATION = 80
_AROUND_NUMBER = 30
_LONGEST_NUMBER = 18
_NATIONALITY_REACH = 60
_PLACES = FIRST_PLACE_NOUNS | LAST_PLACE_NOUNS
_PEOPLE = frozenset(root(word) for word in PERSON_NOUNS)


def compared_value(view: PassageView, question: QuestionView) -> float | None:
    """The number that a comparison looks at: a date as years and twelfths, or an amount; None where there is none."""
    return _date(view.body, question) if question.by_date else _amount(view.body, question)


def _date(body: str, question: QuestionView) -> float | None:
    """The first year after a word of the relation that is asked about, or else the first year."""
    groups = [group for group in DATED_RELATIONS if group.intersection(question.low)] or list(DATED_RELATIONS)
    all_words = frozenset(word for group in groups for word in group)
    asked = all_words.intersection(question.low)
    match = _year_after(asked, body) or _year_after(all_words, body) or _YEAR.search(body)
    if match is None:
        return None
    before = body[max(0, match.start() - _BEFORE_YEAR) : match.start()].lower()
    months = [number for number, month in enumerate(MONTHS) if month in before]
    return float(match.group(1)) + (months[-1] / 12 if months else 0.0)


def _year_after(words: frozenset[str], body: str) -> re.Match[str] | None:
    if not words:
        return None
    for place in re.finditer(rf"\b(?:{'|'.join(sorted(words))})\b", body, re.I):
        match = _YEAR.search(body, place.end(), place.end() + _AFTER_RELATION)
        if match:
            return match
    return None


def _amount(body: str, question: QuestionView) -> float | None:
    """The number nearest to a word of the asked amount, or else the largest that is no year."""
    words = {word for group in AMOUNT_WORDS if group.intersection(question.low) for word in group}
    places = [match.span() for match in _WORD.finditer(body) if match.group().lower() in words]
    numbers = [match for match in _NUMBER.finditer(body) if len(match.group()) <= _LONGEST_NUMBER]
    near = [
        (min(abs(start - match.end()), abs(match.start() - end)), -_value(match))
        for match in numbers
        for start, end in places
        if -_AROUND_NUMBER <= match.start() - end <= _AROUND_NUMBER
        or -_AROUND_NUMBER <= start - match.end() <= _AROUND_NUMBER
    ]
    if near:
        return -min(near)[1]
    return max((_value(match) for match in numbers if not _MODERN_YEAR.fullmatch(match.group())), default=None)


def _value(number: re.Match[str]) -> float:
    return float(number.group().replace(",", ""))


def said_the_same(first: PassageView, second: PassageView, question: QuestionView) -> bool | None:
    """Whether the passages agree in what the question names (nationality, profession, place, person).

    None where the question does not ask for sameness in one of these.
    """
    asked = set(question.low)
    if asked & (NATIONALITY_NOUNS | {"country"}) and _nationalities(first) & _nationalities(second):
        return True
    if asked & NATIONALITY_NOUNS:
        return False
    if not asked & {"same", "share", "shared", "one"}:
        return None
    if asked & CALLING_NOUNS:
        return bool(first.definition & second.definition & _PEOPLE)
    if asked & _PLACES:
        return bool(_names(first, question, "place_shape") & _names(second, question, "place_shape"))
    if asked & PERSON_NOUNS:
        return bool(_names(first, question, "name_shape") & _names(second, question, "name_shape"))
    return None


def _names(view: PassageView, question: QuestionView, shape: str) -> set[str]:
    """The candidates of that shape, the two that are compared left out."""
    column = view.shapes[:, SHAPES.index(shape)]
    compared = {normalize(view.base_title), *question.entities}
    return {norm for norm, fits in zip(view.norms, column, strict=True) if fits and norm and norm not in compared}


def _nationalities(view: PassageView) -> set[str]:
    """Words that end as nationalities do, and capitalised words before what the subject is said to be."""
    by_ending = {
        token.lower()
        for token in view.tokens[:_NATIONALITY_REACH]
        if token[0].isupper() and token.lower().endswith(WHOLE_NATIONALITY_ENDINGS)
    }
    before_noun = view.shapes[:, SHAPES.index("in_definition")] * view.shapes[:, SHAPES.index("modifies_noun")]
    capital = np.isin(view.types, NAME_TYPES)
    return by_ending | {norm for norm, fits in zip(view.norms, before_noun * capital, strict=True) if fits}
