"""`csv`: comma-separated values with a header row that names a `text` column; `id` and `title` are optional."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from indexes.corpora.records import ID_KEYS, TEXT_KEYS, BadValueError, to_passage
from indexes.corpora.source import Reading, Source
from indexes.corpora.utf8 import decoded_lines
from indexes.corpora.wording import parameter
from indexes.errors import CorpusError
from indexes.passage import Passage

MAX_VALUE = 1 << 26
"""Characters in one value: beyond this a quote was never closed."""


class Table:
    """Rows of values, quoted as in RFC 4180, under a header row. Columns of other names become metadata."""

    def __init__(self, delimiter: str, extensions: tuple[str, ...]) -> None:
        self.extensions = extensions
        self._delimiter = delimiter

    def holds_passages(self, source: Source) -> bool:
        """Whether the header names a column of texts."""
        with source.open() as stream:
            first = stream.readline(1 << 16).decode("utf-8-sig", "replace")
        names = next(csv.reader([first], delimiter=self._delimiter), [])
        return not names or not {name.strip().lower() for name in names}.isdisjoint(TEXT_KEYS)

    def read(self, source: Source, reading: Reading) -> Iterator[tuple[int, Passage]]:
        csv.field_size_limit(max(csv.field_size_limit(), MAX_VALUE))
        with source.open() as stream:
            rows = csv.reader(decoded_lines(source, stream, reading), delimiter=self._delimiter, strict=True)
            header = self._header(source, rows)
            while True:
                start = rows.line_num + 1
                try:
                    row = next(rows)
                except StopIteration:
                    return
                except csv.Error as error:
                    reading.bad(source.error(start, f"a row cannot be read ({error}); check its quotes"))
                    continue
                if not any(row):
                    continue
                try:
                    yield start, self._passage(source, header, row, start)
                except BadValueError as error:
                    reading.bad(source.error(start, str(error)))

    def _header(self, source: Source, rows: Iterator[list[str]]) -> list[str]:
        try:
            names = [name.strip().lower() for name in next(rows, [])]
        except csv.Error as error:
            raise CorpusError(f"{source.path}, line 1: the header cannot be read ({error})") from None
        if names and not set(names) & set(TEXT_KEYS):
            raise CorpusError(
                f'{source.path}: the header row must name a "text" column, but names {", ".join(names[:8])}; '
                f"add a header such as {self._delimiter.join(('id', 'title', 'text'))!r}{self._or_msmarco(names)}"
            )
        return names

    def _or_msmarco(self, names: list[str]) -> str:
        """A remedy where the header may be a row of MS MARCO's collection."""
        collection = self._delimiter == "\t" and len(names) == 2 and names[0].isdigit()
        return f", or, for a collection of MS MARCO: {parameter('format', 'msmarco')}" if collection else ""

    def _passage(self, source: Source, header: list[str], row: list[str], line: int) -> Passage:
        if len(row) != len(header):
            raise BadValueError(
                f"a row must have {len(header)} values, as the header has, but this has {len(row)}; check its quotes"
            )
        record = {name: value for name, value in zip(header, row, strict=True) if name in _PLAIN or value}
        return to_passage(record, f"{source.name}:{line}")


_PLAIN = frozenset({*ID_KEYS, *TEXT_KEYS, "title"})

CSV = Table(",", (".csv",))
