"""Long texts cut into passages: windows of words that overlap, so that no sentence is only ever seen cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

WORDS = 120
OVERLAP = 24
MAX_WORD = 1 << 12
"""Characters: a longer run without a blank is cut, so that no file has to be held whole."""


def words_of(pieces: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Words with the line on which each stands, from pieces of text that may end inside a word.

    A piece comes with the line at which it begins.
    """
    rest, rest_line = "", 1
    for line, piece in pieces:
        text, at = rest + piece, rest_line if rest else line
        lines = text.splitlines(keepends=True)
        rest = ""
        for position, part in enumerate(lines):
            words = part.split()
            if position == len(lines) - 1 and words and not part[-1].isspace():
                rest, rest_line = words.pop(), at
            for word in words:
                yield at, word
            at += part.endswith("\n")
        while len(rest) > MAX_WORD:
            yield rest_line, rest[:MAX_WORD]
            rest = rest[MAX_WORD:]
    if rest:
        yield rest_line, rest


def windows(words: Iterable[tuple[int, str]], size: int = WORDS, overlap: int = OVERLAP) -> Iterator[tuple[int, str]]:
    """Passages of up to `size` words, each beginning with the last `overlap` words of the one before.

    Every word is in a passage, and the last passage always has a word that the one before lacks.
    """
    held: list[tuple[int, str]] = []
    new = 0
    for word in words:
        if len(held) == size:
            yield held[0][0], " ".join(text for _, text in held)
            held, new = held[size - overlap :], 0
        held.append(word)
        new += 1
    if new:
        yield held[0][0], " ".join(text for _, text in held)
