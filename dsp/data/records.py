"""JSON objects one by one out of a file: an array or JSON lines, compressed or not, never whole in memory."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from dsp.errors import DataError

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Record:
    """One record: where it stands ("line 7", "record 7"), and its fields, or the problem with it."""

    where: str
    fields: dict[str, object]
    problem: str = ""


def read_records(path: Path) -> Iterator[Record]:
    """The file's JSON objects in order: the elements of an array, or one a line; blank lines are no records.

    A bad line comes as a record with a `problem`, so that the caller may go on; after a fault inside an array
    there is no telling where the next record starts, so that is an error.

    Raises DataError, naming the file and the place, where it cannot be read, is empty, or is such an array.
    """
    with _opened(path) as stream:
        first = stream.readline(_CHUNK).removeprefix(codecs.BOM_UTF8)
        blank = 0
        while first and not first.strip():
            blank += first.endswith(b"\n")
            first = stream.readline(_CHUNK)
        if not first:
            raise DataError(f"{path}: a file of questions must hold at least one, but this is empty; give another")
        if first.lstrip().startswith(b"["):
            yield from _array(path, first.lstrip().removeprefix(b"["), stream)
        else:
            yield from _lines(first, blank, stream)


@contextmanager
def _opened(path: Path) -> Iterator[io.BufferedReader[io.RawIOBase]]:
    """The file's bytes, decompressed as its suffix says (.gz, .bz2, .zst)."""
    failures: tuple[type[Exception], ...] = (OSError, EOFError, zlib.error)
    if path.suffix.lower() == ".zst":
        import zstandard

        failures = (*failures, zstandard.ZstdError)
    try:
        with path.open("rb") as file, io.BufferedReader(_decompressed(path, file), _CHUNK) as stream:
            yield stream
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file; give the path of a file of questions") from error
    except failures as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{path}: cannot be read ({reason}); check that it is a whole file") from error


def _decompressed(path: Path, file: IO[bytes]) -> io.RawIOBase:
    match path.suffix.lower():
        case ".gz":
            return cast(io.RawIOBase, gzip.GzipFile(fileobj=file))
        case ".bz2":
            return cast(io.RawIOBase, bz2.BZ2File(file))
        case ".zst":
            import zstandard

            reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
            return cast(io.RawIOBase, reader)
        case _:
            return cast(io.RawIOBase, file)


def _lines(first: bytes, blank: int, stream: io.BufferedReader[io.RawIOBase]) -> Iterator[Record]:
    line = first if first.endswith(b"\n") else first + stream.readline()
    number = blank
    while line:
        number += 1
        if line.strip():
            yield _line(number, line)
        line = stream.readline()


def _line(number: int, line: bytes) -> Record:
    where = f"line {number}"
    try:
        value = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Record(where, {}, f"is not UTF-8 (byte {error.start}); save the file as UTF-8")
    except (ValueError, RecursionError) as error:
        return Record(where, {}, f"is not JSON ({error}); each line must be one JSON object")
    return _record(where, value)


def _array(path: Path, head: bytes, stream: io.BufferedReader[io.RawIOBase]) -> Iterator[Record]:
    decoder = codecs.getincrementaldecoder("utf-8")()
    parse = json.JSONDecoder().raw_decode
    number, data, text, ended = 0, head, "", False
    while True:
        try:
            text += decoder.decode(data, final=ended)
        except UnicodeDecodeError as error:
            raise DataError(f"{path}: after record {number}: not UTF-8; save the file as UTF-8") from error
        position = 0
        while True:
            start = _skip(text, position, comma=number > 0)
            if text.startswith("]", start):
                return
            try:
                value, position = parse(text, start)
            except (ValueError, RecursionError) as error:
                if ended or isinstance(error, RecursionError):
                    raise DataError(
                        f"{path}: record {number + 1} is not JSON ({error}); the file must be one whole array"
                    ) from error
                break
            number += 1
            yield _record(f"record {number}", value)
        # Ask for as much again as is waiting: a huge record is then parsed a few times, not once a chunk.
        text = text[position:]
        data = stream.read(max(_CHUNK, len(text)))
        ended = not data


def _skip(text: str, position: int, *, comma: bool) -> int:
    """The place past white space and, between records, one comma."""
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    if comma and text.startswith(",", position):
        return _skip(text, position + 1, comma=False)
    return position


def _record(where: str, value: object) -> Record:
    if not isinstance(value, dict):
        return Record(where, {}, f"must be a JSON object, but is {value!r:.60}")
    return Record(where, value)
