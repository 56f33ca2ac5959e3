"""Which titles a text mentions, among millions, in a fraction of a millisecond.

A title is known by the CRC-32 of its words in lower case. The checksums lie sorted in a memory-mapped file, and the
ordinals of their passages in another. The checksum of a run of words grows word by word, so that all the runs of a text
are checksummed in one sweep and looked up in one call; only such runs are tried as begin, capitals and all, with a word
that some title begins with. What a checksum suggests, the words themselves then prove.
"""

from __future__ import annotations

import re
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexes.analyzers.common_words import COMMON_WORDS
from indexes.analyzers.english import ENGLISH
from indexes.analyzers.naming import begins_a_sentence, without_qualifier
from indexes.analyzers.native import MAX_TERM_BYTES
from indexes.errors import CorruptIndexError

CHECKSUMS, ORDINALS, FIRST_WORDS = "titles.crc32", "titles.ordinals", "titles.first-words.crc32"
MAX_WORDS = 12
"""Longer titles are never looked for."""
MAX_SAME = 10
"""Of passages with the same title the first so many are meant: an article's first passages, not all of them."""
_MAX_SUSPECTS = 4 * MAX_SAME
_WORD = re.compile(r"\w+")
_U32 = np.dtype("<u4")
_STOP_WORDS = frozenset(ENGLISH.stop_words)
_FILES = (CHECKSUMS, ORDINALS, FIRST_WORDS)
_NO_TITLES = np.empty(0, dtype=_U32)


def names_of(title: str) -> list[tuple[str, ...]]:
    """What the passage may be called: its title's words, and those without a qualifier, as in `Emma (novel)`.

    A title of stop words alone (`It`) names nothing: it would be mentioned everywhere.
    """
    return [name for name in _readings(title) if 0 < len(name) <= MAX_WORDS and _says_something(name)]


def _says_something(name: tuple[str, ...]) -> bool:
    # most names show it by their first word, without the analyzer's asking
    first = name[0]
    plain = first.isascii() and first.isalnum() and len(first) <= MAX_TERM_BYTES
    return (plain and first.lower() not in _STOP_WORDS) or bool(ENGLISH(" ".join(name)))


def _readings(title: str) -> list[tuple[str, ...]]:
    whole = tuple(_WORD.findall(title))
    if not title.endswith(")"):
        return [whole]
    short = tuple(_WORD.findall(without_qualifier(title)))
    return [whole, short] if short != whole else [whole]


@lru_cache(maxsize=4096)
def _common(name: tuple[str, ...]) -> bool:
    return all(word in COMMON_WORDS for word in _lower(name))


def _bytes(word: str) -> bytes:
    return word.lower().encode("utf-8", "surrogatepass")


def _as_written(word: str) -> int:
    return zlib.crc32(word.encode("utf-8", "surrogatepass"))


class TitleWriter:
    """Takes the titles in the order of their passages: twelve bytes of memory for each.

    `after` is how many passages the tables in the folder are of; the titles come after theirs, in new tables.
    """

    def __init__(self, folder: Path, after: int = 0) -> None:
        self._folder = folder
        self._old = [np.array(_map(folder / name)) for name in _FILES] if after else [_NO_TITLES] * len(_FILES)
        self._checksums = array("I")
        self._ordinals = array("I")
        self._first_words = array("I")
        self._count = after

    def add(self, title: str) -> None:
        for name in names_of(title):
            self._checksums.append(zlib.crc32(b" ".join(map(_bytes, name))))
            self._ordinals.append(self._count)
            self._first_words.append(_as_written(name[0]))
        self._count += 1

    def finish(self) -> None:
        new = (self._checksums, self._ordinals, self._first_words)
        checksums, ordinals, first_words = (
            np.concatenate([old, np.frombuffer(added, dtype=np.uint32)])
            for old, added in zip(self._old, new, strict=True)
        )
        order = np.argsort(checksums, kind="stable")  # stable: of equal ones the earlier passage comes first
        for name, table in zip(_FILES, (checksums[order], ordinals[order], np.unique(first_words)), strict=True):
            (self._folder / name).unlink(missing_ok=True)  # another generation may share the old table: it stays
            table.astype(_U32).tofile(self._folder / name)


class Titles:
    """The titles of an index, memory-mapped. `title_of` gives the title of an ordinal."""

    def __init__(self, folder: Path, passages: int, title_of: Callable[[int], str]) -> None:
        self._checksums = _map(folder / CHECKSUMS)
        self._ordinals = _map(folder / ORDINALS)
        self._first_words = _map(folder / FIRST_WORDS)
        self._passages = passages
        self._title_of = title_of
        self._folder = folder
        if len(self._checksums) != len(self._ordinals):
            raise self._damaged()

    def mentioned(self, text: str, *, as_written: bool = True, allowed: NDArray[np.bool_] | None = None) -> list[int]:
        """The ordinals of the passages whose title stands in the text, each once, from left to right.

        Where titles overlap, the one that begins first counts, and of those the longest. Capitals must be the
        title's own, or else every text would mention `Them` and `May`; `as_written=False` is for texts without any.
        A name of common words (`Film`) does not count where its one capital begins a sentence, nor, up to two of them
        (`The End`), in a text without capitals. The titles of passages that are not `allowed`, bool [passages], are no
        titles.
        """
        words = _WORD.findall(text)
        starts = self._starts(words) if as_written else range(len(words))
        checksums, offsets = _runs(words, starts)
        found: dict[int, None] = {}
        free = 0
        for start, runs in self._known(checksums, starts, offsets).items():
            if start < free:
                continue
            for length, checksum, first in reversed(runs):
                name = tuple(words[start : start + length])
                if self._by_chance(name, text, start, as_written):
                    continue
                proven = self._proven(name, self._suspects(checksum, first, allowed), as_written)
                if proven:
                    found.update(dict.fromkeys(proven))
                    free = start + length
                    break
        return list(found)

    def _starts(self, words: list[str]) -> Sequence[int]:
        """The places of words that some title begins with."""
        if not len(self._first_words):
            return ()
        checksums = np.fromiter(map(_as_written, words), dtype=np.uint32, count=len(words))
        places = np.searchsorted(self._first_words, checksums)
        places[places == len(self._first_words)] = 0
        starts: list[int] = np.flatnonzero(self._first_words[places] == checksums).tolist()
        return starts

    def _by_chance(self, name: tuple[str, ...], text: str, start: int, as_written: bool) -> bool:
        """Whether common words would stand there just so, were they no title."""
        if not _common(name):
            return False
        if not as_written:
            return len(name) <= 2
        if any(word[0].isupper() for word in name[1:]):
            return False
        return begins_a_sentence(text, next(islice(_WORD.finditer(text), start, None)).start())

    def _known(
        self, checksums: NDArray[np.uint32], starts: Sequence[int], offsets: Sequence[int]
    ) -> dict[int, list[tuple[int, int, int]]]:
        """By where they start, the runs that have a title's checksum: length, checksum and place in the table."""
        known: dict[int, list[tuple[int, int, int]]] = {}
        if not len(self._checksums) or not len(checksums):
            return known
        order = np.argsort(checksums)  # neighbours are looked up one after the other: fewer misses of the cache
        places = np.empty(len(checksums), dtype=np.intp)
        places[order] = np.searchsorted(self._checksums, checksums[order])
        places[places == len(self._checksums)] = 0
        runs = np.flatnonzero(self._checksums[places] == checksums)
        for run, checksum, first in zip(runs.tolist(), checksums[runs].tolist(), places[runs].tolist(), strict=True):
            at = bisect_right(offsets, run) - 1
            known.setdefault(starts[at], []).append((run - offsets[at] + 1, checksum, first))
        return known

    def _suspects(self, checksum: int, first: int, allowed: NDArray[np.bool_] | None) -> list[int]:
        """The passages that a checksum suggests, the earliest first; not all where they are many."""
        if allowed is None:
            same = self._checksums[first : first + _MAX_SUSPECTS].tolist().count(checksum)  # they lie together
            suspects: list[int] = self._ordinals[first : first + same].tolist()
            if max(suspects) >= self._passages:
                raise self._damaged()
            return suspects
        ordinals = self._ordinals[first : np.searchsorted(self._checksums, np.uint32(checksum), side="right")]
        if int(ordinals.max()) >= self._passages:
            raise self._damaged()
        suspects = ordinals[allowed[ordinals]][:_MAX_SUSPECTS].tolist()
        return suspects

    def _proven(self, name: tuple[str, ...], suspects: list[int], as_written: bool) -> list[int]:
        proven: list[int] = []
        if not suspects or not _says_something(name):
            return proven
        plain = " ".join(name)
        for ordinal in suspects:
            title = self._title_of(ordinal)
            if title == plain or _is_called(title, name, as_written):
                proven.append(ordinal)
                if len(proven) == MAX_SAME:
                    break
        return proven

    def _damaged(self) -> CorruptIndexError:
        return CorruptIndexError(f"{self._folder / ORDINALS} does not fit the passages; build the index again")


def _runs(words: list[str], starts: Sequence[int]) -> tuple[NDArray[np.uint32], list[int]]:
    """The checksums of the runs of words, by start and then by length, and where those of each start begin."""
    encoded = [_bytes(word) for word in words]
    following = [b" " + word for word in encoded]
    checksums = array("I")
    offsets = []
    crc32, append = zlib.crc32, checksums.append
    for start in starts:
        offsets.append(len(checksums))
        checksum = crc32(encoded[start])
        append(checksum)
        for next_word in following[start + 1 : start + MAX_WORDS]:
            checksum = crc32(next_word, checksum)
            append(checksum)
    return np.frombuffer(checksums, dtype=np.uint32), offsets


def _is_called(title: str, name: tuple[str, ...], as_written: bool) -> bool:
    names = _readings(title)
    return name in names or (not as_written and _lower(name) in map(_lower, names))


def _lower(name: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word.lower() for word in name)


def _map(path: Path) -> NDArray[np.uint32]:
    try:
        if path.stat().st_size == 0:  # not one title in the corpus: nothing to map
            return np.empty(0, dtype=_U32)
        return np.asarray(np.memmap(path, dtype=_U32, mode="r"))  # a plain array: memmap's own indexing is slow
    except (OSError, ValueError) as error:
        raise CorruptIndexError(f"{path} cannot be read ({error}); build the index again") from None
