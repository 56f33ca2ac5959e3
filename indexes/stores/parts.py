"""A store in parts: what was indexed first, and what was added since, each with files of its own.

A part is never changed. Where parts have become many small ones, the last are merged into a new one, so that there are
never more of them than the number of passages has binary digits, and a passage is copied as seldom.
"""

from __future__ import annotations

import shutil
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, chain
from pathlib import Path
from typing import Any

import numpy as np

from indexes.errors import CorruptIndexError
from indexes.passage import Passage
from indexes.protocols import Store
from indexes.stores.ids import IdTable, check_of, write_ids
from indexes.stores.jsonl import IDS, OFFSETS, PASSAGES, JsonlStore, name_in

_U64 = np.dtype("<u8")


def open_store(folder: Path, counts: Sequence[int]) -> Store:
    """The store whose parts hold so many passages each. Raises CorruptIndexError where its files don't fit."""
    return JsonlStore(folder, counts[0]) if len(counts) == 1 else PartedStore(folder, counts)


class PartedStore:
    """The parts' passages, one part after another."""

    def __init__(self, folder: Path, counts: Sequence[int]) -> None:
        self._starts = [0, *accumulate(counts)]
        self._parts: list[JsonlStore] = []
        try:
            for part, count in enumerate(counts):
                self._parts.append(JsonlStore(folder, count, part))
        except BaseException:
            self.close()
            raise

    def __len__(self) -> int:
        return self._starts[-1]

    def __getitem__(self, ordinal: int) -> Passage:
        if not 0 <= ordinal < len(self):
            raise IndexError(f"a passage's ordinal must be between 0 and {len(self) - 1}, but got {ordinal}")
        part = bisect_right(self._starts, ordinal) - 1
        return self._parts[part][ordinal - self._starts[part]]

    def __iter__(self) -> Iterator[Passage]:
        return chain.from_iterable(self._parts)

    def metadata(self) -> Iterator[Mapping[str, Any]]:
        """Every passage's metadata, in order, without the time that it takes to read their texts too."""
        return chain.from_iterable(part.metadata() for part in self._parts)

    def close(self) -> None:
        for part in self._parts:
            part.close()


class Ids:
    """The ordinals of passages by their ids, in all parts of a store."""

    def __init__(self, folder: Path, counts: Sequence[int], store: Store) -> None:
        self._store = store
        self._tables = [IdTable(folder / name_in(part, IDS), count) for part, count in enumerate(counts)]
        self._starts = [0, *accumulate(counts)]

    def find(self, identifier: str) -> list[int]:
        """Where this id is: a passage that was deleted may have borne it too."""
        found = []
        check = check_of(identifier)
        for table, start, end in zip(self._tables, self._starts, self._starts[1:], strict=False):
            for ordinal in table.suspects(check):
                if not start + ordinal < end:
                    raise CorruptIndexError("the table of ids does not fit the passages; build the index again")
                if self._store[start + ordinal].id == identifier:
                    found.append(start + ordinal)
        return found

    def same(self, checks: array[int], id_of: Callable[[int], str]) -> list[int]:
        """Where the ids are that other passages bear: those have these CRC-32s and, by their number, these ids."""
        wanted = np.frombuffer(checks, dtype=np.uint32)
        found = []
        for table in self._tables:
            for number in table.among(wanted):
                found += self.find(id_of(number))
        return sorted(set(found))


def merge_parts(folder: Path, counts: Sequence[int]) -> list[int]:
    """Merge the last parts in the folder until each holds more passages than all after it. Gives the new counts."""
    first, size = len(counts) - 1, counts[-1]
    while first > 0 and counts[first - 1] <= size:
        first -= 1
        size += counts[first]
    if first == len(counts) - 1:
        return list(counts)
    merged = range(first, len(counts))
    drafts = {name: folder / f"{name}.merging" for name in (PASSAGES, OFFSETS, IDS)}
    with drafts[PASSAGES].open("wb") as lines:
        for part in merged:
            with (folder / name_in(part, PASSAGES)).open("rb") as source:
                shutil.copyfileobj(source, lines, 1 << 20)
    _merge_offsets([folder / name_in(part, OFFSETS) for part in merged], drafts[OFFSETS])
    checks = [IdTable(folder / name_in(part, IDS), counts[part]).checks() for part in merged]
    write_ids(drafts[IDS], np.concatenate(checks))
    for name, draft in drafts.items():
        for part in merged:
            (folder / name_in(part, name)).unlink()
        draft.rename(folder / name_in(first, name))
    return [*counts[:first], size]


def _merge_offsets(sources: Sequence[Path], to: Path) -> None:
    end = np.zeros(1, dtype=_U64)
    with to.open("wb") as file:
        end.tofile(file)
        for path in sources:
            offsets = np.fromfile(path, dtype=_U64)[1:] + end
            offsets.astype(_U64).tofile(file)
            end = offsets[-1:]
