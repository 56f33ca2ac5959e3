from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.report.answers import WIDTH, answer_text, passage_lines, printable, trace_text

PASSAGE = {"id": "1", "title": "Emma", "text": "A novel by Jane Austen.", "score": 2.345, "rank": 1, "source": "bm25"}
FOUND: dict[str, Any] = {
    "question": "Who wrote it?",
    "answer": "Jane Austen",
    "reasoning": "It says so.",
    "queries": [["Emma novel", "Emma author"], ["Austen"]],
    "context": [PASSAGE],
}
HOSTILE = "\x1b[2J\x1b]0;title\x07 \r\n\x00 fine \u2028 \u202e end"
TEXTS = st.text(st.characters(exclude_categories=()))


def test_an_answer_is_shown_with_its_hops_its_passages_and_its_reasoning() -> None:
    assert answer_text(FOUND).splitlines() == [
        "Question   Who wrote it?",
        "Hop 2 asks Emma novel",
        "Hop 2 asks Emma author",
        "Hop 3 asks Austen",
        "Passages",
        "  [1] Emma (2.35): A novel by Jane Austen.",
        "Reasoning  It says so.",
        "Answer     Jane Austen",
    ]


def test_what_a_program_does_not_give_is_not_shown() -> None:
    lines = answer_text({"question": "q", "answer": "a", "context": [], "queries": None}).splitlines()
    assert lines == ["Question   q", "Answer     a"]


def test_long_passages_are_cut_to_a_line_and_long_reasoning_is_wrapped() -> None:
    long = "word " * 200
    (line,) = passage_lines([{**PASSAGE, "text": long}])
    assert len(line) <= WIDTH + 2
    assert line.endswith("…")
    lines = answer_text({**FOUND, "reasoning": long}).splitlines()
    assert all(len(line) <= WIDTH for line in lines)
    assert sum(line.count("word") for line in lines) == 200


def test_passages_without_title_or_score_and_plain_strings_are_shown_too() -> None:
    assert passage_lines([{"id": "7", "title": "", "text": "t"}, {"id": "8", "text": "u"}, "Emma | A novel."]) == [
        "  [1] 7: t",
        "  [2] 8: u",
        "  [3] Emma | A novel.",
    ]


@given(TEXTS)
def test_a_printable_text_is_one_line_that_moves_no_cursor(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert printable(shown) == shown
    assert len(shown.splitlines()) <= 1


@pytest.mark.parametrize("place", ["question", "answer", "reasoning", "queries", "title", "text", "id"])
def test_nothing_that_was_found_can_move_a_terminals_cursor(place: str) -> None:
    found = dict(FOUND)
    if place == "queries":
        found["queries"] = [[HOSTILE]]
    elif place in ("title", "text", "id"):
        found["context"] = [{**PASSAGE, "title": "", place: HOSTILE}]
    else:
        found[place] = HOSTILE
    text = answer_text(found)
    assert "fine" in text
    assert all(line.isprintable() for line in text.split("\n"))


def test_a_trace_is_shown_step_by_step() -> None:
    trace = {
        "steps": [
            {
                "kind": "search",
                "name": "bm25",
                "inputs": {"query": f"who {HOSTILE}", "k": 1},
                "outputs": {"hits": [PASSAGE]},
                "seconds": 0.0123,
            },
            {
                "kind": "predict",
                "name": "answer",
                "inputs": {"question": "q"},
                "outputs": {"reasoning": HOSTILE, "answer": "Jane Austen"},
                "seconds": 1.5,
            },
        ]
    }
    lines = trace_text(trace).split("\n")
    assert lines[0] == "1. search bm25  (12 ms)"
    assert lines[2] == "     [1] Emma (2.35): A novel by Jane Austen."
    assert lines[3] == "2. predict answer  (1500 ms)"
    assert lines[-1] == "   answer: Jane Austen"
    assert all(line.isprintable() for line in lines)
