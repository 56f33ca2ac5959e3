"""Weights set by hand, before anything is fitted: the mean of the prior that `fit` starts from.

They say what anyone would guess: an answer stands where the question's words stand, "who" wants a person's name, a
date question a date, and nobody asks for what the question already says.
"""

from __future__ import annotations

_BY_KIND: dict[str, dict[str, float]] = {
    "person": {"title": 1.5, "cap": 1.0, "name_shape": 1.0, "nationality": -1.5, "person_noun_last": -2.0},
    "date": {"date": 3.0, "year": 3.0, "part_of_date": -1.5},
    "year": {"year": 3.0},
    "num": {"num": 2.0, "numunit": 1.5},
    "place": {"cap": 1.5, "capcomb": 1.5, "title": 0.5, "place_shape": 0.7, "nationality": -1.0},
    "org": {"cap": 1.0, "title": 1.0, "capcomb": 0.5, "organisation_suffix": 1.0, "nationality": -1.0},
    "work": {"title": 1.5, "quote": 1.5, "cap": 0.5, "capcomb": 0.5, "nationality": -1.0},
    "attr": {"low": 0.5, "mix": 0.3, "in_definition": 0.7},
    "tail": {"cap": 0.5},
    "other": {"cap": 0.5, "title": 0.3},
    "choice": {"title": 0.5, "cap": 0.3},
}

ANSWER_PRIOR: dict[str, float] = {
    "length": 0.2,
    "left_capital": -2.0,
    "right_capital": -2.0,
    "sentence_coverage": 2.0,
    "passage_coverage": 1.0,
    "linked_coverage": 4.0,
    "sentence_linked_coverage": 2.0,
    "title_in_question": -0.5,
    "entities_in_linked": 1.0,
    "terms_within_4": 0.5,
    "near_within_4": 0.5,
    "near_within_10": 0.3,
    "holds_head": 1.0,
    "ends_with_head": 1.0,
    "share_in_question": -1.0,
    "all_in_question": -4.0,
    "title_defined_as_head": 2.0,
    "title_of_kind": 1.0,
    "passages_with_it": 0.5,
    "modifies_noun": -0.5,
    "place_part_fits": 2.0,
    "life_date_fits": 2.0,
    "is_option": 4.5,
    "option_compared": 2.0,
    "option_coverage": 2.0,
    "yes": 4.0,
    "no": 4.5,
    "yes_coverage": 1.0,
    "yes_same": 1.0,
    **{f"{kind}:{name}": weight for kind, weights in _BY_KIND.items() for name, weight in weights.items()},
}

QUERY_PRIOR: dict[str, float] = {
    "sentence_coverage": 1.5,
    "title_coverage": 0.5,
    "linked_coverage": 1.0,
    "title_in_question": 0.5,
    "passages_with_it": 0.3,
    "share_in_question": -1.0,
    "all_in_question": -3.0,
    "name_shape": 0.3,
    "terms_within_10": 0.3,
    "in_question": -1.0,
    "in_question_unread": 2.5,
    "in_question_is_title": -2.0,
    "in_question_nowhere": 1.0,
    "rarity": 1.0,
    "is_title_read": -3.0,
    "is_in_title_read": -1.0,
    "is_own_title": -1.0,
    "two_words": 0.7,
    "single_token": -0.5,
    "first_passage": 0.5,
    "left_capital": -1.5,
    "right_capital": -1.5,
    "modifies_noun": -1.0,
    "begins_with_month": -2.0,
    "other_name_of_title": -2.0,
    "nationality": -1.0,
}
