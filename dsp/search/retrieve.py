"""`retrieve`: one query, the k best passages."""

from __future__ import annotations

import time

from dsp.configuration import current
from dsp.errors import InputError
from dsp.protocols import Retriever
from dsp.trace import Step, append
from indexes.passage import Hit


def retrieve(query: str, k: int = 3, *, retriever: Retriever | None = None) -> list[Hit]:
    """The k passages that answer the query best, best first; an empty query finds none.

    Searches the given retriever, else the configured one. Raises InputError for k < 1 or a query that is no text,
    SettingsError where there is no retriever.
    """
    if not isinstance(query, str):
        raise InputError(f"a query must be a string, but got {type(query).__name__}; give the text to search for")
    check_k(k)
    started = time.perf_counter()
    searched = retriever if retriever is not None else current().need_rm()
    hits = list(searched.search(query, k)) if query.strip() else []
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


def check_k(k: object) -> None:
    """Raises InputError for a number of passages that is no whole number from 1."""
    if not isinstance(k, int) or k < 1:
        raise InputError(f"k must be at least 1, but got {k!r}; ask for one passage or more")


def check_queries(queries: object) -> None:
    """Raises InputError for one string where several queries are meant: its letters are no queries."""
    if isinstance(queries, str):
        raise InputError(f'queries must be several strings, but got the one string "{queries}"; use retrieve(...)')
