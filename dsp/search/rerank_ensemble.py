"""`retrieve_rerank_ensemble` and `fused_retrieval`: several queries, one list, by other votes than CombSUM alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from dsp.configuration import context, current
from dsp.errors import SettingsError
from dsp.protocols import Reranker, Retriever
from dsp.search.called import Called
from dsp.search.ensemble import DEPTH
from dsp.search.retrieve import check_k, check_queries, in_order_of, retrieve
from indexes.fusion import combsum
from indexes.passage import Hit

Fusion = Callable[[Sequence[Sequence[Hit]], int], list[Hit]]


def retrieve_rerank_ensemble(
    queries: Iterable[str],
    k: int = 3,
    *,
    retriever: Retriever | Called | None = None,
    reranker: Reranker | None = None,
) -> list[Hit]:
    """The k passages that the reranker likes best over all queries, best first.

        >>> class Shortest:
        ...     def score(self, query, passages):
        ...         return [-len(str(passage)) for passage in passages]
        >>> found = retrieve_rerank_ensemble(
        ...     ["wrote Emma", "born"], k=1, retriever=lambda query, k: [f"{query}?", query], reranker=Shortest()
        ... )
        >>> [hit.text for hit in found]
        ['born']

    As in DSP: every query brings its 3k best passages, the reranker scores each for that query, and a passage's score
    is the mean over the queries that found it. Empty queries are dropped; equal scores are ordered as fusions are (by
    the best rank in any list, then by id). Raises SettingsError where there is no reranker, and as `retrieve` does.
    """
    check_queries(queries)
    check_k(k)
    asked = reranker if reranker is not None else current().reranker
    if asked is None:
        raise SettingsError("reranking needs a reranker, but none is configured; say dsp.configure(reranker=…)")
    with context(reranker=None):
        found = [(query, retrieve(query, DEPTH * k, retriever=retriever)) for query in queries if query.strip()]
    scored = [in_order_of(asked, query, hits) for query, hits in found]
    times: dict[str, int] = {}
    for hit in (hit for hits in scored for hit in hits):
        times[hit.id] = times.get(hit.id, 0) + 1
    shares = [[replace(hit, score=hit.score / times[hit.id]) for hit in hits] for hits in scored]
    return combsum(shares, k)


def fused_retrieval(
    queries: Iterable[str], k: int = 3, fn: Fusion = combsum, *, retriever: Retriever | Called | None = None
) -> list[Hit]:
    """The k best passages of several queries' lists, each 3k long, joined by a fusion function.

        >>> [hit.text for hit in fused_retrieval(["Emma", "Dune"], 2, retriever=lambda query, k: [query])]
        ['Dune', 'Emma']

    The paper's form. `fn` is `indexes.fusion.combsum` (scores on one scale) or `reciprocal_rank_fusion` (ranks alone),
    or any function of lists and k. Empty queries are dropped. Raises InputError as `retrieve` does.
    """
    check_queries(queries)
    check_k(k)
    found = [retrieve(query, DEPTH * k, retriever=retriever) for query in queries if query.strip()]
    return fn(found, k)
