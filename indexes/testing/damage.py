"""Damaging an index on purpose: flipped bytes and cut files, to see that none of them is ever believed."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import indexes
from indexes.errors import IndexesError
from indexes.passage import Hit, Passage


@dataclass(frozen=True, slots=True)
class Expected:
    """What a whole index gives: its passages, and its hits for some queries."""

    passages: Sequence[Passage]
    hits: Mapping[str, Sequence[Hit]]


def expected_of(folder: Path, queries: Sequence[str], k: int = 10) -> Expected:
    with indexes.open(folder) as index:
        return Expected(list(index.passages()), {query: index.search(query, k) for query in queries})


@dataclass(frozen=True, slots=True)
class Damage:
    """One file of the index, what it held, and what was done to it in place."""

    path: Path
    before: bytes
    how: str

    def undo(self) -> None:
        _write(self.path, self.before)


def damage(folder: Path, chance: random.Random) -> Damage:
    """Flip a byte of a file below the folder, any file as likely as any other; one time in eight, cut it short, make it
    longer or fill a run of it with zeros instead."""
    path = chance.choice([path for path in sorted(folder.rglob("*")) if path.is_file() and path.stat().st_size])
    before = path.read_bytes()
    at = chance.randrange(len(before))
    if chance.randrange(8):
        mask = chance.randrange(1, 256)
        after, how = before[:at] + bytes([before[at] ^ mask]) + before[at + 1 :], f"byte {at} xor {mask}"
    else:
        length = chance.randrange(1, 4096)
        after, how = chance.choice(
            [
                (before[:at], f"cut at byte {at}"),
                (before + before[:length], f"{length} bytes longer"),
                (before[:at] + bytes(len(before[at : at + length])) + before[at + length :], f"zeros from byte {at}"),
            ]
        )
    _write(path, after)
    return Damage(path, before, how)


def opened(folder: Path, expected: Expected, k: int = 10) -> str:
    """How an index fares that was perhaps damaged: "refused" with a typed error, or "right" in all it gives.

    Raises AssertionError where it gives anything else, and lets any other error through.
    """
    try:
        with indexes.open(folder) as index:
            hits = {query: index.search(query, k) for query in expected.hits}
            passages = list(index.passages())
    except IndexesError:
        return "refused"
    if hits != expected.hits or passages != expected.passages:
        raise AssertionError(f"the damaged index {folder} was opened and gives other hits or passages")
    return "right"


def _write(path: Path, data: bytes) -> None:
    with path.open("r+b") as file:  # in place, as a failing disk or a careless program would
        file.write(data)
        file.truncate()
