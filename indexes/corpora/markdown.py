"""`markdown`: cut at its headings, and long sections into passages that overlap. The title is the path of headings.

Headings inside fenced code are code. The text is kept as it is written, markup included, but for its line breaks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexes.corpora.headings import Headings
from indexes.corpora.source import Reading, Source
from indexes.corpora.splitting import Text, TooLongError
from indexes.corpora.utf8 import decoded_lines
from indexes.passage import Passage

_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))??(?:[ \t]+#+)?[ \t]*$")
_FENCE = re.compile(r" {0,3}(```+|~~~+)")


class Markdown:
    extensions = (".md", ".markdown")
    splits = True

    def read(self, source: Source, reading: Reading) -> Iterator[tuple[int, Passage]]:
        number = 0
        with source.open() as stream:
            lines = _Lines(decoded_lines(source, stream, reading), whole=reading.splitter.unit == "none")
            try:
                for title, texts in _sections(source.stem, lines):
                    for part in reading.splitter(texts):
                        number += 1
                        yield part.line, source.passage(number, title, part)
            except TooLongError as error:
                reading.bad(source.error(1, str(error)))


def _sections(stem: str, lines: _Lines) -> Iterator[tuple[str, Iterator[Text]]]:
    """Each section with its title. A section's lines must be used up before the next one is asked for."""
    path = Headings()
    while not lines.ended:
        yield path.title or stem, lines.until_heading()
        if lines.heading is not None:
            path.enter(*lines.heading)


class _Lines:
    """The lines up to the next heading, which it remembers; or all of them, where headings don't matter."""

    def __init__(self, lines: Iterator[str], whole: bool) -> None:
        self._lines = enumerate(lines, 1)
        self._whole = whole
        self._start = 0
        self.ended = False
        self.heading: tuple[int, str] | None = None

    def until_heading(self) -> Iterator[Text]:
        fence = ""
        self.heading = None
        for number, line in self._lines:
            start, self._start = self._start, self._start + len(line)
            mark = _FENCE.match(line)
            if mark and not fence:
                fence = mark[1]
            elif mark and mark[1].startswith(fence):
                fence = ""
            found = None if fence or self._whole or len(line) > 1000 else _HEADING.match(line.rstrip("\r\n"))
            if found:
                self.heading = (len(found[1]), (found[2] or "").strip())
                return
            yield number, start, line
        self.ended = True


FORMAT = Markdown()
