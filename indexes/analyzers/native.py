"""An analyzer that runs inside tantivy, seen from Python: the two are the same code, so they cannot disagree."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

from indexes.analyzers.locating import Token, places_before

MAX_TERM_BYTES = 255
"""Longer runs of letters are no words; tantivy itself refuses terms above 65,530 bytes."""

_WITH_MARKS = r"[\p{L}\p{M}\p{N}]+"


class NativeAnalyzer:
    """Runs of letters and digits, lower case, accents folded; then stop words out and stems, where asked for.

    Accents are folded whether they were written as one character or two: the text is first put in Unicode's
    form C, or another one. Terms above 255 bytes are left out. `stemmer` is one of Snowball's languages, and
    `listed` one of those for which tantivy has a list of stop words. With `folds_last` stop words and stems see the
    accents, which in most languages tell one word from another, and are folded only then. With `keeps_marks` the marks
    that some scripts write within words, and that are no letters, do not end a word. `letters` are replaced first.
    """

    def __init__(
        self,
        name: str,
        *,
        stop_words: Sequence[str] = (),
        listed: str | None = None,
        stemmer: str | None = None,
        form: Literal["NFC", "NFKC"] = "NFC",
        folds_last: bool = False,
        keeps_marks: bool = False,
        letters: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.stop_words = tuple(sorted(stop_words))
        self.listed = listed
        self.stemmer = stemmer
        self.form = form
        self.folds_last = folds_last
        self.keeps_marks = keeps_marks
        self.letters = dict(letters or {})
        self._table = str.maketrans(self.letters)

    @cached_property
    def fingerprint(self) -> str:
        order = ["lowercase"] if self.folds_last else ["lowercase", "ascii_fold"]
        parts: list[object] = [1, "simple", MAX_TERM_BYTES, *order, self.stop_words, self.stemmer]
        if self.folds_last or self.listed or self.form != "NFC":
            parts += [self.form, self.listed, "folds last" if self.folds_last else "folds first"]
        if self.keeps_marks or self.letters:
            parts += [self.keeps_marks, sorted(self.letters.items())]
        return f"{self.name}:{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]}"

    @cached_property
    def native(self) -> Any:
        """The `tantivy.TextAnalyzer` to register with an index; feed it texts that `prepare` has seen."""
        from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

        filters = [Filter.remove_long(MAX_TERM_BYTES + 1), Filter.lowercase()]
        if not self.folds_last:
            filters.append(Filter.ascii_fold())
        if self.stop_words:
            filters.append(Filter.custom_stopword(list(self.stop_words)))
        if self.listed:
            filters.append(Filter.stopword(self.listed))
        if self.stemmer:
            filters.append(Filter.stemmer(self.stemmer))
        if self.folds_last:
            filters.append(Filter.ascii_fold())
        builder = TextAnalyzerBuilder(Tokenizer.regex(_WITH_MARKS) if self.keeps_marks else Tokenizer.simple())
        for each in filters:
            builder = builder.filter(each)
        return builder.build()

    def prepare(self, text: str) -> str:
        """The text as the engine takes it: in its Unicode form, and no lone surrogate, which UTF-8 cannot carry."""
        if self.letters:
            text = text.translate(self._table)
        if text.isascii():
            return text
        return unicodedata.normalize(self.form, text.encode("utf-8", "replace").decode())

    def __call__(self, text: str) -> list[str]:
        terms: list[str] = self.native.analyze(self.prepare(text))
        return terms

    def tokens(self, text: str) -> list[Token]:
        """The same terms, each with its position among the words and its place in the text as it was given."""
        prepared = self.prepare(text)
        at = places_before(text, prepared, self.prepare)
        return [
            Token(token.text, token.position, at.start(token.char_offset_from), at.end(token.char_offset_to))
            for token in self.native.pre_tokenize(prepared).tokens
        ]
