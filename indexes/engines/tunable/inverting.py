"""Loops of building, compiled as those in `kernels` are: bytes into words' numbers, and numbers into postings."""

from __future__ import annotations

from typing import Any

import numpy as np

from indexes.engines.tunable.kernels import BLOCK, MANY, compiled

_ODD = np.uint64(0x9E3779B97F4A7C15)
_SHIFT, _BYTE, _FULL = np.uint64(32), np.uint64(8), np.uint64(64)
LONGEST = 24
"""Bytes of a word that the table can hold: three numbers of 64 bits, so that one line of memory has all of an entry."""
BETWEEN_TEXTS = 255
"""The class of the byte that parts texts; 0 is that of what is in no word, others stand for themselves."""
TITLE = np.uint32(1 << 31)


@compiled
def _slot(first: Any, second: Any, third: Any, seed: Any, table: Any) -> Any:
    """Where in the table the word is, or the free place where it would be."""
    mixed = (first ^ seed) * _ODD
    mixed = (mixed ^ (mixed >> _SHIFT) ^ second) * _ODD
    mixed = (mixed ^ (mixed >> _SHIFT) ^ third) * _ODD
    mask = len(table) - 1
    slot: Any = np.int64((mixed ^ (mixed >> _SHIFT)) & np.uint64(mask))
    while table[slot, 0] != 0 and (table[slot, 0] != first or table[slot, 1] != second or table[slot, 2] != third):
        slot = (slot + 1) & mask
    return slot


@compiled
def scan(buffer: Any, classes: Any, seed: Any, table: Any, numbers: Any, sizes: Any, unknown: Any) -> Any:
    """Cut the texts into words, in place into lower case, and write the code of each that the table knows.

    `sizes` gets how many codes each text has. Words it doesn't know are written as 0, with place, start and end in
    `unknown`. A word whose code is 0 is no term and not written. Gives how many codes and unknown words there are, and
    how many codes stand for several terms.
    """
    count, strange, several, text, before = 0, 0, 0, 0, 0
    start: Any = -1
    first = second = third = word = shift = np.uint64(0)
    for at in range(len(buffer)):
        kind = classes[buffer[at]]
        if kind != 0 and kind != BETWEEN_TEXTS:
            if start < 0:
                start = at
                first = second = third = word = shift = np.uint64(0)
            buffer[at] = kind
            word |= np.uint64(kind) << shift
            shift += _BYTE
            if shift == _FULL:
                if first == 0:
                    first = word
                elif second == 0:
                    second = word
                else:
                    third = word
                word = shift = np.uint64(0)
            continue
        if start >= 0:
            if first == 0:
                first = word
            elif second == 0:
                second = word
            elif third == 0:
                third = word
            slot = _slot(first, second, third, seed, table) if at - start <= LONGEST else -1
            if slot >= 0 and table[slot, 0] != 0:
                code = np.int64(table[slot, 3])
                if code != 0:
                    numbers[count] = code
                    count += 1
                    if code < 0:
                        several += 1
            else:
                numbers[count] = 0
                unknown[strange, 0], unknown[strange, 1], unknown[strange, 2] = count, start, at
                count, strange = count + 1, strange + 1
            start = -1
        if kind == BETWEEN_TEXTS:
            sizes[text] = count - before
            text, before = text + 1, count
    return count, strange, several


@compiled
def insert(words: Any, codes: Any, seed: Any, table: Any) -> None:
    """Add words, which are not there yet, to a table that has room for them. `words` is uint64 [n, 3]."""
    for at in range(len(words)):
        slot = _slot(words[at, 0], words[at, 1], words[at, 2], seed, table)
        table[slot, :3] = words[at]
        table[slot, 3] = np.uint64(codes[at])


@compiled
def grown(old: Any, seed: Any, size: int) -> Any:
    """The table with more room; `size` is a power of two."""
    table = np.zeros((size, 4), np.uint64)
    for at in range(len(old)):
        if old[at, 0] != 0:
            table[_slot(old[at, 0], old[at, 1], old[at, 2], seed, table)] = old[at]
    return table


@compiled
def invert(numbers: Any, sizes: Any, ranks: Any, terms: int) -> Any:
    """From the terms of each text to the passages of each term.

    `sizes`, [2 × passages], says how many of `numbers` each title and each text has, title first; `ranks` gives the
    place of a number's term. Gives the passages and counts (text in the lower byte, title in the upper one), where each
    term's end, how many of them have it in the text and in the title, and the places and values of large counts.
    """
    ends = np.zeros(terms, np.int64)
    for at in range(len(numbers)):
        ends[ranks[numbers[at]]] += 1
    at_term = np.zeros(terms, np.int64)
    for term in range(1, terms):
        at_term[term] = at_term[term - 1] + ends[term - 1]
    starts = at_term.copy()
    raw = np.empty(len(numbers), np.uint32)
    at = 0
    for field in range(len(sizes)):
        doc = np.uint32(field // 2) | (TITLE if field % 2 == 0 else np.uint32(0))
        for _ in range(sizes[field]):
            term = ranks[numbers[at]]
            raw[at_term[term]] = doc
            at_term[term] += 1
            at += 1
    counts = np.empty(len(raw), np.uint16)
    fields = np.zeros((terms, 2), np.uint32)
    many_at, many = np.empty(len(raw) // MANY + 1, np.int64), np.empty((len(raw) // MANY + 1, 2), np.uint32)
    large, written = 0, 0
    for term in range(terms):
        at, stop = starts[term], starts[term] + ends[term]
        while at < stop:
            doc = raw[at] & ~TITLE
            title = text = 0
            while at < stop and raw[at] & ~TITLE == doc:
                if raw[at] & TITLE:
                    title += 1
                else:
                    text += 1
                at += 1
            fields[term, 0] += text > 0
            fields[term, 1] += title > 0
            if text >= MANY or title >= MANY:
                many_at[large], many[large, 0], many[large, 1] = written, text, title
                large += 1
            raw[written] = doc
            counts[written] = min(text, MANY) | min(title, MANY) << 8
            written += 1
        ends[term] = written
    return raw[:written], counts[:written], ends, fields, many_at[:large], many[:large]


@compiled
def bounds(docs: Any, counts: Any, ends: Any, lengths: Any, total: int) -> Any:
    """For each block of a term's postings the largest counts, and the shortest text and title."""
    blocks, lows = np.zeros(total, np.uint16), np.full((total, 2), 65535, np.uint16)
    block, start = -1, 0
    for term in range(len(ends)):
        for at in range(start, ends[term]):
            if (at - start) % BLOCK == 0:
                block += 1
            count = np.int64(counts[at])
            text = max(np.int64(blocks[block]) & 255, count & 255)
            title = max(np.int64(blocks[block]) >> 8, count >> 8)
            blocks[block] = text | title << 8
            for field in range(2):
                lows[block, field] = min(np.int64(lows[block, field]), np.int64(lengths[docs[at], field]))
        start = ends[term]
    return blocks, lows
