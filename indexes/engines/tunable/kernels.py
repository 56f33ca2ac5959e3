"""The loops, compiled by numba (extra `[tunable]`): the one file that imports it, itself imported when it is needed.

They are compiled on their first use, which takes some ten seconds, and kept beside this file (or, where that cannot be
written to, in numba's folder in the user's cache), so that later processes only load them. They run without the
interpreter's lock, and stand in one file, for numba sees a change of a function in that file alone. No number that was
read from a file becomes a place in memory before it was compared with a bound.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

F = TypeVar("F", bound=Callable[..., Any])

BLOCK = 128
"""Postings for which one bound is kept."""
WINDOW = 1 << 15
"""Passages scored at a time: their sums stay in the processor's cache."""
FEW = 4
"""A term is topped up where it has at most so many postings for each that made a sum; else it is looked up."""
MANY = 255
"""A count of this or more stands in a table of its own."""
CORRUPT = -1
_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
_LOWEST = np.zeros(64, np.int64)
for _bit in range(64):
    _LOWEST[(0x03F79D71B4CB0A89 << _bit & (1 << 64) - 1) >> 58] = _bit
_SLACK = 1.0 + 1e-4
"""Sums of 32-bit floats are rounded: bounds must not fall below them."""


def compiled(function: F) -> F:
    try:
        return cast(F, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # neither this folder nor the user's cache can be written to
        return cast(F, numba.njit(nogil=True)(function))


@compiled
def _at_least(docs: Any, low: int, high: int, wanted: int) -> int:
    """The first place in docs[low:high] with a passage of at least `wanted`: near `low` it is found fastest."""
    step = 1
    while low + step < high and docs[low + step] < wanted:
        low += step
        step *= 2
    end = min(high, low + step + 1)
    while low < end:
        middle = (low + end) // 2
        if docs[middle] < wanted:
            low = middle + 1
        else:
            end = middle
    return low


@compiled
def _frequency(at: int, counts: Any, many_at: Any, many: Any, text_weight: float, title_weight: float) -> float:
    """How often the term counts in the posting at that place."""
    count = counts[at]
    text, title = np.int64(count) & 255, np.int64(count) >> 8
    if text == MANY or title == MANY:
        low, high = 0, len(many_at)
        while low < high:
            middle = (low + high) // 2
            if many_at[middle] < at:
                low = middle + 1
            else:
                high = middle
        if low < len(many_at) and many_at[low] == at:
            text, title = np.int64(many[low, 0]), np.int64(many[low, 1])
    return text_weight * text + title_weight * title


@compiled
def _score(doc: int, cursors: Any, terms: Any, postings: Any, shape: Any) -> float:
    """A passage's score, its parts added in the order of the query: equal passages get equal scores."""
    docs, counts, many_at, many, norms = postings
    _, ends, weights = terms
    total = 0.0
    for term in range(len(ends)):
        at = _at_least(docs, cursors[term], ends[term], doc)
        if at < ends[term] and docs[at] == doc:
            frequency = _frequency(at, counts, many_at, many, shape[0], shape[1])
            if frequency > 0:
                total += weights[term] * frequency / (frequency + norms[doc])
    return total


@compiled
def _sift(scores: Any, found: Any, size: int) -> None:
    """Put the root of a heap in its place: the least score is on top, and of equal ones the later passage."""
    at = 0
    score, doc = scores[0], found[0]
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        right = child + 1
        if right < size and (
            scores[right] < scores[child] or (scores[right] == scores[child] and found[right] > found[child])
        ):
            child = right
        if scores[child] > score or (scores[child] == score and found[child] <= doc):
            break
        scores[at], found[at] = scores[child], found[child]
        at = child
    scores[at], found[at] = score, doc


@compiled
def _push(scores: Any, found: Any, size: int, score: float, doc: int) -> int:
    """Add to a heap that is not full."""
    at = size
    while at > 0:
        parent = (at - 1) // 2
        if scores[parent] < score or (scores[parent] == score and found[parent] > doc):
            break
        scores[at], found[at] = scores[parent], found[parent]
        at = parent
    scores[at], found[at] = score, doc
    return size + 1


@compiled
def _bounds(terms: Any, firsts: Any, blocks: Any, lows: Any, shape: Any) -> Any:
    """The most that each block of each term's postings can add to a score, and the same for each term."""
    starts, ends, weights = terms
    text_weight, title_weight, flat, slope = shape
    offsets = np.zeros(len(starts) + 1, np.int64)
    for term in range(len(starts)):
        offsets[term + 1] = offsets[term] + (ends[term] - starts[term] + BLOCK - 1) // BLOCK
    of_blocks = np.empty(offsets[-1], np.float32)
    of_terms = np.zeros(len(starts), np.float32)
    for term in range(len(starts)):
        for number in range(offsets[term + 1] - offsets[term]):
            block = firsts[term] + number
            text, title = np.int64(blocks[block]) & 255, np.int64(blocks[block]) >> 8
            bound = 1.0
            if text < MANY and title < MANY:
                most = text_weight * text + title_weight * title
                least = flat + slope * (text_weight * lows[block, 0] + title_weight * lows[block, 1])
                bound = most / (most + least) if most > 0 else 0.0
            of_blocks[offsets[term] + number] = weights[term] * bound * _SLACK
            of_terms[term] = max(of_terms[term], of_blocks[offsets[term] + number])
    return of_blocks, of_terms, offsets


@compiled
def _accumulate(low: int, high: int, at: int, end: int, weight: Any, postings: Any, shape: Any, window: Any) -> int:
    """Add a term's parts to the sums of the window's passages. Gives where its postings go on, or CORRUPT."""
    docs, counts, many_at, many, norms = postings
    text_weight, title_weight = np.float32(shape[0]), np.float32(shape[1])
    sums, touched = window
    while at < end and docs[at] < high:
        doc = np.int64(docs[at])
        if doc < low:
            return CORRUPT
        count = np.int64(counts[at])
        text, title = count & 255, count >> 8
        frequency = text_weight * np.float32(text) + title_weight * np.float32(title)
        if text == MANY or title == MANY:
            frequency = np.float32(_frequency(at, counts, many_at, many, shape[0], shape[1]))
        if frequency > 0:
            place = doc - low
            sums[place] += weight * frequency / (frequency + norms[doc])
            touched[place >> 6] |= np.uint64(1) << np.uint64(place & 63)
        at += 1
    return at


@compiled
def _top_up(low: int, at: int, end: int, weight: Any, postings: Any, shape: Any, window: Any) -> int:
    """As `_accumulate`, up to `end`, but only for passages that have a sum. Gives CORRUPT, or 0."""
    docs, counts, many_at, many, norms = postings
    sums, touched = window
    for place in range(at, end):
        offset = np.int64(docs[place]) - low
        if offset < 0 or offset >= min(WINDOW, len(norms) - low):
            return CORRUPT
        if touched[offset >> 6] >> np.uint64(offset & 63) & np.uint64(1):
            frequency = _frequency(place, counts, many_at, many, shape[0], shape[1])
            if frequency > 0:
                sums[offset] += weight * np.float32(frequency / (frequency + norms[low + offset]))
    return 0


@compiled
def _plan(low: int, high: int, least: float, most: Any, terms: Any, state: Any, docs: Any) -> Any:
    """Which terms matter in this window: the most that each can add there goes into `here`, the cursors go to it.

    Gives the sum of what those may add that need not be looked at for all passages, how many they are, counted in
    `order`, and the nearest passage that any term has; all of them where they cannot add enough together.
    """
    starts, ends, _ = terms
    of_blocks, offsets = most
    order, cursors, _, here = state
    everything, nearest = 0.0, np.int64(1 << 62)
    for term in range(len(starts)):
        at = _at_least(docs, cursors[term], ends[term], low)
        cursors[term] = at
        bound: Any = np.float32(0.0)
        if at < ends[term]:
            nearest = min(nearest, np.int64(docs[at]))
            block = (at - starts[term]) // BLOCK
            place = at
            while place < ends[term] and docs[place] < high:
                bound = max(bound, of_blocks[offsets[term] + block])
                block += 1
                place = starts[term] + block * BLOCK
        here[term] = bound
        everything += bound
    rest, needed = 0.0, 0
    if everything <= least:
        return rest, len(starts), nearest
    while needed < len(order) and rest + here[order[needed]] <= least:
        rest += here[order[needed]]
        needed += 1
    return rest, needed, nearest


@compiled
def _sum_up(low: int, high: int, plan: Any, terms: Any, state: Any, postings: Any, shape: Any, window: Any) -> Any:
    """Sums of the window's passages by the terms that matter, topped up by those others that have few postings here.

    Gives how many postings made sums, or CORRUPT, and what is still left to be looked up, as `_plan` does.
    """
    rest, needed = plan
    _, ends, weights = terms
    order, cursors, _, here = state
    taken = 0
    for place in range(needed, len(order)):
        term = order[place]
        at = cursors[term]
        stop = _accumulate(low, high, at, ends[term], np.float32(weights[term]), postings, shape, window)
        if stop == CORRUPT:
            return CORRUPT, rest, needed
        taken += stop - at
    while needed > 0:
        term = order[needed - 1]
        at = cursors[term]
        stop = _at_least(postings[0], at, ends[term], high)
        if stop - at > FEW * taken:
            break
        if _top_up(low, at, stop, np.float32(weights[term]), postings, shape, window) == CORRUPT:
            return CORRUPT, rest, needed
        needed -= 1
        rest = max(rest - here[term], 0.0)
    return taken, rest, needed


@compiled
def _looked_up(
    doc: int, total: float, least: float, plan: Any, terms: Any, state: Any, postings: Any, shape: Any
) -> bool:
    """Whether a passage with that sum may still get into the heap, when what is left is looked up."""
    docs, counts, many_at, many, norms = postings
    _, ends, weights = terms
    order, _, looked, here = state
    rest, needed = plan
    for other in range(needed - 1, -1, -1):
        if (total + rest) * _SLACK <= least:
            return False
        term = order[other]
        rest = max(rest - here[term], 0.0)
        at = _at_least(docs, looked[term], ends[term], doc)
        looked[term] = at
        if at < ends[term] and docs[at] == doc:
            frequency = _frequency(at, counts, many_at, many, shape[0], shape[1])
            if frequency > 0:
                total += weights[term] * frequency / (frequency + norms[doc])
    return bool((total + rest) * _SLACK > least)


@compiled
def _settle(low: int, plan: Any, terms: Any, state: Any, postings: Any, shape: Any, window: Any, heap: Any) -> Any:
    """Take the sums, passage by passage, and clear them: what may get into the heap is scored exactly. Gives the new
    size of the heap."""
    sums, touched = window
    order, cursors, looked, _ = state
    allowed, base, scores, found, size = heap
    for place in range(plan[1]):
        looked[order[place]] = cursors[order[place]]
    least = scores[0] if size == len(scores) else 0.0
    for word in range(len(touched)):
        bits = touched[word]
        touched[word] = 0
        while bits != 0:
            lowest = bits & (~bits + np.uint64(1))
            bits ^= lowest
            offset = word * 64 + _LOWEST[(lowest * _DE_BRUIJN) >> np.uint64(58)]
            total, doc = np.float64(sums[offset]), low + offset
            sums[offset] = 0.0
            if (total + plan[0]) * _SLACK <= least or (len(allowed) and not allowed[doc]):
                continue
            if not _looked_up(doc, total, least, plan, terms, state, postings, shape):
                continue
            exact = _score(doc, cursors, terms, postings, shape)
            if exact > 0.0 and size < len(scores):
                size = _push(scores, found, size, exact, base + doc)
            elif size == len(scores) and exact > scores[0]:
                scores[0], found[0] = exact, base + doc
                _sift(scores, found, size)
            least = scores[0] if size == len(scores) else 0.0
    return size


@compiled
def best(terms: Any, firsts: Any, postings: Any, blocks: Any, lows: Any, shape: Any, heap: Any) -> Any:
    """Bring the best passages of one part into a heap; gives its new size, or CORRUPT where the postings don't rise.

    `terms`, in the order of the query, are the starts and ends of their postings, and their weights; `firsts` are their
    first blocks. The `heap` is a byte for each passage of the part that says whether it is allowed (or none where all
    are), the ordinal of the part's first passage, the scores, the passages, and how many there are.

    A passage's sum grows by the terms that matter: those without which the rest cannot lift it into the heap. For what
    may get there the rest is looked up, and what still may is scored exactly. It is MaxScore (Turtle & Flood 1995) over
    windows, with bounds for blocks of postings (Ding & Suel 2011) that are computed from the largest counts and the
    shortest passage of a block, and so hold for any parameters.
    """
    of_blocks, of_terms, offsets = _bounds(terms, firsts, blocks, lows, shape)
    order = np.argsort(of_terms, kind="mergesort")
    state = (order, terms[0].copy(), terms[0].copy(), np.empty(len(order), np.float32))
    window = (np.zeros(WINDOW, np.float32), np.zeros(WINDOW // 64, np.uint64))
    allowed, base, scores, found, size = heap
    passages, low = len(postings[4]), 0
    while low < passages:
        high = min(low + WINDOW, passages)
        least = scores[0] if size == len(scores) else 0.0
        rest, needed, nearest = _plan(low, high, least, (of_blocks, offsets), terms, state, postings[0])
        if nearest >= high:
            low = nearest // WINDOW * WINDOW if nearest < passages else passages
            continue
        taken, rest, needed = _sum_up(low, high, (rest, needed), terms, state, postings, shape, window)
        if taken == CORRUPT:
            return CORRUPT
        if taken > 0:
            into = (allowed, base, scores, found, size)
            size = _settle(low, (rest, needed), terms, state, postings, shape, window, into)
        low = high
    return size
