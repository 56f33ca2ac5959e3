"""Which names a text mentions: runs of capitalised words, for retrievers that have no index of titles."""

from __future__ import annotations

import re

from indexes.analyzers.common_words import COMMON_WORDS
from indexes.analyzers.english import ENGLISH
from indexes.analyzers.naming import begins_a_sentence, without_qualifier

MOST = 30
"""Of a text with more names the first so many are looked for."""
_SMALL = r"(?:of|the|and|de|von|in|for|to|a|on|at|la|le|du|&)"
_BIG = r"[^\W_a-z](?:\w?\.(?=\s)|[\w'’-]*(?:\.[\w'’-]+)*)"  # `St.` and `J.` go on, `Emma.` ends a sentence
_NAME = re.compile(rf"{_BIG}(?:\s+(?:{_SMALL}\s+){{0,2}}{_BIG})*")
_LEADING = re.compile(rf"^(?:{_SMALL}\s+)+")
_JOINTS = re.compile(r"\s+(?:and|&|of|in|at|for|to)\s+")
_WORD = re.compile(r"\w+")


def names_in(text: str) -> list[str]:
    """The names in a text, in its order, each once, and what they are made of.

    Of `Which Night Train of Ashby's` also `Night Train of Ashby`, `Which Night Train` and `Ashby`: a sentence's first
    word is capitalised for another reason, and a small word may join two names. Stop words alone are no name, nor is a
    common word that begins a sentence (`Film`).
    """
    found: dict[str, None] = {}
    for match in _NAME.finditer(text):
        if len(found) >= MOST:
            break
        whole = match.group().strip(" .,-'’")
        begins = begins_a_sentence(text, match.start())
        others = _LEADING.sub("", whole.partition(" ")[2])
        pieces = [whole, *([others] if others else []), *_JOINTS.split(whole)]
        for piece in pieces:
            for name in (piece, *re.split(r"['’]s\b\s*", piece)):
                by_chance = name.lower() in COMMON_WORDS and whole.startswith(name) and begins
                if not by_chance and ENGLISH(name):
                    found[name.strip()] = None
    return list(found)[:MOST]


def called(title: str) -> str:
    """What a title calls its passage: its words, without a qualifier such as `(novel)`. Capitals count: `May` is not
    `may`."""
    return " ".join(_WORD.findall(without_qualifier(title)))
