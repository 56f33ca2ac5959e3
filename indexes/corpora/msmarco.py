"""`msmarco`: `collection.tsv` of MS MARCO: a number, a tab, a passage; no header, no quotes.

Four values are read as the collection of whole documents has them: id, URL, title, text.
"""

from __future__ import annotations

from collections.abc import Iterator

from indexes.corpora.source import Reading, Source
from indexes.corpora.utf8 import decoded_lines
from indexes.passage import Passage


class MsMarco:
    extensions: tuple[str, ...] = ()

    def holds_passages(self, source: Source) -> bool:
        """Whether the file begins as the collections do: without a header that names columns."""
        with source.open() as stream:
            first = stream.readline(1 << 16).decode("utf-8", "replace").lower().split("\t")
        return "text" not in map(str.strip, first)

    def read(self, source: Source, reading: Reading) -> Iterator[tuple[int, Passage]]:
        with source.open() as stream:
            for number, line in enumerate(decoded_lines(source, stream, reading), 1):
                match line.rstrip("\r\n").split("\t"):
                    case [identifier, text] if identifier and text.strip():
                        yield number, Passage(identifier, "", text)
                    case [identifier, url, title, text] if identifier and text.strip():
                        yield number, Passage(identifier, title, text, {"url": url})
                    case [""]:
                        continue
                    case values:
                        reading.bad(source.error(number, _what(values)))


def _what(values: list[str]) -> str:
    if len(values) in (2, 4):
        return "a row must have an id and a text that is not blank, but one of them is; remove it"
    return f"a row must have 2 values (id, text) or 4 (id, url, title, text) between tabs, but this has {len(values)}"


FORMAT = MsMarco()
