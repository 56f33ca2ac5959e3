"""A part of an index: consecutive passages with their postings, in flat arrays that are mapped and not read.

    NNNN.docs      uint32: the passages with a term, rising from 0 in each part; term after term
    NNNN.counts    uint16: beside each how often the term counts: the text's count below, the title's above; 255 says:
                   look into the next two files
    NNNN.many      int64: places of such postings, rising;    NNNN.most   uint32 [·, 2]: their counts, text and title
    NNNN.lengths   uint32 [passages, 2]: how many terms the text and the title of each passage have
    NNNN.hashes    uint64: a hash of each term, rising: the order of the terms
    NNNN.ends      uint64: where the postings of each term end;    NNNN.fields   uint32 [terms, 2]: how many of them
                   have the term in the text, and in the title
    NNNN.letters   uint8: the terms in UTF-8, one after the other;    NNNN.words   uint64: where each ends there
    NNNN.blocks    uint16: the largest counts of each 128 postings of a term;    NNNN.lows   uint16 [·, 2]: beside them
                   the shortest text and title among those passages, 65,535 at most

All are little-endian and have no header: there is nothing in them to be believed, and nothing to be unpickled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexes.engines.tunable.words import BATCH, Numberer, encoded
from indexes.errors import CorruptIndexError
from indexes.protocols import Analyzer

BLOCK = 128
TERMS_IN_PART = 60_000_000
"""Terms, with their repetitions, that are held in memory before they become a part: 12 bytes each at most."""
FIRST_BATCH = 1 << 16
FILES: Mapping[str, tuple[str, int]] = {
    "docs": ("<u4", 1),
    "counts": ("<u2", 1),
    "many": ("<i8", 1),
    "most": ("<u4", 2),
    "lengths": ("<u4", 2),
    "hashes": ("<u8", 1),
    "ends": ("<u8", 1),
    "fields": ("<u4", 2),
    "letters": ("|u1", 1),
    "words": ("<u8", 1),
    "blocks": ("<u2", 1),
    "lows": ("<u2", 2),
}


def hash_of(term: bytes) -> int:
    """64 bits that stand for a term until its letters are compared."""
    return int.from_bytes(hashlib.blake2b(term, digest_size=8).digest(), "little")


class PartWriter:
    """Takes the titles and texts of consecutive passages, and writes the files of one part."""

    def __init__(self, analyzer: Analyzer) -> None:
        self._numberer = Numberer(analyzer)
        self._waiting: list[str] = []
        self._bytes = 0
        self._batch = FIRST_BATCH  # grows: at first nearly every word is new
        self._numbers: list[NDArray[np.int32]] = []
        self._sizes: list[NDArray[np.int64]] = []
        self.passages = self.terms = 0

    def add(self, title: str, text: str) -> None:
        self._waiting += (title, text)
        self._bytes += len(title) + len(text)
        self.passages += 1
        if self._bytes >= self._batch:
            self._number()

    def finish(self, folder: Path, part: int) -> None:
        self._number()
        from indexes.engines.tunable.inverting import bounds, invert

        terms = [encoded(term) for term in self._numberer.terms]
        hashes = np.fromiter(map(hash_of, terms), np.uint64, len(terms))
        order = np.argsort(hashes, kind="stable")
        ranks = np.zeros(len(terms) + 1, np.int32)
        ranks[order + 1] = np.arange(len(terms))
        numbers, sizes = _joined(self._numbers, np.int32), _joined(self._sizes, np.int64)
        self._numbers.clear()
        docs, counts, ends, fields, many, most = invert(numbers, sizes, ranks, len(terms))
        del numbers
        lengths = np.ascontiguousarray(sizes.reshape(-1, 2)[:, ::-1]).astype(np.uint32)
        total = int(((np.diff(ends, prepend=0) + BLOCK - 1) // BLOCK).sum())
        blocks, lows = bounds(docs, counts, ends, lengths, total)
        arrays = {
            "docs": docs,
            "counts": counts,
            "many": many,
            "most": most,
            "lengths": lengths,
            "hashes": hashes[order],
            "ends": ends,
            "fields": fields,
            "letters": np.frombuffer(b"".join(terms[at] for at in order.tolist()), np.uint8),
            "words": np.cumsum([len(terms[at]) for at in order.tolist()]),
            "blocks": blocks,
            "lows": lows,
        }
        for name, (kind, _) in FILES.items():
            arrays[name].astype(kind, copy=False).tofile(path_of(folder, part, name))

    def _number(self) -> None:
        if self._waiting:
            numbers, sizes = self._numberer.numbers_of(self._waiting)
            self._numbers.append(numbers)
            self._sizes.append(sizes)
            self.terms += len(numbers)
            self._batch = min(2 * self._batch, BATCH)
        self._waiting, self._bytes = [], 0


class Part:
    """A part as it is searched. Raises CorruptIndexError for files that don't fit each other."""

    def __init__(self, folder: Path, part: int, passages: int) -> None:
        arrays = {name: _mapped(path_of(folder, part, name), kind, columns) for name, (kind, columns) in FILES.items()}
        self.docs, self.counts, self.many, self.most = (arrays[name] for name in ("docs", "counts", "many", "most"))
        self.lengths, self.blocks, self.lows = arrays["lengths"], arrays["blocks"], arrays["lows"]
        self.fields = arrays["fields"]
        self._hashes, self._ends = arrays["hashes"], arrays["ends"]
        self._letters, self._words = arrays["letters"], arrays["words"]
        self.passages = passages
        terms = len(self._hashes)
        fit = (
            len(self.lengths) == passages
            and len(self.docs) == len(self.counts)
            and len(self.many) == len(self.most)
            and len(self.blocks) == len(self.lows)
            and len(self._ends) == len(self._words) == len(self.fields) == terms
        )
        if not fit:
            raise self._damaged(folder, part)
        self._where = folder, part
        self._blocks_before = _blocks_before(self._ends)
        if terms and not self._rises():
            raise self._damaged(folder, part)

    def find(self, terms: list[bytes], hashes: NDArray[np.uint64]) -> list[int]:
        """The place of each term, -1 where the part lacks it."""
        places = np.searchsorted(self._hashes, hashes).tolist()
        return [self._same(place, term, int(hash_)) for place, term, hash_ in zip(places, terms, hashes, strict=True)]

    def range_of(self, place: int) -> tuple[int, int, int]:
        """Where the postings of a term start and end, and which is their first block."""
        start = int(self._ends[place - 1]) if place else 0
        return start, int(self._ends[place]), int(self._blocks_before[place])

    def places(self) -> range:
        """Of all terms."""
        return range(len(self._hashes))

    @property
    def hashes(self) -> NDArray[np.uint64]:
        return self._hashes

    def _same(self, place: int, term: bytes, hash_: int) -> int:
        while place < len(self._hashes) and int(self._hashes[place]) == hash_:
            start = int(self._words[place - 1]) if place else 0
            if self._letters[start : int(self._words[place])].tobytes() == term:
                return place
            place += 1
        return -1

    def _rises(self) -> bool:
        ends, words = self._ends, self._words
        return bool(
            int(ends[-1]) == len(self.docs)
            and (ends[1:] >= ends[:-1]).all()
            and int(words[-1]) == len(self._letters)
            and (words[1:] >= words[:-1]).all()
            and int(self._blocks_before[-1]) + _blocks(int(ends[-1]) - int(ends[-2] if len(ends) > 1 else 0))
            == len(self.blocks)
        )

    def _damaged(self, folder: Path, part: int) -> CorruptIndexError:
        return CorruptIndexError(
            f"the files {part:04}.* in {folder} do not fit each other or their {self.passages} passages; see which is "
            "damaged with verify, and build the index again"
        )

    @property
    def corrupt(self) -> CorruptIndexError:
        """What to raise where its postings turn out not to rise."""
        return self._damaged(*self._where)


def path_of(folder: Path, part: int, name: str) -> Path:
    return folder / f"{part:04}.{name}"


def _blocks(postings: int) -> int:
    return (postings + BLOCK - 1) // BLOCK


def _blocks_before(ends: NDArray[Any]) -> NDArray[np.int64]:
    starts: NDArray[np.int64] = np.concatenate([np.zeros(1, np.int64), ends.astype(np.int64)])
    sizes = starts[1:] - starts[:-1]
    blocks = (sizes + BLOCK - 1) // BLOCK
    before: NDArray[np.int64] = np.cumsum(blocks) - blocks
    return before


def _joined(arrays: list[NDArray[Any]], kind: type[Any]) -> NDArray[Any]:
    return np.concatenate(arrays) if arrays else np.empty(0, kind)


def _mapped(path: Path, kind: str, columns: int) -> NDArray[Any]:
    try:
        size = path.stat().st_size
        rows, rest = divmod(size, np.dtype(kind).itemsize * columns)
        shape = (rows, columns) if columns > 1 else (rows,)
        mapped: NDArray[Any] = np.memmap(path, kind, "r", shape=shape) if rows else np.empty(shape, kind)
    except (OSError, ValueError) as error:
        raise CorruptIndexError(f"{path} cannot be read ({error}); build the index again") from None
    if rest:
        raise CorruptIndexError(f"{path} must hold whole rows of {kind}, but has {size} bytes; build the index again")
    array = mapped.view(np.ndarray)
    array.flags.writeable = False
    return array
