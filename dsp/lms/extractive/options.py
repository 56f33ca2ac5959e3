"""The two options of a question that offers a choice: "A or B?", "Between A and B, which …"."""

from __future__ import annotations

import re

_OR = re.compile(r",?\s+or\s+", re.I)
_RIGHT_BEGINS = re.compile(r"\W*(?:[a-z]+ ){0,3}\W*[A-Z0-9]")
_RIGHT_ENDS = re.compile(
    r"(?:\s+(?:happen|come|came|born|was|were|is|are|released|founded|formed|have|has|had|take|took|first|in terms"
    r"|live|lived|do|does|did)\b|,|\?|$)"
)
_LEFT_OPENS = re.compile(
    r"^(?:Did|Was|Were|Is|Are|Does|Which came first)\s+(?:the\s+)?(?:forming of |birth of )?(?:The )?|^.* - "
)
_LEFT_AFTER_COMPARISON = re.compile(
    r"^.*?\b(?:first|earlier|older|younger|between|larger|later|more)\b[ ,]+(?=(?:the )?[A-Z\"])"
)
_ARTICLE = re.compile(r"^the\s+", re.I)
_SORT = re.compile(r"^(?:[a-z]+\s+){1,3}(?=\W*[A-Z0-9])")
"""What an option is, before its name: "the film Emma", "the birth of Ada Wolf"."""
_BETWEEN = re.compile(r"(?:Between|Out of|Of) (.+?) and (.+?),")


def options_of(question: str) -> tuple[str, str] | None:
    """Options around "or", or None."""
    for split in _OR.finditer(question):
        left = _left(question[: split.start()])
        rest = question[split.end() :]
        if left and _RIGHT_BEGINS.match(rest):
            right = _SORT.sub("", _ARTICLE.sub("", rest))
            end = _RIGHT_ENDS.search(right, 1)
            right = right[: end.start()] if end else right
            return left, right.strip(' "?')
    return None


def options_between(question: str) -> tuple[str, str] | None:
    """Options of "Between A and B, …", or None."""
    match = _BETWEEN.match(question)
    return (match.group(1), match.group(2)) if match else None


def _left(text: str) -> str:
    """The option before "or": what follows the last comma, without the words that put the question."""
    part = re.split(r"[,?]", text)[-1].strip()
    part = _ARTICLE.sub("", part)
    if not any(letter.isupper() for letter in part):
        return ""
    part = _LEFT_OPENS.sub("", part)
    return _SORT.sub("", _LEFT_AFTER_COMPARISON.sub("", part)).strip(' "')
