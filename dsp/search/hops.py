"""A hop of multi-hop search: new queries find passages that earlier hops have not seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from dsp.protocols import Retriever
from dsp.search.called import Called
from dsp.search.retrieve import check_k, check_queries, retrieve
from indexes.fusion import combsum
from indexes.passage import Hit

QUERY_DISCOUNT = 0.5  # how much later queries count less: their ranks are read as if that much lower


def retrieve_unseen(
    queries: Iterable[str],
    k: int,
    seen: Sequence[Hit],
    *,
    retriever: Retriever | Called | None = None,
) -> list[Hit]:
    """Up to k passages for the queries, best first, none of which is in `seen`.

        >>> found = lambda query, k: ["Emma is by Austen.", "Austen was born in Steventon."][:k]
        >>> seen = retrieve("Emma", 1, retriever=found)
        >>> [hit.text for hit in retrieve_unseen(["Austen"], 1, seen, retriever=found)]
        ['Austen was born in Steventon.']

    Every query looks as deep as it must (k plus what has been seen), so that k new passages come wherever there
    are as many. Several queries are fused by reciprocal rank (Cormack et al. 2009), the first query counting most:
    a passage scores Σ 1 / (rank + 0.5·j) over the queries j = 0, 1, … that find it. Empty and repeated queries
    are dropped. Raises InputError as `retrieve` does.
    """
    check_queries(queries)
    check_k(k)
    known = {hit.id for hit in seen}
    asked = list(dict.fromkeys(query.strip() for query in queries if query.strip()))
    found = [
        [hit for hit in retrieve(query, k + len(known), retriever=retriever) if hit.id not in known] for query in asked
    ]
    by_rank = [
        [replace(hit, score=1.0 / (rank + QUERY_DISCOUNT * number)) for rank, hit in enumerate(hits, 1)]
        for number, hits in enumerate(found)
    ]
    return combsum(by_rank, k)
