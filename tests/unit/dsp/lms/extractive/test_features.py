from __future__ import annotations

import numpy as np
import pytest

from dsp.lms.extractive.features.names import (
    ANSWER_FEATURES,
    COMMON,
    QUERY_FEATURES,
    common_columns,
    freedom,
    kind_columns,
)
from dsp.lms.extractive.passages import MOST_PASSAGES
from dsp.lms.extractive.questions import KINDS
from dsp.lms.extractive.table import OFFERED, Table, answer_table


def value(table: Table, text: str, feature: str, title: str | None = None) -> float:
    """The largest value of a feature over the rows of a text, in one passage or in any."""
    column = table.columns.tolist().index(ANSWER_FEATURES.index(feature))
    titles = [view.title for view in table.scene.passages]
    rows = [
        row
        for row, found in enumerate(table.texts)
        if found == text and (title is None or titles[int(table.passage[row])] == title)
    ]
    return float(table.values[rows, column].max())


def test_every_feature_has_one_name_and_every_kind_its_columns() -> None:
    assert len(set(QUERY_FEATURES)) == len(QUERY_FEATURES)
    for kind in KINDS:
        columns = np.concatenate([common_columns(), kind_columns(kind)])
        assert len(set(columns.tolist())) == len(columns)
        assert all(ANSWER_FEATURES[index].startswith(f"{kind}:") for index in kind_columns(kind))
    assert (freedom(QUERY_FEATURES) > 0).all()


def test_a_linked_passage_adds_its_share_of_the_question(lines: tuple[str, ...]) -> None:
    table = answer_table(lines, "When was the author of The Glass Harbour born?")
    alone = value(table, "Ilse Brandt", "passage_coverage", "Ilse Brandt")
    linked = value(table, "Ilse Brandt", "linked_coverage", "Ilse Brandt")
    assert linked > alone
    assert value(table, "Oskar Veld", "linked_coverage", "Oskar Veld") < linked


def test_a_title_that_the_question_spells_out_is_seen(lines: tuple[str, ...]) -> None:
    table = answer_table(lines, "Who wrote The Glass Harbour?")
    assert value(table, "Ilse Brandt", "title_in_question", "The Glass Harbour") == 1
    assert value(table, "Ilse Brandt", "title_in_question", "Ilse Brandt") == 0


def test_a_title_whose_passage_says_what_was_asked_for_is_seen(lines: tuple[str, ...]) -> None:
    table = answer_table(lines, "Which novelist wrote The Glass Harbour?")
    assert value(table, "Ilse Brandt", "title_defined_as_head") == 1
    assert value(table, "Oskar Veld", "title_defined_as_head") == 0
    assert value(table, "Ilse Brandt", "is_other_title", "The Glass Harbour") == 1
    assert value(table, "Ilse Brandt", "is_other_title", "Ilse Brandt") == 0


def test_what_the_question_already_says_is_seen(lines: tuple[str, ...]) -> None:
    table = answer_table(lines, "Who wrote The Glass Harbour?")
    assert value(table, "Glass Harbour", "all_in_question") == 1
    assert value(table, "Ilse Brandt", "all_in_question") == 0


def test_birth_and_death_dates_are_told_apart(lines: tuple[str, ...]) -> None:
    born, died = (answer_table(lines, f"When {what}?") for what in ("was Ilse Brandt born", "did Ilse Brandt die"))
    died_of = answer_table(lines, "On what date has Ilse Brandt died?")
    assert value(born, "4 May 1899", "life_date_fits") == 1
    assert value(born, "12 June 1960", "life_date_fits") == -1
    assert value(died_of, "12 June 1960", "life_date_fits") == 1
    assert value(died, "4 May 1899", "life_date_fits") <= 0


def test_the_part_of_a_place_that_is_asked_for_is_seen(lines: tuple[str, ...]) -> None:
    city, country = (answer_table(lines, f"In which {noun} is Leiden?") for noun in ("city", "country"))
    assert value(city, "South Holland", "place_part_fits") == 1
    assert value(country, "Netherlands", "place_part_fits") == 1


@pytest.mark.parametrize("question", ["", "?", "東京", "Who wrote it?", "Is it A or B?", "Is it so?"])
def test_any_question_over_no_one_or_odd_passages_has_a_finite_table(question: str) -> None:
    for passages in ((), ("",), ("東京 | 東京は日本の首都である。",), ("A | B c.",) * 3):
        table = answer_table(passages, question)
        assert np.isfinite(table.values).all()
        assert len(table) == len(table.group) == len(table.sentence) == len(table.values)
        assert table.groups == len(set(table.norms))


def test_passages_beyond_the_bound_are_left_out() -> None:
    table = answer_table(tuple(f"T{number} | Text {number}." for number in range(MOST_PASSAGES + 30)), "Which text?")
    assert len(table.scene.passages) == MOST_PASSAGES


def test_a_choice_is_answered_by_forms_of_its_options_alone(lines: tuple[str, ...]) -> None:
    table = answer_table(lines, "Who was born first, Ilse Brandt or Oskar Veld?")
    assert set(table.norms) == {"ilse brandt", "oskar veld"}
    rows = table.sentence == OFFERED
    assert [table.texts[row] for row in np.flatnonzero(rows)] == ["Ilse Brandt", "Oskar Veld"]
    column = COMMON.index("option_compared")
    assert table.values[rows, column].tolist() == [1, -1]


def test_a_yes_or_no_question_is_answered_by_yes_or_no_alone(lines: tuple[str, ...]) -> None:
    assert set(answer_table(lines, "Is Leiden a city?").norms) == {"yes", "no"}
