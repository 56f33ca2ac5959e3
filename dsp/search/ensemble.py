"""`retrieve_ensemble`: several queries, one fused list."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from dsp.protocols import Retriever
from dsp.search.called import Called
from dsp.search.retrieve import check_k, check_queries, retrieve
from indexes.fusion import combsum
from indexes.passage import Hit

DEPTH = 3  # each query brings 3k passages to the vote, as in DSP


def retrieve_ensemble(
    queries: Iterable[str],
    k: int = 3,
    *,
    by_prob: bool = True,
    retriever: Retriever | Called | None = None,
) -> list[Hit]:
    """The k passages that the queries find best together, best first.

        >>> books = {"wrote Emma": ["Emma", "Jane Austen"], "born": ["Jane Austen", "Lviv"]}
        >>> [hit.text for hit in retrieve_ensemble(list(books), k=2, retriever=lambda query, k: books[query])]
        ['Jane Austen', 'Emma']

    Empty queries are dropped; a single query is plain `retrieve`. Otherwise each query brings its 3k best, and a
    passage's score is the sum over queries (CombSUM, Fox & Shaw 1994) of its probability among that query's
    passages (a softmax of their scores), or of its score itself with `by_prob=False`. Ties go to the passage
    with the better rank in any list.
    """
    check_queries(queries)
    check_k(k)
    asked = [query for query in queries if query.strip()]
    if len(asked) <= 1:
        return retrieve(asked[0] if asked else "", k, retriever=retriever)
    found = [retrieve(query, DEPTH * k, retriever=retriever) for query in asked]
    return combsum([_as_probabilities(hits) for hits in found] if by_prob else found, k)


def _as_probabilities(hits: Sequence[Hit]) -> list[Hit]:
    if not hits:
        return []
    top = max(hit.score for hit in hits)
    weights = [math.exp(hit.score - top) for hit in hits]
    total = sum(weights)
    return [replace(hit, score=weight / total) for hit, weight in zip(hits, weights, strict=True)]
