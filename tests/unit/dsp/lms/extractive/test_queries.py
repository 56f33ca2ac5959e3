from __future__ import annotations

import numpy as np
import pytest

from dsp.lms.extractive.bridges import BridgeTable, bridge_table
from dsp.lms.extractive.cues import answer_offsets, style_after
from dsp.lms.extractive.queries import WORDS, QueryDemo, QuerySkill, StyleCounts, learn_queries, write, write_queries
from dsp.lms.extractive.text import normalize
from dsp.lms.extractive.weights import load

QUESTION = "Where was the author of The Glass Harbour born?"


@pytest.fixture
def table(lines: tuple[str, ...]) -> BridgeTable:
    return bridge_table(lines[:1], QUESTION)


def written(table: BridgeTable, style: StyleCounts, count: int = 1, temperature: float = 0.0) -> list[str]:
    skill = QuerySkill(load().query.values, style)
    return [query.text for query in write_queries(table, skill, count, temperature, np.random.default_rng(3))]


def test_untaught_it_restates_the_question(table: BridgeTable) -> None:
    assert written(table, StyleCounts()) == [QUESTION]


def test_told_to_name_it_names_the_bridge(table: BridgeTable) -> None:
    style = style_after("Write only the name of what to look up.", StyleCounts())
    assert written(table, style) == ["Ilse Brandt"]


def test_each_of_several_queries_names_another_bridge(table: BridgeTable) -> None:
    queries = written(table, style_after("just the name", StyleCounts()), count=3)
    assert len(set(queries)) == 3


def test_queries_not_wanted_are_not_written(table: BridgeTable) -> None:
    skill = QuerySkill(load().query.values, style_after("just the name", StyleCounts()))
    queries = write_queries(table, skill, 1, 0.0, np.random.default_rng(0), frozenset({"ilse brandt"}))
    assert queries[0].text != "Ilse Brandt"


def test_where_the_question_itself_is_not_wanted_even_an_untaught_writer_names_the_bridge(table: BridgeTable) -> None:
    skill = QuerySkill(load().query.values, StyleCounts())
    (query,) = write_queries(table, skill, 1, 0.0, np.random.default_rng(0), frozenset({normalize(QUESTION)}))
    assert query.text.startswith("Ilse Brandt")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("none", "Ilse Brandt"),
        ("question", f"Ilse Brandt {QUESTION}"),
        ("near", "Ilse Brandt author Glass Harbour born"),
    ],
)
def test_the_words_of_the_question_that_a_query_keeps(table: BridgeTable, words: str, expected: str) -> None:
    assert write(table, ["Ilse Brandt"], 1, WORDS.index(words)) == expected


def test_the_rest_are_words_that_the_bridge_passage_lacks(table: BridgeTable) -> None:
    query = write(table, ["Ilse Brandt"], 1, WORDS.index("rest"))
    assert "born" in query
    assert "Harbour" not in query


def test_demonstrated_queries_teach_style_and_bridge(lines: tuple[str, ...], table: BridgeTable) -> None:
    demos = [
        QueryDemo((lines[3],), "Where is the museum with works by Oskar Veld?", "Veld Museum"),
        QueryDemo((lines[1],), "How many people live where Ilse Brandt was born?", "Leiden"),
        QueryDemo((lines[4],), "When was the painter shown in the Veld Museum born?", "Oskar Veld"),
    ]
    skill = learn_queries(load().query, demos, 10.0)
    assert skill.style.name > StyleCounts().name
    assert not np.array_equal(skill.weights, load().query.values)
    texts = [query.text for query in write_queries(table, skill, 1, 0.0, np.random.default_rng(0))]
    assert texts == ["Ilse Brandt"]


def test_restated_questions_teach_little(lines: tuple[str, ...]) -> None:
    restated = QueryDemo((lines[0],), QUESTION, QUESTION)
    named = QueryDemo((lines[1],), "How many people live where Ilse Brandt was born?", "Leiden")
    style = learn_queries(load().query, [restated, restated, named, named], 10.0).style
    assert style.name > style.restate


def test_a_drawn_query_differs_between_draws(table: BridgeTable) -> None:
    skill = QuerySkill(load().query.values, StyleCounts())
    drawn = {write_queries(table, skill, 1, 1.0, np.random.default_rng(seed))[0].text for seed in range(30)}
    assert len(drawn) > 3


@pytest.mark.parametrize("passages", [(), ("",), ("東京は日本の首都である。",)])
@pytest.mark.parametrize("question", ["", "Who?", "東京はどこ?"])
def test_any_passages_and_question_give_n_queries(passages: tuple[str, ...], question: str) -> None:
    assert len(written(bridge_table(passages, question), style_after("just the name", StyleCounts()), 3)) == 3


@pytest.mark.parametrize(
    ("instructions", "names", "words"),
    [
        ("Write the names of two or three things to look up.", 3, None),
        ("Write the name, with the whole question after it.", None, "question"),
        ("Write the name and the key words of the question.", None, "near"),
        ("Name it, and add the words of what is still missing.", None, "rest"),
    ],
)
def test_instructions_that_are_understood(instructions: str, names: int | None, words: str | None) -> None:
    plain, style = StyleCounts(), style_after(instructions, StyleCounts())
    assert style.name > style.restate
    if names:
        assert style.names[names - 1] > plain.names[names - 1]
    if words:
        assert style.words[WORDS.index(words)] > plain.words[WORDS.index(words)]


def test_instructions_that_are_not_understood_change_nothing() -> None:
    assert style_after("Be wise, be brave.", StyleCounts()) == StyleCounts()
    assert answer_offsets("Be wise, be brave.") == {}


def test_instructions_about_length_shift_the_weight_of_length() -> None:
    assert answer_offsets("Give names in full.")["length"] > 0
    assert answer_offsets("Give the shortest answer that is complete.")["length"] < 0
