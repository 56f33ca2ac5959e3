"""Candidate answers: the spans of a sentence that could be one.

Dates, years, numbers, quotations, capitalised names (their parts and their joins), and short runs of common nouns:
about a hundred a passage, which hold the answer of 96 in 100 questions whose answer stands in the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dsp.lms.extractive.lexicon import FUNCTION_WORDS, MAGNITUDES, MONTHS, NAME_CONNECTORS, NUMBER_WORDS

TYPES = ("date", "year", "num", "numunit", "quote", "cap", "capcomb", "low", "mix", "title")
"""What a candidate looks like. `low` has no capital, `mix` has some, `capcomb` joins names over small words."""

TYPE_INDEX = {name: index for index, name in enumerate(TYPES)}
NAME_TYPES = tuple(TYPE_INDEX[name] for name in ("cap", "capcomb", "title", "quote"))
"""Types that may name a thing one could search for."""

LONGEST = 10
"""Tokens in the longest candidate."""

_FOUR_DIGITS = re.compile(r"\d{4}")
_YEAR = re.compile(r"(?:1\d|20)\d\d(?:s|[–-]\d+)?")
_NUMBER_BEFORE_NAME = re.compile(r"\d{4}(?:–\d+)?|\d+(?:st|nd|rd|th)")
_LONGEST_DAY = 4
_LONGEST_QUOTE = 9
_TRIMS = 4
_JOINS = 4
_LONGEST_GAP = 2
_NOUN_RUN = 4

Span = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class _Line:
    """A sentence's tokens, and what each looks like."""

    tokens: list[str]
    low: list[str]
    capital: list[bool]
    number: list[bool]
    word: list[bool]
    content: list[bool]


class _Spans:
    """Spans in the order found; the first type given to a span stays."""

    def __init__(self) -> None:
        self.found: dict[tuple[int, int], str] = {}

    def add(self, start: int, end: int, kind: str) -> None:
        if 0 < end - start <= LONGEST:
            self.found.setdefault((start, end), kind)


def candidate_spans(tokens: list[str]) -> list[Span]:
    """The candidates of one sentence as (first token, token after the last, type)."""
    low = [token.lower() for token in tokens]
    word = [token[0].isalnum() for token in tokens]
    line = _Line(
        tokens=tokens,
        low=low,
        capital=[
            token[0].isupper() and not (index == 0 and low[0] in FUNCTION_WORDS) for index, token in enumerate(tokens)
        ],
        number=[token[0].isdigit() for token in tokens],
        word=word,
        content=[is_word and token not in FUNCTION_WORDS for is_word, token in zip(word, low, strict=True)],
    )
    spans = _Spans()
    for index in range(len(tokens)):
        if low[index] in MONTHS and line.capital[index]:
            _add_dates(line, index, spans)
        _add_numbers(line, index, spans)
    _add_quotations(line, spans)
    _add_names(line, spans)
    _add_noun_runs(line, spans)
    return [(start, end, kind) for (start, end), kind in spans.found.items()]


def _add_dates(line: _Line, month: int, spans: _Spans) -> None:
    """`4 July 1776`, `4 July`, `July 4, 1776`, `July 1776`, around a month's name."""
    tokens, number, count = line.tokens, line.number, len(line.tokens)
    if month and number[month - 1] and len(tokens[month - 1]) <= _LONGEST_DAY:
        if month + 1 < count and _FOUR_DIGITS.fullmatch(tokens[month + 1]):
            spans.add(month - 1, month + 2, "date")
        spans.add(month - 1, month + 1, "date")
    if month + 1 < count and number[month + 1]:
        if month + 3 < count and tokens[month + 2] == "," and _FOUR_DIGITS.fullmatch(tokens[month + 3]):
            spans.add(month, month + 4, "date")
        spans.add(month, month + 2, "date")


def _add_numbers(line: _Line, index: int, spans: _Spans) -> None:
    """A year, or a number with its magnitude, its currency and its unit."""
    low, count = line.low, len(line.tokens)
    if line.number[index] and _YEAR.fullmatch(line.tokens[index]):
        spans.add(index, index + 1, "year")
        return
    if not line.number[index] and low[index] not in NUMBER_WORDS:
        return
    if index and low[index] in MAGNITUDES and (line.number[index - 1] or low[index - 1] in NUMBER_WORDS):
        return
    end = index + 1
    while end < count and low[end] in MAGNITUDES:
        end += 1
    spans.add(index, end, "num")
    if index and line.tokens[index - 1] == "$":
        spans.add(index - 1, end, "num")
    if end < count and line.content[end] and not line.capital[end]:
        spans.add(index, end + 1, "numunit")
        if end + 1 < count and line.content[end + 1]:
            spans.add(index, end + 2, "numunit")


def _add_quotations(line: _Line, spans: _Spans) -> None:
    opened: int | None = None
    for index, token in enumerate(line.tokens):
        if token not in '"“”':
            continue
        if opened is not None and 0 < index - opened - 1 <= _LONGEST_QUOTE:
            spans.add(opened + 1, index, "quote")
        reopens = opened is None or token == "“" or index - opened > LONGEST
        opened = index if reopens else None


def _names(line: _Line) -> list[tuple[int, int]]:
    """Maximal chunks of capitalised tokens (with numbers and initials' dots), a leading year or ordinal included."""
    chunks: list[tuple[int, int]] = []
    capital, number, tokens, count = line.capital, line.number, line.tokens, len(line.tokens)
    index = 0
    while index < count:
        if not capital[index]:
            index += 1
            continue
        end = index + 1
        while end < count and (
            capital[end]
            or number[end]
            or (tokens[end] == "." and len(tokens[end - 1]) <= 2 and end + 1 < count and capital[end + 1])
        ):
            end += 1
        led = index > 0 and number[index - 1] and _NUMBER_BEFORE_NAME.fullmatch(tokens[index - 1])
        chunks.append((index - 1 if led else index, end))
        index = end
    return chunks


def _add_names(line: _Line, spans: _Spans) -> None:
    chunks = _names(line)
    for position, (start, end) in enumerate(chunks):
        spans.add(start, end, "cap")
        if line.number[start]:
            spans.add(start + 1, end, "cap")
        for trim in range(1, min(_TRIMS, end - start)):
            spans.add(start + trim, end, "cap")
            spans.add(start, end - trim, "cap")
        for follower in range(position + 1, min(position + 1 + _JOINS, len(chunks))):
            gap = line.low[chunks[follower - 1][1] : chunks[follower][0]]
            if len(gap) > _LONGEST_GAP or any(token not in NAME_CONNECTORS for token in gap):
                break
            spans.add(start, chunks[follower][1], "capcomb")


def _add_noun_runs(line: _Line, spans: _Spans) -> None:
    """Runs of content words that are not names, and two such runs around and/of/for/or."""
    plain = [not (capital or number) for capital, number in zip(line.capital, line.number, strict=True)]
    runs = _runs(line.content)
    for position, (first, last) in enumerate(runs):
        for start in range(first, last):
            for end in range(start + 1, min(last, start + _NOUN_RUN) + 1):
                if any(plain[start:end]):
                    spans.add(start, end, "mix" if any(line.capital[start:end]) else "low")
        if position + 1 == len(runs):
            continue
        second, second_last = runs[position + 1]
        if second - last != 1 or line.low[last] not in ("and", "of", "for", "or"):
            continue
        for start in range(max(first, last - 2), last):
            for end in range(second + 1, min(second_last, second + 3) + 1):
                if not (all(line.capital[start:last]) and all(line.capital[second:end])):
                    spans.add(start, end, "mix" if any(line.capital[start:end]) else "low")


def _runs(flags: list[bool]) -> list[tuple[int, int]]:
    """The maximal stretches of True."""
    runs: list[tuple[int, int]] = []
    start: int | None = None
    for index, flag in enumerate([*flags, False]):
        if flag and start is None:
            start = index
        elif not flag and start is not None:
            runs.append((start, index))
            start = None
    return runs
