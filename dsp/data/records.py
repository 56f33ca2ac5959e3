"""JSON objects one by one out of a file: an array or JSON lines, compressed or not, never whole in memory."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dsp.errors import DataError
from indexes.corpora.json_stream import NotJsonError, json_items
from indexes.corpora.source import Source
from indexes.corpora.utf8 import decoded_chunks
from indexes.errors import CorpusError

_BEGINNING = 1 << 16


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
    source = Source(path, path.name)
    try:
        begins = _first_character(source)
        if not begins:
            raise DataError(f"{path}: a file of questions must hold at least one, but this is empty; give another")
        yield from _array(source) if begins == b"[" else _lines(source)
    except CorpusError as error:
        raise DataError(str(error)) from error


def _first_character(source: Source) -> bytes:
    """The first byte that is not blank; nothing where there is none."""
    with source.open() as stream:
        piece = stream.read(_BEGINNING).removeprefix(codecs.BOM_UTF8)
        while piece and not piece.strip():
            piece = stream.read(_BEGINNING)
        return piece.strip()[:1]


def _lines(source: Source) -> Iterator[Record]:
    with source.open() as stream:
        for number, line in enumerate(stream, start=1):
            bare = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
            if bare.strip():
                yield _line(f"line {number}", bare)


def _line(where: str, line: bytes) -> Record:
    try:
        value = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Record(where, {}, f"is not UTF-8 (byte {error.start}); save the file as UTF-8")
    except (ValueError, RecursionError) as error:
        return Record(where, {}, f"is not JSON ({error}); each line must be one JSON object")
    if not isinstance(value, dict):
        return Record(where, {}, f"must be a JSON object, but is {value!r:.60}")
    return Record(where, value)


def _array(source: Source) -> Iterator[Record]:
    number = 0
    with source.open() as stream:
        try:
            for number, (_, fields) in enumerate(json_items(decoded_chunks(source, stream)), start=1):
                yield Record(f"record {number}", fields)
        except NotJsonError as error:
            raise DataError(
                f"{source.path}: line {error.line}, after record {number}: {error}; "
                "the file must be one whole array of objects, or one object a line"
            ) from None
