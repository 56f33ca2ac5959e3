"""Queries with structure, as engine `bm25` answers them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import tantivy

from indexes.engines.bm25_schema import Clauses, any_of
from indexes.errors import QueryError
from indexes.queries import AllOf, AnyOf, Phrase, Query, Words, leaves

MAX_TERMS = 1024
"""In all words and phrases of a query together: each is looked up, and every passage with it is scored."""


def compiled(query: Query, clauses: Clauses) -> Any | None:
    """The query for tantivy, or None where it has no term. Raises QueryError."""
    terms = sum(len(clauses.terms.of_query(leaf.text)) for leaf in leaves(query))
    if terms > MAX_TERMS:
        raise QueryError(
            f"a query with structure may hold {MAX_TERMS} words, but this one holds {terms}; "
            "shorten it, or search for it as plain text"
        )
    return _made(query, clauses)


def _made(query: Query, clauses: Clauses) -> Any | None:
    if isinstance(query, Words):
        counts = Counter(clauses.terms.of_query(query.text))
        # asked of the index also where there is nothing to ask: a field that it does not keep is always refused
        list(clauses.fields.weighted(query.field))
        return _any([clause for item in counts.items() for clause in clauses.of_term(*item, query.field)])
    if isinstance(query, Phrase):
        return clauses.of_phrase(query.text, query.slop, query.field)
    if isinstance(query, AllOf):
        return _all([_made(part, clauses) for part in query.parts])
    if isinstance(query, AnyOf):
        return _any([_made(part, clauses) for part in query.parts])
    wanted = _made(query.query, clauses)
    excluded = [made for made in (_made(part, clauses) for part in query.excluded) if made is not None]
    if wanted is None or not excluded:
        return wanted
    parts = [(tantivy.Occur.Must, wanted), *((tantivy.Occur.MustNot, part) for part in excluded)]
    return tantivy.Query.boolean_query(parts)


def _any(parts: Sequence[Any | None]) -> Any | None:
    asked = [part for part in parts if part is not None]
    return any_of(asked) if asked else None


def _all(parts: Sequence[Any | None]) -> Any | None:
    asked = [part for part in parts if part is not None]
    if len(asked) < 2:
        return asked[0] if asked else None
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, part) for part in asked])
