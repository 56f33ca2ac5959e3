"""`jsonl`: one JSON object a line, and an array of where each line starts.

`passages.jsonl` can be read by a person and be indexed again. `passages.offsets` holds n + 1 unsigned 64-bit
little-endian integers: line i is the bytes from offset i up to offset i + 1, its newline included. `passages.ids` finds
a passage by its id (see `indexes.stores.ids`).

A store that passages were added to has further parts, `passages.1.jsonl` and so on: see `indexes.stores.parts`.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import struct
import sys
import threading
from array import array
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import pairwise
from json.encoder import encode_basestring, encode_basestring_ascii
from pathlib import Path
from typing import Any

from indexes.errors import CorruptIndexError, InputError
from indexes.passage import Passage
from indexes.stores.ids import check_of, write_ids

PASSAGES = "passages.jsonl"
OFFSETS = "passages.offsets"
IDS = "passages.ids"
_AT_ONCE = 1 << 20  # bytes
_LINES_AT_ONCE = 1000
_METADATA = b',"metadata":'


def name_in(part: int, name: str) -> str:
    """What a file is called in that part of the store: `passages.jsonl`, `passages.1.jsonl`, …"""
    return name.replace(".", f".{part}.", 1) if part else name


def to_line(passage: Passage) -> bytes:
    """The passage as a line of JSON. Raises InputError where its metadata is not made of JSON values."""
    metadata = f',"metadata":{_metadata(passage)}' if passage.metadata else ""
    try:
        return _line(passage, metadata, _quoted).encode()
    except UnicodeEncodeError:  # a lone surrogate, which only an escape can carry
        return _line(passage, metadata, encode_basestring_ascii).encode()


def _line(passage: Passage, metadata: str, quoted: Callable[[str], str]) -> str:
    # by hand: an encoder of whole objects takes several times as long, for each of millions
    return f'{{"id":{quoted(passage.id)},"title":{quoted(passage.title)},"text":{quoted(passage.text)}{metadata}}}\n'


def _quoted(text: str) -> str:
    # a text in which nothing needs an escape is soon told, and looked at letter by letter otherwise
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return encode_basestring(text)


def _metadata(passage: Passage) -> str:
    try:
        return json.dumps(dict(passage.metadata), separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(
            f'the metadata of a passage must be JSON values, but that of "{passage.id}" is not ({error}); '
            "use strings, numbers, lists and dictionaries"
        ) from None


class JsonlStoreWriter:
    """Writes a store, or a part of one. `digest` is the SHA-256 of the lines so far: what the corpus is, to the byte;
    `checks` are the CRC-32s of the ids."""

    def __init__(self, folder: Path, part: int = 0) -> None:
        self._folder = folder
        self._part = part
        self._file = (folder / name_in(part, PASSAGES)).open("wb")
        self._offsets = array("Q", [0])
        self.checks = array("I")
        self._hash = hashlib.sha256()
        self._end = 0
        self._waiting: list[bytes] = []
        self._written = 0

    def __len__(self) -> int:
        return len(self._offsets) - 1

    @property
    def digest(self) -> str:
        self._write()
        return self._hash.hexdigest()

    def add(self, passage: Passage) -> None:
        line = to_line(passage)
        self._waiting.append(line)
        self._end += len(line)
        self._offsets.append(self._end)
        self.checks.append(check_of(passage.id))
        if self._end - self._written >= _AT_ONCE:
            self._write()

    def _write(self) -> None:
        # many lines at once: to write and hash each for itself takes longer than to make it
        if self._waiting:
            data = b"".join(self._waiting)
            self._waiting.clear()
            self._written = self._end
            self._file.write(data)
            self._hash.update(data)

    def finish(self) -> None:
        self._write()
        self._file.close()
        if sys.byteorder == "big":
            self._offsets.byteswap()
        with (self._folder / name_in(self._part, OFFSETS)).open("wb") as file:
            self._offsets.tofile(file)
        write_ids(self._folder / name_in(self._part, IDS), self.checks)

    def abort(self) -> None:
        with suppress(OSError):  # a full disk refuses what is still to be written, and it is not wanted
            self._file.close()


class JsonlStore:
    """Opening reads nothing, a passage reads its own line.

    The lines are read and not mapped: a mapped page brings its neighbours along, and a process that has served some
    thousand passages would hold most of the corpus.
    """

    def __init__(self, folder: Path, passages: int, part: int = 0) -> None:
        self._folder = folder
        self._part = part
        self._count = passages
        offsets = folder / name_in(part, OFFSETS)
        self._offsets = _map(offsets)
        if len(self._offsets) != 8 * (passages + 1):
            raise CorruptIndexError(
                f"{offsets} must hold {8 * (passages + 1)} bytes for {passages} passages, "
                f"but holds {len(self._offsets)}; build the index again"
            )
        self._lines = _Lines(folder / name_in(part, PASSAGES))

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, ordinal: int) -> Passage:
        if not 0 <= ordinal < self._count:
            raise IndexError(f"a passage's ordinal must be between 0 and {self._count - 1}, but got {ordinal}")
        if self._offsets.closed:
            raise InputError(f"the store must be open, but {self._folder} was closed; open the index again")
        start, end = struct.unpack_from("<QQ", self._offsets, 8 * ordinal)
        if not start < end <= self._lines.size:
            raise self._corrupt(OFFSETS, ordinal)
        try:
            record = json.loads(self._lines.read(start, end))
            return Passage(record["id"], record["title"], record["text"], record.get("metadata") or {})
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise self._corrupt(PASSAGES, ordinal) from None

    def __iter__(self) -> Iterator[Passage]:
        return (self[ordinal] for ordinal in range(self._count))

    def metadata(self) -> Iterator[Mapping[str, Any]]:
        """Every passage's metadata, in order, without the time that it takes to read their texts too."""
        for ordinal, line in enumerate(self._each_line()):
            # metadata comes last, and inside a string every quotation mark has a backslash before it
            at = line.find(_METADATA)
            try:
                found = json.loads(line[at + len(_METADATA) : -2]) if at >= 0 else {}
            except (ValueError, RecursionError):
                found = None
            if not isinstance(found, dict):
                raise self._corrupt(PASSAGES, ordinal)
            yield found

    def _each_line(self) -> Iterator[bytes]:
        """The lines, many at a time: a read for each takes longer than what is done with it."""
        first = 0
        while first < self._count:
            if self._offsets.closed:
                raise InputError(f"the store must be open, but {self._folder} was closed; open the index again")
            last = min(first + _LINES_AT_ONCE, self._count)
            bounds = struct.unpack_from(f"<{last - first + 1}Q", self._offsets, 8 * first)
            for place, (start, end) in enumerate(pairwise(bounds)):
                if not start < end <= self._lines.size:
                    raise self._corrupt(OFFSETS, first + place)
            if bounds[-1] - bounds[0] > _AT_ONCE:  # long ones: one at a time
                last = first + 1
                bounds = bounds[:2]
            data = self._lines.read(bounds[0], bounds[-1])
            yield from (data[start - bounds[0] : end - bounds[0]] for start, end in pairwise(bounds))
            first = last

    def close(self) -> None:
        self._lines.close()
        self._offsets.close()

    def _corrupt(self, name: str, ordinal: int) -> CorruptIndexError:
        path = self._folder / name_in(self._part, name)
        return CorruptIndexError(f"{path} is damaged at passage {ordinal}; copy the index again, or build it again")


class _Lines:
    """A file read at places of one's own, from any number of threads and in forked processes."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("rb", buffering=0)
        except OSError as error:
            raise _unreadable(path, error) from None
        self.size = os.fstat(self._file.fileno()).st_size
        self._lock = threading.Lock()

    def read(self, start: int, end: int) -> bytes:
        if sys.platform != "win32":
            return os.pread(self._file.fileno(), end - start, start)
        with self._lock:
            self._file.seek(start)
            return self._file.read(end - start)

    def close(self) -> None:
        self._file.close()


def _map(path: Path) -> mmap.mmap:
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> CorruptIndexError:
    return CorruptIndexError(f"{path} cannot be read ({error}); copy the index again, or build it again")
