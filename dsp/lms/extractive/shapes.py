"""What a candidate and its neighbours look like, whatever is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from dsp.lms.extractive.arrays import Bools, Floats, Ints, Matrix, running_sum
from dsp.lms.extractive.lexicon import (
    DIRECTIONS,
    FUNCTION_WORDS,
    MONTHS,
    NATIONALITY_ENDINGS,
    ORGANISATION_SUFFIXES,
    PERSON_NOUNS,
    STOP_WORDS,
    kind_of_noun,
)

SHAPES = (
    "length",
    "single_token",
    "sentence_start",
    "left_capital",
    "right_capital",
    "name_shape",
    "organisation_suffix",
    "person_noun_last",
    "place_shape",
    "comma_next",
    "first_of_place",
    "last_of_place",
    "after_by",
    "after_in",
    "after_person_noun",
    "after_organisation_noun",
    "modifies_noun",
    "nationality",
    "part_of_date",
    "opens_range",
    "closes_range",
    "first_sentence",
    "before_definition",
    "in_definition",
)
"""One column each of `PassageView.shapes`."""

_DEFINING_VERBS = ("is", "was", "are", "were")
_DEFINITION_REACH = 12
_BEFORE_PLACES = ("in", "at", "near", "from", "of", ",", "to")
_RANGE = ("–", "-", "—", "to", "until", "till")
_WHOLE_NAME = (2, 3)


@dataclass(frozen=True, slots=True, eq=False)
class _Around:
    """Candidates among their tokens: `left`/`right` are the neighbours' positions, where they are `in` the sentence."""

    starts: Ints
    ends: Ints
    left: Ints
    right: Ints
    has_left: Bools
    has_right: Bools
    tokens: Sequence[str]
    low: Sequence[str]

    def flag(self, test: Callable[[str], bool], *, of_low: bool = True) -> Bools:
        """bool [tokens]: which tokens pass."""
        return np.array([test(token) for token in (self.low if of_low else self.tokens)], dtype=bool)

    def before(self, flags: Bools) -> Bools:
        return flags[self.left] & self.has_left

    def after(self, flags: Bools) -> Bools:
        return flags[self.right] & self.has_right

    def count(self, flags: Bools) -> Floats:
        sums = running_sum(flags)
        return np.asarray(sums[self.ends] - sums[self.starts])


def shapes_of(tokens: Sequence[str], low: Sequence[str], sentence_of: Ints, spans: Ints, first_sentence: int) -> Matrix:
    """float32 [candidates, len(SHAPES)] for `spans`, rows of (start, end, type, sentence)."""
    if not len(spans):
        return np.zeros((0, len(SHAPES)), dtype=np.float32)
    starts, ends, sentence = spans[:, 0], spans[:, 1], spans[:, 3]
    left, right = np.maximum(starts - 1, 0), np.minimum(ends, len(tokens) - 1)
    around = _Around(
        starts=starts,
        ends=ends,
        left=left,
        right=right,
        has_left=(starts > 0) & (sentence_of[left] == sentence),
        has_right=(ends < len(tokens)) & (sentence_of[right] == sentence),
        tokens=tokens,
        low=low,
    )
    columns = {
        **_form(around),
        **_neighbours(around),
        **_dates(around),
        **_definition(around, sentence_of, sentence == first_sentence, first_sentence),
    }
    return np.stack([columns[name] for name in SHAPES], axis=1).astype(np.float32)


def _capitals(around: _Around) -> Bools:
    return around.flag(lambda token: token[0].isupper() and token.lower() not in FUNCTION_WORDS, of_low=False)


def _form(around: _Around) -> dict[str, Floats | Bools]:
    """What the candidate itself looks like."""
    length = around.ends - around.starts
    last = around.ends - 1
    suffix = around.flag(lambda word: word.strip(".") in ORGANISATION_SUFFIXES)
    nation = around.flag(
        lambda token: token[0].isupper() and len(token) > 4 and token.endswith(NATIONALITY_ENDINGS), of_low=False
    )
    direction = around.flag(lambda word: word in DIRECTIONS)
    person = around.flag(lambda word: word in PERSON_NOUNS or word.removesuffix("s") in PERSON_NOUNS)
    return {
        "length": np.log(length),
        "single_token": length == 1,
        "name_shape": np.isin(length, _WHOLE_NAME) & (around.count(around.flag(_is_name_part, of_low=False)) == length),
        "organisation_suffix": suffix[last],
        "person_noun_last": person[last],
        "nationality": nation[last] & ((length == 1) | ((length == 2) & direction[around.starts])),
    }


def _neighbours(around: _Around) -> dict[str, Floats | Bools]:
    """What stands before and after it."""
    capital = _capitals(around)
    comma = around.flag(lambda word: word == ",")
    kinds = [kind_of_noun(word) for word in around.low]
    place = around.flag(lambda word: word in _BEFORE_PLACES)
    plain = around.flag(lambda word: word[0].isalpha() and word not in STOP_WORDS)
    starts_capital = around.flag(lambda token: token[0].isupper(), of_low=False)[around.starts]
    commas_inside = (around.ends - around.starts > 2) & (around.count(comma) > 0)
    two_left, two_right = np.maximum(around.left - 1, 0), np.minimum(around.right + 1, len(capital) - 1)
    return {
        "sentence_start": ~around.has_left,
        "left_capital": around.before(capital),
        "right_capital": around.after(capital),
        "place_shape": around.before(place) & starts_capital,
        "comma_next": around.after(comma) | commas_inside,
        "first_of_place": around.after(comma) & capital[two_right] & starts_capital,
        "last_of_place": around.before(comma) & capital[two_left] & starts_capital,
        "after_by": around.before(around.flag(lambda word: word == "by")),
        "after_in": around.before(around.flag(lambda word: word == "in")),
        "after_person_noun": around.before(np.array([kind == "person" for kind in kinds], dtype=bool)),
        "after_organisation_noun": around.before(np.array([kind in ("org", "work") for kind in kinds], dtype=bool)),
        "modifies_noun": around.after(plain & ~capital),
    }


def _dates(around: _Around) -> dict[str, Floats | Bools]:
    """Whether a date or a number is cut out of a longer date, and which end of a range ("1820 – 1910") it is."""
    digit = around.flag(lambda word: word[0].isdigit())
    month = around.flag(lambda word: word in MONTHS)
    comma = around.flag(lambda word: word == ",")
    between = around.flag(lambda word: word in _RANGE)
    beyond = np.minimum(around.right + 1, len(digit) - 1)
    before = np.maximum(around.left - 1, 0)
    dated = around.count(digit | month) > 0
    right = around.after(digit | month) | (around.after(comma) & digit[beyond])
    left = around.before(digit | month) | (around.before(comma) & digit[before])
    return {
        "part_of_date": dated & (left | right),
        "opens_range": dated & around.after(between),
        "closes_range": dated & around.before(between),
    }


def _definition(around: _Around, sentence_of: Ints, first: Bools, first_sentence: int) -> dict[str, Floats | Bools]:
    """Where it stands in the sentence that defines the title ("… is a …"): other names before, the kind after."""
    verbs = np.flatnonzero(around.flag(lambda word: word in _DEFINING_VERBS) & (sentence_of == first_sentence))
    verb = int(verbs[0]) if len(verbs) else -1
    return {
        "first_sentence": first,
        "before_definition": first & (around.ends <= verb),
        "in_definition": first & (verb >= 0) & (around.starts > verb) & (around.starts <= verb + _DEFINITION_REACH),
    }


def _is_name_part(word: str) -> bool:
    return word[0].isupper() and word[-1] != "," and word.replace("-", "").replace(".", "").replace("'", "").isalpha()
