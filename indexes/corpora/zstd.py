"""Reading Zstandard files, through the `zstandard` package."""

from __future__ import annotations

import io
from typing import BinaryIO, cast

import zstandard

_STEP = 1 << 11
"""Packed bytes given to the decompressor at once: they become 64 MB at the very most."""


class ZstdStream(io.RawIOBase):
    """Decompressed bytes; damaged or cut-off data raises an OSError without errno, as bz2 does."""

    def __init__(self, packed: BinaryIO) -> None:
        self._packed = packed
        self._decompressor = zstandard.ZstdDecompressor().decompressobj()
        self._left = memoryview(b"")
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer))
        while not self._left and not self._ended:
            self._left = memoryview(self._next())
        size = min(len(view), len(self._left))
        view[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    def _next(self) -> bytes:
        try:
            if self._decompressor.eof:  # a file may hold several frames
                rest = self._decompressor.unused_data or self._packed.read(_STEP)
                if not rest:
                    self._ended = True
                    return b""
                self._decompressor = zstandard.ZstdDecompressor().decompressobj()
                return self._decompressor.decompress(rest)
            chunk = self._packed.read(_STEP)
            if not chunk:
                raise OSError("the compressed data ends in the middle of a frame")
            return self._decompressor.decompress(chunk)
        except zstandard.ZstdError as error:
            raise OSError(str(error)) from None
