"""Texts into numbers of terms, as fast as they can be read.

An analyzer is asked once for each distinct word and not for each word of each text: one that runs inside tantivy never
looks beyond what is neither letter nor digit, so cutting the text there in advance changes nothing. Any other analyzer
is asked for each text.
"""

from __future__ import annotations

import secrets
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexes.analyzers.native import NativeAnalyzer
from indexes.engines.tunable.inverting import BETWEEN_TEXTS, LONGEST, grown, insert, scan
from indexes.protocols import Analyzer

BATCH = 4 << 20
"""Bytes of text that are numbered at once."""
_KEPT = 1 << 18
"""Words too long for the table that are remembered beside it."""
_BETWEEN = "\x1f"
_CLASSES = np.zeros(256, np.uint8)
for _byte in range(256):
    if _byte >= 128 or chr(_byte).isalnum():
        _CLASSES[_byte] = ord(chr(_byte).lower()) if _byte < 128 else _byte
_CLASSES[ord(_BETWEEN)] = BETWEEN_TEXTS


def encoded(term: str) -> bytes:
    return term.encode("utf-8", "surrogatepass")


class Numberer:
    """Numbers terms from 1 up, in the order in which they are first met; `terms` has them in that order."""

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self._native = type(analyzer) is NativeAnalyzer
        self.terms: dict[str, int] = {}
        self._several: list[list[int]] = []
        self._table = _Table()
        self._long: dict[bytes, int] = {}

    def numbers_of(self, texts: list[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The numbers of all terms of these texts, one after the other, and how many each text has."""
        if self._native:
            return self._by_words(texts)
        cut = [[self._number(term) for term in self._analyzer(text) if term] for text in texts]
        sizes = np.fromiter(map(len, cut), np.int64, len(cut))
        return np.fromiter((number for part in cut for number in part), np.int32, int(sizes.sum())), sizes

    def _by_words(self, texts: list[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        buffer = np.frombuffer(bytearray(self._joined(texts)), np.uint8)
        numbers = np.empty(len(buffer) // 2 + 1, np.int32)  # pages that are not written to take no memory
        unknown = np.empty((len(buffer) // 2 + 1, 3), np.int64)
        sizes = np.empty(len(texts), np.int64)
        count, strange, several = self._table.scan(buffer, numbers, sizes, unknown)
        if not strange and not several:
            return numbers[:count].copy(), sizes
        codes: dict[bytes, int] = {}
        for place, start, end in unknown[:strange].tolist():
            word = buffer[start:end].tobytes()
            code = codes.get(word)
            if code is None:
                code = codes[word] = self._code(word)
            numbers[place] = code
        self._table.add(codes)
        return self._expanded(numbers[:count], sizes)

    def _joined(self, texts: list[str]) -> bytes:
        joined = _BETWEEN.join(texts) + _BETWEEN
        if not (joined.isascii() and joined.count(_BETWEEN) == len(texts)):
            prepare = self._analyzer.prepare if isinstance(self._analyzer, NativeAnalyzer) else str
            joined = _BETWEEN.join(prepare(text).replace(_BETWEEN, " ") for text in texts) + _BETWEEN
        return joined.encode()

    def _expanded(
        self, numbers: NDArray[np.int32], sizes: NDArray[np.int64]
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Without words that are no terms, and with all the terms of those that gave several."""
        repeats = (numbers > 0).astype(np.int64)
        several = np.flatnonzero(numbers < 0)
        theirs = [self._several[-1 - code] for code in numbers[several].tolist()]
        repeats[several] = [len(terms) for terms in theirs]
        texts = np.repeat(np.repeat(np.arange(len(sizes)), sizes), repeats)
        places = (np.cumsum(repeats) - repeats)[several]
        numbers = np.repeat(numbers, repeats)
        for place, terms in zip(places.tolist(), theirs, strict=True):
            numbers[place : place + len(terms)] = terms
        return numbers, np.bincount(texts, minlength=len(sizes)).astype(np.int64)

    def _number(self, term: str) -> int:
        return self.terms.setdefault(term, len(self.terms) + 1)

    def _code(self, word: bytes) -> int:
        """A term's number, 0 for a word that is none, and a negative one where it gives several."""
        if word in self._long:
            return self._long[word]
        numbers = [self._number(term) for term in self._analyzer(word.decode())]
        code = numbers[0] if len(numbers) == 1 else 0
        if len(numbers) > 1:
            self._several.append(numbers)
            code = -len(self._several)
        if len(word) > LONGEST and len(self._long) < _KEPT:
            self._long[word] = code
        return code


class _Table:
    """Words with their codes, for the compiled loop: open addressing, with a seed of its own, so that nobody can make
    texts whose words collide."""

    def __init__(self) -> None:
        self._seed = np.uint64(secrets.randbits(64))
        self._table = np.zeros((1 << 14, 4), np.uint64)
        self._count = 0

    def scan(self, buffer: NDArray[np.uint8], numbers: Any, sizes: Any, unknown: Any) -> tuple[int, int, int]:
        found: tuple[int, int, int] = scan(buffer, _CLASSES, self._seed, self._table, numbers, sizes, unknown)
        return found

    def add(self, codes: dict[bytes, int]) -> None:
        """New words; those that are too long are left out."""
        short = {word: code for word, code in codes.items() if len(word) <= LONGEST}
        self._count += len(short)
        size = len(self._table)
        while size < 2 * self._count:
            size *= 2
        if size > len(self._table):
            self._table = grown(self._table, self._seed, size)
        words = np.array(list(short), dtype=f"S{LONGEST}").view(np.uint64).reshape(-1, 3)
        insert(words, np.fromiter(short.values(), np.int64, len(short)), self._seed, self._table)
