"""How titles name their passages, and where a text names them."""

from __future__ import annotations

import re

_SENTENCE_ENDS = re.compile(r"[.!?:…\n][^\w,;]*$")


def begins_a_sentence(text: str, at: int) -> bool:
    """Whether the word at that place is the first one of a sentence, a line or the text, and capitalised."""
    if not text[at : at + 1].isupper():
        return False
    before = text[max(0, at - 8) : at]
    return not before.strip() if at <= len(before) else _SENTENCE_ENDS.search(before) is not None


def without_qualifier(title: str) -> str:
    """`Emma` for `Emma (novel)`; other titles as they are."""
    name, bracket, qualifier = title.rpartition("(")
    return name.rstrip() if bracket and qualifier.endswith(")") and qualifier.count(")") == 1 else title
