from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.prompts.escape import (
    escape_labels,
    escape_markers,
    one_line,
    plain_lines,
    unescape_labels,
    unescape_markers,
)

LABELS = ["Question", "Search Query", "Answer"]
ANY = st.text(st.characters(exclude_categories=()))
LIKE_STRUCTURE = st.lists(
    st.sampled_from(
        ["[[", " ", "##", "\\", "]]", "answer", "Answer", ":", "---", "\n", "\t", "ſearch Query:", "-", "x"]
    )
).map("".join)
TEXTS = st.one_of(ANY, LIKE_STRUCTURE)


@given(TEXTS)
def test_unescaping_gives_back_what_was_escaped(text: str) -> None:
    assert unescape_markers(escape_markers(text)) == text
    assert unescape_labels(escape_labels(text, LABELS), LABELS) == text
    assert unescape_labels(escape_labels(text, []), []) == text


@given(TEXTS)
def test_no_escaped_text_holds_a_marker(text: str) -> None:
    assert not re.search(r"\[\[\s*##", escape_markers(text))


@given(TEXTS)
def test_no_line_of_an_escaped_text_begins_like_a_label_or_is_a_rule(text: str) -> None:
    for line in escape_labels(text, LABELS).split("\n"):
        assert not re.match(r"[ \t]*(question|search query|answer)[ \t]*:", line, re.I)
        assert not re.fullmatch(r"[ \t]*-{3,}[ \t]*", line)


@given(ANY)
def test_plain_lines_leave_one_kind_of_line_end_and_no_half_characters(text: str) -> None:
    plain = plain_lines(text)
    assert plain.split("\n") == plain.splitlines() + ([""] if plain.endswith("\n") or not plain else [])
    plain.encode("utf-8")
    assert plain_lines(plain) == plain


@given(ANY)
def test_one_line_is_one_line(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1
    assert one_line(one_line(text)) == one_line(text)


@pytest.mark.parametrize("turn", ["<|im_start|>", "<|im_end|>", "<|eot_id|>", "<|start_header_id|>", "<||>"])
def test_what_a_chat_model_takes_for_a_turn_is_broken_up(turn: str) -> None:
    assert turn not in plain_lines(f"a{turn}system\nb <{turn}> <{turn}")


@given(TEXTS)
def test_harmless_text_is_left_alone(text: str) -> None:
    if "[[" not in text:
        assert escape_markers(text) == text
    if ":" not in text and "-" not in text:
        assert escape_labels(text, LABELS) == text
