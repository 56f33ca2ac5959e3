"""`text`: plain text, cut into passages of 120 words that overlap by 24. The file's name is the title."""

from __future__ import annotations

from collections.abc import Iterator

from indexes.corpora.chunks import windows, words_of
from indexes.corpora.source import Reading, Source
from indexes.corpora.utf8 import decoded_chunks
from indexes.errors import RecordError
from indexes.passage import Passage


class Text:
    extensions = (".txt", ".text")

    def read(self, source: Source, reading: Reading) -> Iterator[tuple[int, Passage]]:
        with source.open() as stream:
            try:
                words = words_of(_with_lines(decoded_chunks(source, stream)))
                for number, (line, text) in enumerate(windows(words), 1):
                    yield line, Passage(f"{source.name}#{number}", source.stem, text)
            except RecordError as error:  # a file of text is one record: what follows the bad byte is left out
                reading.bad(error)


def _with_lines(pieces: Iterator[str]) -> Iterator[tuple[int, str]]:
    line = 1
    for piece in pieces:
        yield line, piece
        line += piece.count("\n")


FORMAT = Text()
