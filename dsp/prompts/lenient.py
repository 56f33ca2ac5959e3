"""Reading what language models really write: names in other letters, bold labels, code fences around the whole.

Every function here takes time in proportion to the text, whatever the text is: completions may be a megabyte of
anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

FENCE = "```"


def unfenced(text: str) -> str:
    """The inside of a text that stands in a code fence as a whole; else the text without outer white space."""
    text = text.strip()
    head, line_end, rest = text.partition("\n")
    if not (head.startswith(FENCE) and line_end and rest.endswith(FENCE)):
        return text
    return rest[: -len(FENCE)].strip() if " " not in head.rstrip() else text


def field_named(word: str, names: Iterable[str]) -> str | None:
    """The one of the names that a model means by a word: `Search Query` means `search_query`."""
    names = tuple(names)
    return word if word in names else _by_plain_name(names).get(_plain(word))


@lru_cache(maxsize=1024)
def _by_plain_name(names: tuple[str, ...]) -> Mapping[str, str]:
    return {_plain(name): name for name in reversed(names)}


def _plain(word: str) -> str:
    return word.strip(" \t*_`\"'").replace("-", "_").replace(" ", "_").casefold()


@lru_cache(maxsize=1024)
def label_pattern(labels: tuple[str, ...]) -> re.Pattern[str]:
    """A line's beginning that is one of the labels: `Answer:`, `**Answer:**`, `**Answer**:`, `## Answer:`.

    Group 1 is the bold mark, the labels have one group each, from 2 on: letters that match in either case need not
    be equal in lower case, so only the group tells which label it is.
    """
    groups = "|".join(f"({re.escape(label)})" for label in labels)
    return re.compile(
        rf"^[ \t]*(?:#{{1,6}}[ \t]+)?(\*{{1,3}}|_{{1,3}}|)(?:{groups})[ \t]*(?::\1|\1[ \t]*:)", re.M | re.I
    )
