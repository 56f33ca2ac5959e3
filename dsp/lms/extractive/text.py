"""Text into tokens, terms and sentences.

A *term* is a content word brought to one form (stemmed, relation words merged) and then to a 63-bit number. The
number is a digest of the word, so it is the same in every process and no vocabulary has to be kept.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b

from dsp.lms.extractive.lexicon import STOP_WORDS, SYNONYMS

TOKEN = re.compile(
    r"(?:[A-Z]\.)+(?=\s|[A-Z]|,|$)"  # initials: J. R. R., U.S.
    r"|\d+(?:[.,:/]\d+)*(?:[–-]\d+)*(?:st|nd|rd|th|s)?(?!\w)"  # 1,200 · 1914–18 · 5th · 1960s
    r"|\$|%|\w+(?:[-'’.&]\w+)*|[^\w\s]"
)
_SENTENCE_END = re.compile(r"[.!?][\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Jr|Sr|No|vs|Co|Inc|Ltd|Lt|Col|Gen|Mt|Prof|Rev|ca|c|feat|Vol)|\b[A-Z])\.$"
)
_ABBREVIATION_REACH = 12
_NOT_WORD = re.compile(r"[^\w\s]")
_ARTICLE = re.compile(r"\b(?:a|an|the)\b")
_SUFFIXES = (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", ""), ("s", ""))
_SHORTEST_STEM = 3
_COUNTED = re.compile(r"\w+|[^\w\s]")

NO_TERM = -1
"""The term of punctuation and of stop words."""


@lru_cache(50_000)
def stem(word: str) -> str:
    """The word without its commonest English endings; rough, fast, and the same for question and passage."""
    word = word.lower().replace("’", "'").removesuffix("'s")
    for suffix, replacement in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _SHORTEST_STEM:
            if suffix == "s" and word.endswith("ss"):
                continue
            return word[: -len(suffix)] + replacement
    return word


def root(word: str) -> str:
    """The stem, with the words of one relation (born, birth, …) brought together."""
    stemmed = stem(word)
    return SYNONYMS.get(stemmed, stemmed)


@lru_cache(50_000)
def number_of(text: str) -> int:
    """A 63-bit number for a string: equal strings, equal numbers, in every process."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") >> 1


@lru_cache(50_000)
def term_of(token: str) -> int:
    """The term of a token, or NO_TERM for punctuation and stop words."""
    if not token[0].isalnum() or token.lower() in STOP_WORDS:
        return NO_TERM
    return number_of(root(token))


def normalize(text: str) -> str:
    """Lower case, no punctuation, no articles, single spaces: two strings equal here are the same answer."""
    return " ".join(_ARTICLE.sub(" ", _NOT_WORD.sub("", text.lower())).split())


def words_between_spaces(lowered: list[str]) -> str:
    """The word tokens joined and padded by spaces, so that `" new york " in …` finds whole words only."""
    return " " + " ".join(token for token in lowered if token[0].isalnum()) + " "


def sentences(text: str) -> list[str]:
    """Sentences in order; a dot after an abbreviation or an initial ends none."""
    found: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        before = text[max(start, match.start() + 1 - _ABBREVIATION_REACH) : match.start() + 1]
        if _ABBREVIATION.search(before):
            continue
        found.append(text[start : match.end()].strip())
        start = match.end()
    rest = text[start:].strip()
    return [*found, rest] if rest else found


def count_tokens(text: str) -> int:
    """How many words and punctuation marks: this LM's token count."""
    return len(_COUNTED.findall(text))


def first_tokens(text: str, count: int) -> str:
    """The text up to the end of its `count`-th token."""
    for number, match in enumerate(_COUNTED.finditer(text)):
        if number >= count:
            return text[: match.start()].rstrip()
    return text
