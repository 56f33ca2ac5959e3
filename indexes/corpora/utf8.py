"""UTF-8 with its errors located: the line is named, never guessed around."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from indexes.corpora.source import Reading, Source
from indexes.errors import RecordError

CHUNK = 1 << 16


def decoded_lines(source: Source, stream: BinaryIO, reading: Reading) -> Iterator[str]:
    """The lines as text, line ends kept; a line that is not UTF-8 goes to `reading.bad` and becomes an empty one."""
    for number, line in enumerate(stream, 1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            reading.bad(not_utf8(source, number, error))
            yield "\n"


def decoded_chunks(source: Source, stream: BinaryIO) -> Iterator[str]:
    """The whole file as pieces of text of bounded size. Raises RecordError, with the line, for what is not UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    line = 1
    while True:
        chunk = stream.read(CHUNK)
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            raise not_utf8(source, line + error.object[: error.start].count(b"\n"), error) from None
        line += text.count("\n")
        if text:
            yield text
        if not chunk:
            return


def not_utf8(source: Source, line: int, error: UnicodeDecodeError) -> RecordError:
    byte = error.object[error.start]
    return source.error(line, f"the file must be UTF-8, but this is not: byte 0x{byte:02x}; convert it")
