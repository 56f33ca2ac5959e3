"""`retrieve_ensemble`: several queries, one fused list."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from dsp.errors import InputError
from dsp.protocols import Retriever
from dsp.search.retrieve import retrieve
from indexes.passage import Hit

DEPTH = 3  # each query brings 3k passages to the vote, as in DSP


def retrieve_ensemble(
    queries: Iterable[str],
    k: int = 3,
    *,
    by_prob: bool = True,
    retriever: Retriever | None = None,
) -> list[Hit]:
    """The k passages that the queries find best together, best first.

    Empty queries are dropped; a single query is plain `retrieve`. Otherwise each query brings its 3k best, and a
    passage's score is the sum over queries (CombSUM, Fox & Shaw 1994) of its probability among that query's
    passages (a softmax of their scores), or of its score itself with `by_prob=False`. Ties go to the passage that an
    earlier query found, then to the better rank.
    """
    if isinstance(queries, str):
        raise InputError(f'queries must be several strings, but got the one string "{queries}"; use retrieve(...)')
    asked = [query for query in queries if query.strip()]
    if len(asked) <= 1:
        return retrieve(asked[0] if asked else "", k, retriever=retriever)
    found = [retrieve(query, DEPTH * k, retriever=retriever) for query in asked]
    weights = [_probabilities(hits) if by_prob else [hit.score for hit in hits] for hits in found]
    return summed(found, weights, k)


def summed(found: Sequence[Sequence[Hit]], weights: Sequence[Sequence[float]], k: int) -> list[Hit]:
    """The k passages with the largest sums of weights over the lists; ties go to the first seen."""
    totals: dict[str, float] = {}
    first: dict[str, Hit] = {}
    for hits, values in zip(found, weights, strict=True):
        for hit, value in zip(hits, values, strict=True):
            first.setdefault(hit.id, hit)
            totals[hit.id] = totals.get(hit.id, 0.0) + value
    best = sorted(totals, key=lambda key: -totals[key])[:k]
    return [
        Hit(first[key].passage, totals[key], rank, f"fused({first[key].source})") for rank, key in enumerate(best, 1)
    ]


def _probabilities(hits: Sequence[Hit]) -> list[float]:
    if not hits:
        return []
    top = max(hit.score for hit in hits)
    weights = [math.exp(hit.score - top) for hit in hits]
    total = sum(weights)
    return [weight / total for weight in weights]
