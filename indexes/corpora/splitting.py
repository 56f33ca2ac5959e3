"""Long texts cut into passages: by words, tokens, sentences or headings, with an overlap, as a stream.

    words:120       runs of what is not blank; a Chinese or Japanese character is a word of its own
    tokens:200      runs of letters and digits, and every other mark by itself
    sentences:5     up to a full stop, a question or exclamation mark, or a blank line; a longer one is cut at 400 words
    headings:1000   whole sections (of formats that have headings), cut where they have more words than that
    none            a document is one passage

The overlap is counted in the same unit: a fifth of the size where none is said, and none between sections.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from indexes.errors import InputError

SIZES = {"words": 120, "tokens": 200, "sentences": 5, "headings": 1000, "none": 0}
MAX_SIZE = 100_000
MAX_WORD = 1 << 12
"""Characters: a longer run without a blank is cut, so that no file has to be held whole."""
MAX_SENTENCE = 400
"""Words: a longer sentence is cut, for a table or a text without full stops need not end."""
MAX_WHOLE = 1 << 26
"""Characters that one passage may have where nothing is cut."""

_IDEOGRAPH = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_CLOSING = "\"'”’»)]}」』）】"
_WORDS = re.compile(rf"[{_IDEOGRAPH}][、。，．！？：；」』）】]{{0,8}}|[^\s{_IDEOGRAPH}]{{1,{MAX_WORD}}}")
_TOKENS = re.compile(rf"[{_IDEOGRAPH}]|[^\W{_IDEOGRAPH}]{{1,{MAX_WORD}}}|[^\w\s]")
_SHORT = (
    "mr mrs ms dr prof st sr jr vs e.g i.e etc cf al fig vol ed eds inc ltd co corp gen col lt sgt capt rev hon u.s u.k"
    " jan feb mar apr jun jul aug sep sept oct nov dec approx dept est ca c pp op"
)
_ABBREVIATIONS = frozenset(_SHORT.split())

Text = tuple[int, int, str]
"""A piece of a text: the line at which it begins, how many characters of the document came before it, and itself."""


class Part(NamedTuple):
    """What becomes a passage: its first line, where it begins and ends in the document (characters), its text."""

    line: int
    start: int
    end: int
    text: str


class TooLongError(ValueError):
    """A document that may not be cut is too long to be one passage."""


class _Word(NamedTuple):
    line: int
    start: int
    gap: int  # line breaks before it; 1 for any blank, 0 for none
    text: str


@dataclass(frozen=True, slots=True)
class Splitter:
    """How to cut. Blanks and line breaks become single blanks; every word is in a passage, in order.

    Of neighbouring passages the later one begins with the last `overlap` units of the one before, and has at least one
    unit that it lacks.
    """

    unit: str
    size: int
    overlap: int

    def __call__(self, texts: Iterable[Text]) -> Iterator[Part]:
        """The parts of a text that comes in pieces, which may end inside a word."""
        if self.unit == "none":
            return _whole(texts)
        if self.unit == "sentences":
            return (_part([word for unit in held for word in unit]) for held in self._windows(_sentences(texts)))
        pattern = _TOKENS if self.unit == "tokens" else _WORDS
        return (_part([word for unit in held for word in unit]) for held in self._windows(_single(texts, pattern)))

    def __str__(self) -> str:
        return self.unit if self.unit == "none" else f"{self.unit}:{self.size}, overlapping by {self.overlap}"

    def _windows(self, units: Iterable[list[_Word]]) -> Iterator[list[list[_Word]]]:
        held: list[list[_Word]] = []
        new = 0
        for unit in units:
            if len(held) == self.size:
                yield held
                held, new = held[self.size - self.overlap :], 0
            held.append(unit)
            new += 1
        if new:
            yield held


DEFAULT = Splitter("words", 120, 24)


def splitter(said: str, overlap: int | None = None) -> Splitter:
    """From `"sentences:5"` and an overlap of 1 to how to cut. Raises InputError."""
    unit, colon, number = said.partition(":")
    if unit not in SIZES or (colon and (unit == "none" or not number.isascii() or not number.isdigit())):
        known = ", ".join(f"{name}:{size}" if size else name for name, size in SIZES.items())
        raise InputError(f'split must be a unit and a size, such as {known}, but got "{said}"')
    size = int(number) if colon else SIZES[unit]
    if unit != "none" and not 1 <= size <= MAX_SIZE:
        raise InputError(f"split must have a size between 1 and {MAX_SIZE}, but got {size}; say {unit}:{SIZES[unit]}")
    if overlap is None:
        overlap = 0 if unit == "headings" else size // 5
    if isinstance(overlap, bool) or not isinstance(overlap, int) or not 0 <= overlap < max(size, 1):
        raise InputError(f"overlap must be 0 or more and less than the size of a passage, {size}, but got {overlap!r}")
    return Splitter(unit, size, overlap)


def _part(words: list[_Word]) -> Part:
    text = "".join(f" {word.text}" if word.gap else word.text for word in words)
    first, last = words[0], words[-1]
    return Part(first.line, first.start, last.start + len(last.text), text[1:] if first.gap else text)


def _whole(texts: Iterable[Text]) -> Iterator[Part]:
    pieces: list[str] = []
    line, start, end, size = 0, 0, 0, 0
    for at_line, at, text in texts:
        words = text.split()
        if words and not line:
            blank = text[: len(text) - len(text.lstrip())]
            line, start = at_line + blank.count("\n"), at + len(blank)
        if words:
            end = at + len(text.rstrip())
        size += len(text)
        if size > MAX_WHOLE:
            raise TooLongError(
                f"a document that is not cut must have at most {MAX_WHOLE:,} characters, but this has more; split it"
            )
        pieces.append(text)
    if line:
        yield Part(line, start, end, " ".join("".join(pieces).split()))


def _single(texts: Iterable[Text], pattern: re.Pattern[str]) -> Iterator[list[_Word]]:
    return ([word] for word in _scan(texts, pattern))


def _scan(texts: Iterable[Text], pattern: re.Pattern[str]) -> Iterator[_Word]:
    """The words of a text, each with its place. What touches the end of a piece waits for the next one."""
    rest, breaks, blank = "", 0, True
    rest_line = rest_start = 0
    for text_line, text_start, text in texts:
        line, start, whole = (rest_line, rest_start, rest + text) if rest else (text_line, text_start, text)
        rest, at = "", 0
        for match in pattern.finditer(whole):
            begin, end = match.span()
            more = whole.count("\n", at, begin)
            line, breaks, blank = line + more, breaks + more, blank or begin > at
            at = end
            if end == len(whole):
                rest, rest_line, rest_start = match[0], line, start + begin
                break
            yield _Word(line, start + begin, breaks or int(blank), match[0])
            breaks, blank = 0, False
        breaks += whole.count("\n", at)
        blank = blank or at < len(whole)
    if rest:
        yield _Word(rest_line, rest_start, breaks or int(blank), rest)


def _sentences(texts: Iterable[Text]) -> Iterator[list[_Word]]:
    sentence: list[_Word] = []
    for word in _scan(texts, _WORDS):
        if sentence and (len(sentence) >= MAX_SENTENCE or _ends(sentence[-1].text, word)):
            yield sentence
            sentence = []
        sentence.append(word)
    if sentence:
        yield sentence


def _ends(last: str, following: _Word) -> bool:
    """Whether a sentence ends between these two words."""
    if following.gap > 1:  # a blank line
        return True
    bare = last.rstrip(_CLOSING)
    if bare.endswith(("。", "！", "？", "．")):
        return True
    if not following.gap or not bare.endswith((".", "!", "?", "…")):
        return False
    first = following.text.lstrip("\"'“‘«([{¿¡—-")[:1]
    if first.islower():
        return False
    stem = bare.rstrip(".").lstrip("\"'“‘«([{")
    return not bare.endswith(".") or not (stem.lower() in _ABBREVIATIONS or (len(stem) == 1 and stem.isupper()))
