"""Haystack's retrievers as ours, and ours as theirs (extra `[haystack]`).

dsp.configure(rm=from_haystack(InMemoryBM25Retriever(document_store)))
pipeline.add_component("retriever", to_haystack(indexes.open("my-index"), k=5))
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from indexes.adapters.foreign import ForeignRetriever, Found, metadata_of, missing
from indexes.errors import InputError
from indexes.protocols import Retriever


def from_haystack(retriever: Any) -> ForeignRetriever:
    """A component of Haystack's that takes `query` and gives `documents` as one of ours. Raises InputError for others.

    One that takes `top_k` is asked for k.
    """
    run = getattr(retriever, "run", None)
    if not callable(run) or "query" not in inspect.signature(run).parameters:
        raise InputError(
            f"Haystack's retrievers have run(query=…), but got {retriever!r}; join an embedder and an embedding "
            "retriever in a SuperComponent with the input query"
        )
    return _Foreign(retriever, "haystack")


def to_haystack(retriever: Retriever, k: int = 10, *, where: Mapping[str, Any] | None = None) -> Any:
    """One of ours as a component of Haystack's, with the inputs query and top_k (k, where it is left out).

    A document has the passage's id, text, metadata and score, and in its metadata also title, rank and found_by. A
    pipeline with it runs, but cannot be saved: a retriever is an open file. Raises InputError where haystack-ai is
    missing.
    """
    return _ours()(retriever, k, where)


class _Foreign(ForeignRetriever):
    def find(self, query: str, k: int) -> Iterable[Found]:
        takes = inspect.signature(self.retriever.run).parameters
        options = {"top_k": k} if "top_k" in takes else {}
        for document in self.retriever.run(query=query, **options)["documents"]:
            yield document.id, document.content or "", document.meta or {}, document.score


@cache
def _ours() -> Any:
    try:
        from haystack import Document, component
    except ImportError as error:
        raise missing("haystack-ai", "haystack", error) from None

    class IndexesRetriever:
        def __init__(self, retriever: Retriever, k: int, where: Any) -> None:
            self._retriever = retriever
            self._k = k
            self._options = {"where": where} if where is not None else {}

        @component.output_types(documents=list[Document])
        def run(self, query: str, top_k: int | None = None) -> dict[str, Any]:
            hits = self._retriever.search(query, self._k if top_k is None else top_k, **self._options)
            return {
                "documents": [
                    Document(id=hit.id, content=hit.text, meta=metadata_of(hit), score=hit.score) for hit in hits
                ]
            }

    return component(IndexesRetriever)
