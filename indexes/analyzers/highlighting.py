"""Which characters of a passage a query found, through the index's own analyzer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from indexes.analyzers.locating import located
from indexes.passage import Passage
from indexes.protocols import Analyzer
from indexes.queries import Query, Words, leaves

Span = tuple[int, int]
"""`text[start:end]`."""


@dataclass(frozen=True, slots=True)
class Highlights:
    """The spans of the title and of the text in which words of a query stand: rising, and apart from one another."""

    title: tuple[Span, ...]
    text: tuple[Span, ...]


def highlight(analyzer: Analyzer, query: str | Query, passage: Passage) -> Highlights:
    """Where the query's words stand in the passage: in whatever form, if the analyzer makes the same term of it.

    A string is a plain query. Of a query with structure the words that it excludes are left out, and those that it
    looks for in one field are marked in that one alone.
    """
    parts = [Words(query)] if isinstance(query, str) else list(leaves(query, wanted_only=True))
    terms: dict[str, set[str]] = {"title": set(), "text": set()}
    for part in parts:
        for field in [part.field] if part.field else terms:
            terms[field].update(analyzer(part.text))
    return Highlights(
        _spans(analyzer, passage.title, terms["title"]),
        _spans(analyzer, passage.text, terms["text"]),
    )


def _spans(analyzer: Analyzer, text: str, terms: set[str]) -> tuple[Span, ...]:
    if not terms:
        return ()
    spans: list[Span] = []
    for token in located(analyzer, text):
        if token.term not in terms:
            continue
        if spans and token.start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], token.end))
        else:
            spans.append((token.start, token.end))
    return tuple(spans)


def marked(text: str, spans: Iterable[Span], before: str = "**", after: str = "**") -> str:
    """The text with something written before and after each span. Nothing in it is escaped."""
    pieces = []
    done = 0
    for start, end in spans:
        pieces += [text[done:start], before, text[start:end], after]
        done = end
    return "".join([*pieces, text[done:]])
