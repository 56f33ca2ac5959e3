"""`parquet` and `arrow`: columns as Parquet or Arrow (Feather) keep them, through pyarrow. Needs `dsp[parquet]`.

The columns are named as the keys of JSON lines are: `id`, `title`, `text`; others become metadata, but for bytes and
vectors. Rows are read some hundred at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from indexes.corpora.compressed import COMPRESSIONS
from indexes.corpora.json_values import json_record
from indexes.corpora.records import TEXT_KEYS, BadValueError, to_passage
from indexes.corpora.source import Reading, Source
from indexes.errors import CorpusError
from indexes.passage import Passage

ROWS = 256
MAX_BATCH = 1 << 30
"""Bytes that so many rows may take when they are unpacked."""


class Columns:
    """`needs` says what must be installed, or nothing."""

    def __init__(self, extensions: tuple[str, ...]) -> None:
        self.extensions = extensions

    @property
    def needs(self) -> str:
        return "" if find_spec("pyarrow") else "dsp[parquet]"

    def read(self, source: Source, reading: Reading) -> Iterator[tuple[int, Passage]]:
        if source.path.suffix.lower() in COMPRESSIONS:
            raise CorpusError(f"{source.path} must be read here and there, which compression forbids; unpack it first")
        try:
            import pyarrow
        except ImportError:
            raise CorpusError(f"{source.path} needs pyarrow to be read; pip install 'dsp[parquet]'") from None
        row = 0
        with source.packed() as file:
            try:
                for batch in self._batches(pyarrow, file):
                    self._check(source, batch)
                    for record in batch.to_pylist():
                        row += 1
                        try:
                            yield row, to_passage(json_record(record), f"{source.name}:{row}")
                        except BadValueError as error:
                            reading.bad(source.error(row, str(error), unit="row"))
            except (pyarrow.ArrowException, OSError, ValueError, UnicodeDecodeError) as error:
                raise CorpusError(f"{source.damaged(_first_line(error))}") from None

    def _batches(self, pyarrow: Any, file: Any) -> Iterator[Any]:
        if ".parquet" in self.extensions:
            from pyarrow import parquet

            yield from parquet.ParquetFile(file).iter_batches(batch_size=ROWS)
            return
        for batch in _arrow_batches(pyarrow, file):
            for start in range(0, batch.num_rows, ROWS):
                yield batch.slice(start, ROWS)

    def _check(self, source: Source, batch: Any) -> None:
        if not set(batch.schema.names) & set(TEXT_KEYS):
            names = ", ".join(batch.schema.names[:8])
            raise CorpusError(f'{source.path} must have a "text" column, but has {names}; rename one of them')
        if batch.get_total_buffer_size() > MAX_BATCH:
            raise CorpusError(
                f"{source.path} must unpack to at most {MAX_BATCH:,} bytes in {ROWS} rows, but gives more, as a bomb "
                "would; write it again in smaller pieces"
            )


def _arrow_batches(pyarrow: Any, file: Any) -> Iterator[Any]:
    """The batches of a file, or of a stream: the two begin differently."""
    from pyarrow import ipc

    magic = file.read(6)
    file.seek(0)
    if magic == b"ARROW1":
        reader = ipc.open_file(file)
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number)
    else:
        yield from ipc.open_stream(file)


def _first_line(error: Exception) -> ValueError:
    return ValueError((str(error).splitlines() or [type(error).__name__])[0][:200])


PARQUET = Columns((".parquet",))
ARROW = Columns((".arrow", ".feather"))
