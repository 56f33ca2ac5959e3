"""`text`: plain text, cut into passages (of 120 words that overlap by 24, unless told otherwise).

The file's name is the title.
"""

from __future__ import annotations

from collections.abc import Iterator

from indexes.corpora.source import Reading, Source
from indexes.corpora.splitting import TooLongError
from indexes.corpora.utf8 import decoded_texts
from indexes.errors import RecordError
from indexes.passage import Passage


class Text:
    extensions = (".txt", ".text")
    splits = True

    def read(self, source: Source, reading: Reading) -> Iterator[tuple[int, Passage]]:
        with source.open() as stream:
            try:
                for number, part in enumerate(reading.splitter(decoded_texts(source, stream)), 1):
                    yield part.line, source.passage(number, source.stem, part)
            except RecordError as error:  # a file of text is one record: what follows the bad byte is left out
                reading.bad(error)
            except TooLongError as error:
                reading.bad(source.error(1, str(error)))


FORMAT = Text()
