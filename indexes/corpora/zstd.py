"""Reading Zstandard files, through the `zstandard` package."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO, cast

import zstandard


class _ZstdRaw(io.RawIOBase):
    """Decompressed bytes; a damaged or cut-off file raises an OSError without errno, as bz2 does."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._decompressor = zstandard.ZstdDecompressor().decompressobj()
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer))
        while not self._left:
            self._left = self._next()
            if not self._left and self._ended:
                return 0
        size = min(len(view), len(self._left))
        view[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    _ended = False

    def _next(self) -> bytes:
        try:
            if self._decompressor.eof:  # a file may hold several frames
                rest = self._decompressor.unused_data or self._file.read(1 << 17)
                if not rest:
                    self._ended = True
                    return b""
                self._decompressor = zstandard.ZstdDecompressor().decompressobj()
                return self._decompressor.decompress(rest)
            chunk = self._file.read(1 << 17)
            if not chunk:
                raise OSError("the compressed data ends in the middle of a frame")
            return self._decompressor.decompress(chunk)
        except zstandard.ZstdError as error:
            raise OSError(str(error)) from None

    def close(self) -> None:
        self._file.close()
        super().close()


def open_zstd(path: Path) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(_ZstdRaw(path), 1 << 20))
