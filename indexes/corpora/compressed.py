"""Streams out of compressed files: how much of the file is read, and no more out of it than a text would give.

A text packs to a tenth of its size, seldom to a fiftieth. What unpacks to hundreds of times its size was made to fill a
memory or a disk.
"""

from __future__ import annotations

import bz2
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from indexes.errors import CorpusError

COMPRESSIONS = (".gz", ".bz2", ".zst")
MAX_RATIO = 200
FREE = 1 << 28
"""Bytes that may come out whatever the ratio is."""
_BLOCK = 1 << 20

DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile)
"""What the decompressors raise for damaged data, beside an OSError without an errno."""


class Meter:
    """How many bytes of a file were read, over all times that it was opened; asked by whom shows progress."""

    def __init__(self) -> None:
        self._done = 0
        self._raw: io.FileIO | None = None

    def measured(self, raw: io.FileIO) -> BinaryIO:
        self._done, self._raw = 0, raw
        return cast(BinaryIO, io.BufferedReader(raw, _BLOCK))

    @property
    def bytes(self) -> int:
        return self._done if self._raw is None or self._raw.closed else self._raw.tell()

    def close(self) -> None:
        self._done, self._raw = self.bytes, None


class _Bounded(io.RawIOBase):
    """What a decompressor gives, until it is too much."""

    def __init__(self, stream: BinaryIO, packed: BinaryIO, name: str) -> None:
        self._stream, self._packed, self._name = stream, packed, name
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer))
        data = self._stream.read(min(len(view), _BLOCK))
        view[: len(data)] = data
        self._given += len(data)
        if self._given > FREE and self._given > MAX_RATIO * self._packed.tell():
            raise CorpusError(
                f"{self._name} must unpack to at most {MAX_RATIO} times its size, but gives more: "
                f"{self._given:,} bytes so far, as a bomb would; if it is what you want, unpack it yourself"
            )
        return len(data)


@contextmanager
def unpacked(packed: BinaryIO, suffix: str, name: str) -> Iterator[BinaryIO]:
    """The stream without its compression, which the suffix tells. Raises CorpusError for a bomb."""
    if suffix not in COMPRESSIONS:
        yield packed
        return
    with _decompressor(packed, suffix) as stream:
        yield cast(BinaryIO, io.BufferedReader(_Bounded(stream, packed, name), _BLOCK))


def _decompressor(packed: BinaryIO, suffix: str) -> BinaryIO:
    if suffix == ".gz":
        return cast(BinaryIO, gzip.GzipFile(fileobj=packed, mode="rb"))
    if suffix == ".bz2":
        return cast(BinaryIO, bz2.BZ2File(packed, "rb"))
    from indexes.corpora.zstd import ZstdStream

    return cast(BinaryIO, ZstdStream(packed))
