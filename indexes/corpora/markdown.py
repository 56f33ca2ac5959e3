"""`markdown`: cut at its headings, and long sections into passages that overlap. The title is the path of headings.

Headings inside fenced code are code. The text is kept as it is written, markup included, but for its line breaks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexes.corpora.chunks import windows, words_of
from indexes.corpora.source import Reading, Source
from indexes.corpora.utf8 import decoded_lines
from indexes.passage import Passage

_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))??(?:[ \t]+#+)?[ \t]*$")
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
Line = tuple[int, str]


class Markdown:
    extensions = (".md", ".markdown")

    def read(self, source: Source, reading: Reading) -> Iterator[tuple[int, Passage]]:
        number = 0
        with source.open() as stream:
            for title, lines in _sections(source.stem, decoded_lines(source, stream, reading)):
                for line, text in windows(words_of(lines)):
                    number += 1
                    yield line, Passage(f"{source.name}#{number}", title, text)


def _sections(stem: str, lines: Iterator[str]) -> Iterator[tuple[str, Iterator[Line]]]:
    """Each section with its title. A section's lines must be used up before the next one is asked for."""
    reader = _Lines(lines)
    path: list[tuple[int, str]] = []
    while not reader.ended:
        yield " — ".join(heading for _, heading in path) or stem, reader.until_heading()
        if reader.heading is not None:
            level, text = reader.heading
            path = [(depth, name) for depth, name in path if depth < level]
            if text:
                path.append((level, text))


class _Lines:
    """The lines up to the next heading, which it remembers."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = enumerate(lines, 1)
        self.ended = False
        self.heading: tuple[int, str] | None = None

    def until_heading(self) -> Iterator[Line]:
        fence = ""
        self.heading = None
        for number, line in self._lines:
            mark = _FENCE.match(line)
            if mark and not fence:
                fence = mark[1]
            elif mark and mark[1].startswith(fence):
                fence = ""
            found = None if fence or len(line) > 1000 else _HEADING.match(line.rstrip("\r\n"))
            if found:
                self.heading = (len(found[1]), (found[2] or "").strip())
                return
            yield number, line
        self.ended = True


FORMAT = Markdown()
