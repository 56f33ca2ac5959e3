"""`retrieve`: one query, the k best passages."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from math import isfinite

from dsp.callbacks import telling
from dsp.configuration import current
from dsp.errors import InputError
from dsp.protocols import Reranker, Retriever
from dsp.search.called import Called, as_retriever
from dsp.trace import Step, append
from indexes.passage import Hit


def retrieve(query: str, k: int = 3, *, retriever: Retriever | Called | None = None) -> list[Hit]:
    """The k passages that answer the query best, best first; an empty query finds none.

        >>> [hit.text for hit in retrieve("Who wrote Emma?", k=1, retriever=lambda query, k: ["Emma is by Austen."])]
        ['Emma is by Austen.']

    Searches the given retriever, else the configured one; a function of a query and k does as well. With a reranker
    configured the same k passages come in the order of its scores, as in DSP. Raises InputError for k < 1 or a query
    that is no text, SettingsError where there is no retriever.
    """
    if not isinstance(query, str):
        raise InputError(f"a query must be a string, but got {type(query).__name__}; give the text to search for")
    check_k(k)
    started = time.perf_counter()
    settings = current()
    searched = as_retriever(retriever if retriever is not None else settings.need_rm())
    with telling("retriever", searched, query=query, k=k) as told:
        hits = list(searched.search(query, k)) if query.strip() else []
        if settings.reranker is not None:
            hits = in_order_of(settings.reranker, query, hits)
        told.gave(hits)
    append(
        Step(
            "search",
            getattr(searched, "name", type(searched).__name__),
            {"query": query, "k": k},
            {"hits": hits},
            seconds=time.perf_counter() - started,
            source=searched,
        )
    )
    return hits


def in_order_of(reranker: Reranker, query: str, hits: Sequence[Hit]) -> list[Hit]:
    """The hits by the reranker's scores, best first, equal ones in the order they had; it becomes their source.

    Raises InputError where it does not give one finite score for each.
    """
    name = str(getattr(reranker, "name", type(reranker).__name__))
    scores = [float(score) for score in reranker.score(query, hits)] if hits else []
    if len(scores) != len(hits) or not all(map(isfinite, scores)):
        raise InputError(
            f"a reranker must give one finite score for each of {len(hits)} passages, but {name} gave {scores[:5]} "
            f"({len(scores)} in all); mend the reranker"
        )
    order = sorted(range(len(hits)), key=lambda place: -scores[place])
    return [replace(hits[place], score=scores[place], rank=rank, source=name) for rank, place in enumerate(order, 1)]


def check_k(k: object) -> None:
    """Raises InputError for a number of passages that is no whole number from 1."""
    if not isinstance(k, int) or k < 1:
        raise InputError(f"k must be at least 1, but got {k!r}; ask for one passage or more")


def check_queries(queries: object) -> None:
    """Raises InputError for one string where several queries are meant: its letters are no queries."""
    if isinstance(queries, str):
        raise InputError(f'queries must be several strings, but got the one string "{queries}"; use retrieve(...)')
