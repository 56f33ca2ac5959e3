"""What an index through tantivy keeps of a passage: one field, or title and text apart; with positions, or without."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import tantivy

from indexes.analyzers.locating import located
from indexes.analyzers.native import MAX_TERM_BYTES, NativeAnalyzer
from indexes.errors import QueryError
from indexes.protocols import Analyzer

POOLED = "terms"
TITLE = "title"
TEXT = "text"
ORDINAL = "ordinal"
TOKENIZER = "terms"
_SEPARATOR = "\x1f"


class Terms:
    """How texts reach tantivy: as they are where the analyzer runs inside it, else as terms already cut."""

    def __init__(self, analyzer: Analyzer) -> None:
        self.analyzer = analyzer
        self._native = isinstance(analyzer, NativeAnalyzer)
        self.of_passage: Callable[[str], str] = self._cut
        if isinstance(analyzer, NativeAnalyzer):
            self.of_passage = analyzer.prepare

    def register(self, index: Any) -> None:
        if isinstance(self.analyzer, NativeAnalyzer):
            index.register_tokenizer(TOKENIZER, self.analyzer.native)
        else:
            cut = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(f"[^{_SEPARATOR}]+")).build()
            index.register_tokenizer(TOKENIZER, cut)

    def of_query(self, text: str) -> list[str]:
        terms = self.analyzer(text)
        return terms if self._native else [term for term in map(_plain, terms) if term]

    def _cut(self, text: str) -> str:
        return _SEPARATOR.join(self.of_query(text))

    def of_phrase(self, text: str) -> list[tuple[int, str]]:
        """The terms with their positions, as they lie in an index."""
        if isinstance(self.analyzer, NativeAnalyzer):
            return [(token.position, token.term) for token in located(self.analyzer, text)]
        return list(enumerate(self.of_query(text)))


def _plain(term: str) -> str:
    """A third party's term as tantivy can hold it; empty where it cannot."""
    encoded = term.replace(_SEPARATOR, "").encode("utf-8", "replace")
    return encoded.decode() if len(encoded) <= MAX_TERM_BYTES else ""


MakeDocument = Callable[[str, str, int], Any]


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields and how much each counts. Pooled, the title is written `title_weight` times before the text;
    separate, each field has statistics of its own and a term's score is the weighted sum of its scores in both."""

    separate: bool
    positions: bool
    title_weight: float

    def schema(self) -> Any:
        builder = tantivy.SchemaBuilder()
        for name in (TITLE, TEXT) if self.separate else (POOLED,):
            option = "position" if self.positions else "freq"
            builder.add_text_field(name, tokenizer_name=TOKENIZER, index_option=option)
        builder.add_integer_field(ORDINAL, fast=True)
        return builder.build()

    def documents(self) -> MakeDocument:
        """How a passage becomes what tantivy takes: its title and text, prepared by `Terms`, and its ordinal."""
        weight = int(self.title_weight)
        new = tantivy.Document

        def separate(title: str, text: str, ordinal: int) -> Any:
            document = new()
            document.add_text(TITLE, title)
            document.add_text(TEXT, text)
            document.add_integer(ORDINAL, ordinal)
            return document

        def apart(title: str, text: str, ordinal: int) -> Any:  # lest a phrase reach from one into the other
            document = new()
            for value in [title] * weight:
                document.add_text(POOLED, value)
            document.add_text(POOLED, text)
            document.add_integer(ORDINAL, ordinal)
            return document

        def joined(title: str, text: str, ordinal: int) -> Any:  # a good deal faster; no term crosses a separator
            document = new()
            document.add_text(POOLED, (title + _SEPARATOR) * weight + text if title else text)
            document.add_integer(ORDINAL, ordinal)
            return document

        if self.separate:
            return separate
        return apart if self.positions else joined

    def weighted(self, only: str | None = None) -> Iterator[tuple[str, float]]:
        """Each field to look into and its weight; only that of the title or text, where so asked.

        Raises QueryError where the index does not keep them apart.
        """
        if only is not None and not self.separate:
            raise QueryError(
                f'"{only}:" needs an index with separate fields, but this one has title and text in one; '
                'build it with engine="bm25_fields"'
            )
        if not self.separate:
            yield POOLED, 1.0
            return
        if only == TITLE or (only is None and self.title_weight > 0):
            yield TITLE, self.title_weight if only is None else 1.0
        if only in (None, TEXT):
            yield TEXT, 1.0


class Clauses:
    """Queries of tantivy, made from terms and never parsed: an operator character in a query is text."""

    def __init__(self, fields: Fields, schema: Any, terms: Terms) -> None:
        self.fields = fields
        self.terms = terms
        self._schema = schema

    def of_term(self, term: str, count: float, only: str | None = None) -> Iterator[Any]:
        """A clause for every field in which the term may stand; it counts as often as the query says it."""
        for field, weight in self.fields.weighted(only):
            query = tantivy.Query.term_query(self._schema, field, term, "freq")
            yield weighed(query, weight * count)

    def of_phrase(self, text: str, slop: int, only: str | None = None) -> Any | None:
        """The terms in a row, up to `slop` moves apart; None for a text without terms.

        Raises QueryError where the index has no positions.
        """
        if not self.fields.positions:
            raise QueryError(
                f'a phrase needs an index with positions, but this one has none: "{text[:50]}"; '
                "build it with positions=True, or ask for the words without quotes"
            )
        words = self.terms.of_phrase(text)
        if not words:
            return None
        if len(words) == 1:
            return any_of(list(self.of_term(words[0][1], 1, only)))
        first = words[0][0]
        placed: list[str | tuple[int, str]] = [(position - first, term) for position, term in words]
        return any_of(
            [
                weighed(tantivy.Query.phrase_query(self._schema, field, placed, slop), weight)
                for field, weight in self.fields.weighted(only)
            ]
        )


def weighed(query: Any, weight: float) -> Any:
    return query if weight == 1 else tantivy.Query.boost_query(query, float(weight))


def any_of(queries: Sequence[Any]) -> Any:
    """What at least one of them finds, its scores summed."""
    if len(queries) == 1:
        return queries[0]
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])
