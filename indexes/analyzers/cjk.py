"""`cjk`: for Chinese, Japanese and Korean, which mark no words: pairs of neighbouring characters, words elsewhere.

A run of Han, kana, bopomofo or Hangul becomes its overlapping pairs, 東京都 → 東京 京都; one alone stands for itself.
Whatever lies between such runs is analyzed as `plain` does. Texts are first put in Unicode's form KC, so that wide
letters and half-wide kana are as the others. Pairs find what a dictionary of words would miss, at the price of some
passages that only share a pair (Kwok 1997, "Comparing representations in Chinese information retrieval").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cached_property

from indexes.analyzers.locating import Token, places_before
from indexes.analyzers.plain import PLAIN

_RUN = re.compile(
    "["
    "\u3005-\u3007\u3021-\u3029"  # 々〆〇 and numerals
    "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"  # kana
    "\u3105-\u312f\u31a0-\u31bf"  # bopomofo
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"  # Han
    "\uac00-\ud7a3"  # Hangul
    "]+"
)


class CjkAnalyzer:
    """Pairs of characters in runs of Chinese, Japanese and Korean, and the words of `plain` between them."""

    @cached_property
    def fingerprint(self) -> str:
        return f"cjk:1:{PLAIN.fingerprint}"

    def __call__(self, text: str) -> list[str]:
        if text.isascii():
            return PLAIN(text)
        prepared = _prepared(text)
        terms: list[str] = []
        for start, end, is_run in _pieces(prepared):
            terms += [prepared[at:to] for at, to in _pairs(start, end)] if is_run else PLAIN(prepared[start:end])
        return terms

    def tokens(self, text: str) -> list[Token]:
        """The same terms, each with its position and its place in the text as it was given."""
        prepared = _prepared(text)
        before = places_before(text, prepared, _prepared)
        found: list[tuple[str, int, int]] = []
        for start, end, is_run in _pieces(prepared):
            if is_run:
                found += [(prepared[at:to], at, to) for at, to in _pairs(start, end)]
            else:
                words = PLAIN.tokens(prepared[start:end])
                found += [(word.term, start + word.start, start + word.end) for word in words]
        return [
            Token(term, position, before.start(start), before.end(end))
            for position, (term, start, end) in enumerate(found)
        ]


CJK = CjkAnalyzer()


def _prepared(text: str) -> str:
    return unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode())


def _pieces(text: str) -> Iterator[tuple[int, int, bool]]:
    """Where each piece of a prepared text starts and ends, and whether it is a run of characters to pair."""
    done = 0
    for run in _RUN.finditer(text):
        yield done, run.start(), False
        yield *run.span(), True
        done = run.end()
    yield done, len(text), False


def _pairs(start: int, end: int) -> list[tuple[int, int]]:
    """Where the pairs of a run start and end; a run of one character is its own."""
    return [(at, min(at + 2, end)) for at in range(start, max(end - 1, start + 1))]
