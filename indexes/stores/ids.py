"""Finding passages by their ids, without an id in memory.

`passages.ids` holds, for n passages, n unsigned 32-bit little-endian integers: the CRC-32s of the ids, sorted; and n
more: the ordinals of their passages. A checksum only suggests passages: their ids, read from the store, then prove it.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexes.errors import CorruptIndexError

_U32 = np.dtype("<u4")
Checks = NDArray[np.uint32]


def check_of(identifier: str) -> int:
    """The CRC-32 of an id."""
    return zlib.crc32(identifier.encode("utf-8", "surrogatepass"))


def write_ids(path: Path, checks: array[int] | Checks) -> None:
    """Write the table of passages whose ids have these CRC-32s, in the order of their ordinals."""
    by_ordinal = np.frombuffer(checks, dtype=np.uint32) if isinstance(checks, array) else checks
    order = np.argsort(by_ordinal, kind="stable")
    with path.open("wb") as file:
        by_ordinal[order].astype(_U32).tofile(file)
        order.astype(_U32).tofile(file)


def repeated(checks: array[int]) -> list[int]:
    """The ordinals of the passages whose ids may not be unique, in order."""
    by_ordinal = np.frombuffer(checks, dtype=np.uint32)
    order = np.argsort(by_ordinal, kind="stable")
    same = np.flatnonzero(by_ordinal[order][1:] == by_ordinal[order][:-1])
    return sorted({int(order[at + step]) for at in same for step in (0, 1)})


class IdTable:
    """The table of one part of a store, memory-mapped. Raises CorruptIndexError where it doesn't fit the passages."""

    def __init__(self, path: Path, passages: int) -> None:
        self._path = path
        try:
            table = np.asarray(np.memmap(path, dtype=_U32, mode="r"))  # a plain array: memmap's own indexing is slow
        except (OSError, ValueError) as error:
            raise CorruptIndexError(f"{path} cannot be read ({error}); build the index again") from None
        if len(table) != 2 * passages:
            raise CorruptIndexError(
                f"{path} must hold {8 * passages} bytes for {passages} passages, but holds {4 * len(table)}; "
                "build the index again"
            )
        self._checks: Checks = table[:passages]
        self._ordinals: Checks = table[passages:]

    def suspects(self, check: int) -> Iterator[int]:
        """The ordinals of the passages whose ids have this CRC-32."""
        first, last = (int(np.searchsorted(self._checks, np.uint32(check), side)) for side in ("left", "right"))
        yield from self._ordinals[first:last].tolist()

    def among(self, checks: Checks) -> list[int]:
        """Which of these CRC-32s, by their places, are in the table."""
        firsts, lasts = (np.searchsorted(self._checks, checks, side) for side in ("left", "right"))
        places: list[int] = np.flatnonzero(lasts > firsts).tolist()
        return places

    def checks(self) -> Checks:
        """The CRC-32s in the order of the passages."""
        if len(self._ordinals) and int(self._ordinals.max()) >= len(self._ordinals):
            raise CorruptIndexError(f"{self._path} does not fit the passages; build the index again")
        by_ordinal = np.empty(len(self._checks), dtype=np.uint32)
        by_ordinal[self._ordinals] = self._checks
        return by_ordinal
