"""What makes a demonstration worth keeping: its passages hold the answer, its answer is right."""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Iterable

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def tokens(text: str) -> list[str]:
    """A text as answers are compared in DSP: canonical decomposition, lower case, no punctuation, no articles."""
    lowered = unicodedata.normalize("NFD", text).lower().translate(_PUNCTUATION)
    return _ARTICLES.sub(" ", lowered).split()


def passage_match(passages: Iterable[object], answers: str | Iterable[str]) -> bool:
    """Whether any answer stands in any passage as a run of whole tokens, after normalisation.

    >>> passage_match(["Emma | Emma is a novel by Jane Austen."], ["the Jane Austen", "Brontë"])
    True
    """
    wanted = [found for answer in _several(answers) if (found := tokens(answer))]
    return any(_contains(tokens(str(passage)), answer) for passage in passages for answer in wanted)


def answer_match(prediction: str, answers: str | Iterable[str], frac: float = 1.0) -> bool:
    """Whether the prediction equals an answer after normalisation, or with frac < 1 whether its F1 reaches frac.

    >>> answer_match("The Beatles.", ["beatles"]), answer_match("Jane Austen", ["Miss Jane Austen"], frac=0.8)
    (True, True)
    """
    given = tokens(prediction)
    if frac >= 1.0:
        return any(given == tokens(answer) for answer in _several(answers))
    return any(token_f1(given, tokens(answer)) >= frac for answer in _several(answers))


def _several(answers: str | Iterable[str]) -> list[str]:
    return [answers] if isinstance(answers, str) else list(answers)


def _contains(text: list[str], run: list[str]) -> bool:
    first = run[0]
    return any(text[i] == first and text[i : i + len(run)] == run for i in range(len(text) - len(run) + 1))


def token_f1(given: list[str], wanted: list[str]) -> float:
    """The harmonic mean of precision and recall, token by token; two empty texts are equal."""
    common = sum((Counter(given) & Counter(wanted)).values())
    return 2 * common / (len(given) + len(wanted)) if common else float(given == wanted)
