"""An analyzer that runs inside tantivy, seen from Python: the two are the same code, so they cannot disagree."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from functools import cached_property
from typing import Any

MAX_TERM_BYTES = 255
"""Longer runs of letters are no words; tantivy itself refuses terms above 65,530 bytes."""


class NativeAnalyzer:
    """Runs of letters and digits, lower case, accents folded; then stop words out and stems, where asked for.

    Accents are folded whether they were written as one character or two: the text is first put in Unicode's
    form C. Terms above 255 bytes are left out. `stemmer` is one of Snowball's languages.
    """

    def __init__(self, name: str, *, stop_words: Sequence[str] = (), stemmer: str | None = None) -> None:
        self.name = name
        self.stop_words = tuple(sorted(stop_words))
        self.stemmer = stemmer

    @cached_property
    def fingerprint(self) -> str:
        parts = [1, "simple", MAX_TERM_BYTES, "lowercase", "ascii_fold", self.stop_words, self.stemmer]
        return f"{self.name}:{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]}"

    @cached_property
    def native(self) -> Any:
        """The `tantivy.TextAnalyzer` to register with an index; feed it texts that `prepare` has seen."""
        from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

        builder = TextAnalyzerBuilder(Tokenizer.simple())
        builder = builder.filter(Filter.remove_long(MAX_TERM_BYTES + 1))
        builder = builder.filter(Filter.lowercase()).filter(Filter.ascii_fold())
        if self.stop_words:
            builder = builder.filter(Filter.custom_stopword(list(self.stop_words)))
        if self.stemmer:
            builder = builder.filter(Filter.stemmer(self.stemmer))
        return builder.build()

    def prepare(self, text: str) -> str:
        """The text as the engine takes it: form C, and no lone surrogate, which UTF-8 cannot carry."""
        if text.isascii():
            return text
        return unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode())

    def __call__(self, text: str) -> list[str]:
        terms: list[str] = self.native.analyze(self.prepare(text))
        return terms
