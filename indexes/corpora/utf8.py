"""UTF-8 with its errors located: the line is named, never guessed around."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from indexes.corpora.lines import numbered_lines
from indexes.corpora.source import Reading, Source
from indexes.corpora.splitting import Text
from indexes.errors import RecordError

CHUNK = 1 << 16


def decoded_lines(source: Source, stream: BinaryIO, reading: Reading) -> Iterator[str]:
    """The lines as text, line ends kept; a line that is not UTF-8 goes to `reading.bad` and becomes an empty one."""
    expected = 1
    for number, line in numbered_lines(source, stream, reading):
        for _ in range(expected, number):  # lines that were too long
            yield "\n"
        expected = number + 1
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


def decoded_texts(source: Source, stream: BinaryIO) -> Iterator[Text]:
    """The file's pieces, each with its line and its place. Raises RecordError for what is not text in UTF-8."""
    line, start = 1, 0
    for text in decoded_chunks(source, stream):
        if "\0" in text:
            line += text.count("\n", 0, text.index("\0"))
            raise source.error(line, "a text must hold no null bytes, but this does: a binary file? leave it out")
        yield line, start, text
        line, start = line + text.count("\n"), start + len(text)


def not_utf8(source: Source, line: int, error: UnicodeDecodeError) -> RecordError:
    byte = error.object[error.start]
    looks = (
        ", it looks like UTF-16" if line == 1 and error.object[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else ""
    )
    return source.error(line, f"the file must be UTF-8, but this is not: byte 0x{byte:02x}{looks}; convert it")
