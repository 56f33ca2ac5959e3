"""Answer normalisation: when two answers are the same answer, and how much two answers share."""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from dsp.errors import InputError

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_WHOLE_ANSWERS = frozenset({"yes", "no", "noanswer"})


class Overlap(NamedTuple):
    """What two answers share, token by token: each 0 (nothing) to 1 (all)."""

    f1: float
    precision: float
    recall: float


NO_OVERLAP = Overlap(0.0, 0.0, 0.0)


def normalize_answer(text: str) -> str:
    """The answer in lower case, without ASCII punctuation and English articles, white space squeezed.

    As SQuAD and HotpotQA score answers (Rajpurkar et al. 2016; Yang et al. 2018).
    """
    bare = text.lower().translate(_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", bare).split())


def normalize_text(text: str) -> str:
    """As `normalize_answer`, with accents taken apart first (Unicode NFD): how DSP matches passages."""
    return normalize_answer(unicodedata.normalize("NFD", text))


def tokens(text: str) -> list[str]:
    """The words of `normalize_text`, in order: what DSP compares when it looks for an answer in a passage."""
    return normalize_text(text).split()


def overlap(prediction: str, gold: str) -> Overlap:
    """F1, precision and recall of the prediction's tokens against the gold answer's.

    HotpotQA's rule: where either is a bare yes, no or noanswer, anything but equality shares nothing.
    """
    ours, theirs = normalize_answer(prediction), normalize_answer(gold)
    if ours != theirs and (ours in _WHOLE_ANSWERS or theirs in _WHOLE_ANSWERS):
        return NO_OVERLAP
    ours_tokens, theirs_tokens = ours.split(), theirs.split()
    shared = sum((Counter(ours_tokens) & Counter(theirs_tokens)).values())
    if shared == 0:
        return NO_OVERLAP
    precision = shared / len(ours_tokens)
    recall = shared / len(theirs_tokens)
    return Overlap(2 * precision * recall / (precision + recall), precision, recall)


def gold_answers(example: Mapping[str, Any]) -> list[str]:
    """Every gold answer of an example: its `answers` where it has several, else its `answer`.

    Raises InputError where it has neither, or where they are not text.
    """
    value = example.get("answers") or example.get("answer")
    answers = [value] if isinstance(value, str) else value
    if not isinstance(answers, list | tuple) or not answers or not all(isinstance(a, str) for a in answers):
        raise InputError(
            "scoring an answer needs an example with the text `answer`, or a list of texts, `answers`, but "
            f"got {value!r} in an example with the fields {', '.join(example) or 'none'}; add the gold answer"
        )
    return list(answers)


def predicted_answer(prediction: Mapping[str, Any]) -> str:
    """The prediction's `answer` as text; "" where it has none."""
    answer = prediction.get("answer")
    return "" if answer is None else str(answer)
