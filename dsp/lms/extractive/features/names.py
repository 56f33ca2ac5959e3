"""Every feature by name, in the order of the weight vector, and how freely its weight may move when it is fitted.

The vector has a block that every question uses and, for each kind of question, a block that only questions of
that kind use: a matrix for one question holds the columns of the first and of one of the others.
"""

from __future__ import annotations

import numpy as np

from dsp.lms.extractive.arrays import Floats, Ints
from dsp.lms.extractive.candidates import TYPES
from dsp.lms.extractive.questions import KINDS

SHAPE = ("length", "left_capital", "right_capital", "name_shape", "sentence_start", "modifies_noun", "nationality")
"""What the candidate looks like (`shapes.SHAPES`)."""

COVERAGE = (
    "sentence_coverage",
    "title_coverage",
    "passage_coverage",
    "linked_coverage",
    "sentence_linked_coverage",
    "rest_coverage",
    "title_in_question",
    "entities_in_passage",
    "entities_in_sentence",
    "entities_in_linked",
)
"""How much of the question stands where the candidate stands."""

WINDOW = (
    "terms_within_4",
    "near_within_4",
    "near_within_10",
    "holds_head",
    "ends_with_head",
    "before_head",
    "share_in_question",
    "all_in_question",
)
"""The words around the candidate and inside it."""

TITLE = (
    "is_other_title",
    "title_asked_late",
    "title_defined_as_head",
    "title_definition_share",
    "title_of_kind",
    "title_of_other_kind",
    "passages_with_it",
)
"""The candidate as the title of a passage, and what that passage says its subject is."""

PART = ("place_part_fits", "life_date_fits", "nationality_fits", "profession_fits")
"""The candidate as a part of something longer: of "Portland, Oregon", of "(1820 – 1910)", of "a Dutch painter"."""

CHOICE = ("is_option", "option_compared", "option_coverage", "yes", "no", "yes_coverage", "yes_same")
"""Answers that the question itself offers."""

COMMON = (*SHAPE, *COVERAGE, *WINDOW, *TITLE, *PART, *CHOICE)

SHAPED_KINDS = ("person", "place", "org", "work", "date", "year", "num", "attr", "tail", "other")
KIND_SHAPES = (
    "name_shape",
    "organisation_suffix",
    "place_shape",
    "after_by",
    "after_in",
    "after_person_noun",
    "length",
    "comma_next",
    "nationality",
    "person_noun_last",
    "part_of_date",
    "in_definition",
)

TYPE_BY_KIND = tuple(f"{kind}:{span}" for kind in KINDS for span in TYPES)
SHAPE_BY_KIND = tuple(f"{kind}:{shape}" for kind in SHAPED_KINDS for shape in KIND_SHAPES)
ANSWER_FEATURES = (*COMMON, *TYPE_BY_KIND, *SHAPE_BY_KIND)

BRIDGE = (
    "definition_of_asked_title",
    "definition_title_coverage",
    "person_asked_and_name",
    "begins_with_month",
    "person_asked_and_after_person",
    "thing_asked_and_after_organisation",
    "in_question",
    "in_question_unread",
    "in_question_is_title",
    "in_question_length",
    "in_question_rarity",
    "rarity",
    "is_title_read",
    "is_in_title_read",
    "two_words",
    "in_question_nowhere",
    "first_passage",
    "second_passage",
    "single_token",
    "is_own_title",
    "terms_within_10",
    "other_name_of_title",
    "holds_asked_noun",
    "after_asked_noun",
    "place_asked_and_shape",
    "organisation_asked_and_suffix",
)
"""More features for choosing what to search for next."""

QUERY_FEATURES = (*ANSWER_FEATURES, *BRIDGE)


def common_columns() -> Ints:
    return np.arange(len(COMMON))


def kind_columns(kind: str) -> Ints:
    """The columns that only questions of this kind use: span types, then shapes where the kind has them."""
    first = len(COMMON) + KINDS.index(kind) * len(TYPES)
    columns = np.arange(first, first + len(TYPES))
    if kind not in SHAPED_KINDS:
        return columns
    first = len(COMMON) + len(TYPE_BY_KIND) + SHAPED_KINDS.index(kind) * len(KIND_SHAPES)
    return np.concatenate([columns, np.arange(first, first + len(KIND_SHAPES))])


def freedom(names: tuple[str, ...]) -> Floats:
    """How far, relative to the others, the weight of each feature may move in fitting: float64 [len(names)]."""
    shape_like = {*SHAPE, *SHAPE_BY_KIND}
    typed = set(TYPE_BY_KIND)
    return np.array([0.5 if name in shape_like else 0.7 if name in typed else 1.0 for name in names])
