"""Queries with structure, for those who ask for them: words, phrases, and what must, may or must not be there.

    AllOf((Phrase("jane austen"), AnyOf((Words("novel"), Words("book")))))      # or, as text for `parse_query`:
    "jane austen" AND (novel OR book)

A plain `Index.search` never makes one: there every character is text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

FieldName = Literal["title", "text"]


@dataclass(frozen=True, slots=True)
class Words:
    """Any of the words, as in a plain search. `field` looks only there, in an index that keeps its fields apart."""

    text: str
    field: FieldName | None = None


@dataclass(frozen=True, slots=True)
class Phrase:
    """The words in a row; `slop` is how many places they may be moved, in all, to stand so."""

    text: str
    slop: int = 0
    field: FieldName | None = None


@dataclass(frozen=True, slots=True)
class AllOf:
    """What every part finds. A part without terms (only stop words) asks for nothing."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """What at least one part finds; the more of them, the better."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Without:
    """What the query finds, but for what any of the excluded ones finds."""

    query: Query
    excluded: tuple[Query, ...]


Query = Words | Phrase | AllOf | AnyOf | Without


@runtime_checkable
class QueryReader(Protocol):
    """An `EngineReader` that answers queries with structure.

    Laws: as `EngineReader.search`; a query without terms finds nothing; raises QueryError for one that this index
    cannot answer, because it keeps no positions, or title and text in one field.
    """

    def search_query(self, query: Query, k: int) -> Sequence[tuple[int, float]]: ...


def leaves(query: Query, *, wanted_only: bool = False) -> Iterator[Words | Phrase]:
    """The words and phrases in a query, from left to right; with `wanted_only` not those that are excluded."""
    pending: list[Query] = [query]
    while pending:
        each = pending.pop()
        if isinstance(each, Words | Phrase):
            yield each
        elif isinstance(each, Without):
            pending.extend(() if wanted_only else reversed(each.excluded))
            pending.append(each.query)
        else:
            pending.extend(reversed(each.parts))
