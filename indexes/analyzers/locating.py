"""Where in a text its terms stand: what highlighting and phrases need."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Protocol, runtime_checkable

from indexes.protocols import Analyzer

_WORD = re.compile(r"\w+")
_RUN = re.compile(r"\s+|\S+")


@dataclass(frozen=True, slots=True)
class Token:
    """A term, its position among the words of the text (from 0), and the characters `text[start:end]` it came of."""

    term: str
    position: int
    start: int
    end: int


@runtime_checkable
class LocatingAnalyzer(Protocol):
    """An `Analyzer` that can also say where its terms stand.

    Laws: the terms of `tokens(text)` are those of the analyzer for that text, in the same order; positions and starts
    never fall; a word that was left out leaves a gap in the positions; 0 <= start < end <= len(text), in the text as
    it was given, whatever the analyzer made of it before it cut it.
    """

    def tokens(self, text: str) -> list[Token]: ...


def located(analyzer: Analyzer, text: str) -> list[Token]:
    """The text's tokens, by any analyzer: one that cannot locate its terms is asked for them word by word.

    A word is then a run of letters and digits, and what the analyzer makes of it alone stands where the word does.
    """
    if isinstance(analyzer, LocatingAnalyzer):
        return analyzer.tokens(text)
    return [
        Token(term, position, word.start(), word.end())
        for position, word in enumerate(_WORD.finditer(text))
        for term in analyzer(word.group())
    ]


class Places:
    """From places in a normalised text to those in the text before: `pieces` became what stands in `made`, in order."""

    def __init__(self, pieces: Sequence[str], made: Sequence[str]) -> None:
        self._before = [0, *accumulate(map(len, pieces))]
        self._after = [0, *accumulate(map(len, made))]

    def start(self, place: int) -> int:
        return self._before[bisect_right(self._after, place) - 1]

    def end(self, place: int) -> int:
        return self._before[bisect_left(self._after, place)]


class Unmoved(Places):
    """Of a text that normalising left as it was."""

    def __init__(self) -> None:
        super().__init__([], [])

    def start(self, place: int) -> int:
        return place

    def end(self, place: int) -> int:
        return place


def places_before(text: str, prepared: str, prepare: Callable[[str], str]) -> Places:
    """How places in `prepared`, which is `prepare(text)`, come from those in `text`.

    The text is cut into pieces that can be normalised each for itself: a character with the marks that follow it, or,
    where letters too are composed (those of a Hangul syllable), what stands between two spaces.
    """
    if text == prepared:
        return Unmoved()
    for cut in (_characters, _RUN.findall):
        pieces = cut(text)
        made = [prepare(piece) for piece in pieces]
        if "".join(made) == prepared:
            return Places(pieces, made)
    return Places([text], [prepared])


def _characters(text: str) -> list[str]:
    starts = [at for at, character in enumerate(text) if not at or not unicodedata.combining(character)]
    return [text[start:end] for start, end in pairwise([*starts, len(text)])]
