"""Passages in one of Unicode's normal forms, so that equal letters are equal characters."""

from __future__ import annotations

import unicodedata
from itertools import accumulate
from typing import Literal, cast

from indexes.errors import InputError
from indexes.passage import Passage

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
FORMS = ("NFC", "NFD", "NFKC", "NFKD")


def form(said: str) -> Form:
    """The form of that name, in any case. Raises InputError."""
    if said.upper() not in FORMS:
        raise InputError(f'normalize must be one of {", ".join(FORMS)}, but got "{said}"; most texts want NFC')
    return cast(Form, said.upper())


def normalized(passage: Passage, wanted: Form) -> Passage:
    """The passage with title and text in that form. Where its sentences start is said anew."""
    title = unicodedata.normalize(wanted, passage.title)
    starts = _starts(passage)
    if not starts:
        return Passage(passage.id, title, unicodedata.normalize(wanted, passage.text), passage.metadata)
    ends = [*starts[1:], len(passage.text)]
    sentences = [
        unicodedata.normalize(wanted, passage.text[start:end]) for start, end in zip(starts, ends, strict=True)
    ]
    moved = [0, *accumulate(map(len, sentences))][: len(sentences)]
    return Passage(passage.id, title, "".join(sentences), {**passage.metadata, "sentences": moved})


def _starts(passage: Passage) -> list[int]:
    """Where its sentences start, rising from 0; empty where it doesn't say."""
    starts = passage.metadata.get("sentences")
    if not isinstance(starts, list) or not starts or starts[0] != 0:
        return []
    if not all(isinstance(start, int) and 0 <= start <= len(passage.text) for start in starts):
        return []
    return starts if starts == sorted(starts) else []
