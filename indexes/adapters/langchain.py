"""LangChain's retrievers and vector stores as ours, and ours as theirs (extra `[langchain]`).

dsp.configure(rm=from_langchain(their_retriever))
chain = to_langchain(indexes.open("my-index"), k=5) | their_prompt | their_model
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from indexes.adapters.foreign import ForeignRetriever, Found, metadata_of, missing
from indexes.errors import InputError
from indexes.protocols import Retriever


def from_langchain(retriever: Any) -> ForeignRetriever:
    """A retriever or a vector store of LangChain's as one of ours. Raises InputError for anything else.

    A retriever decides itself how many documents it finds; those with `search_kwargs` or a field `k` are asked for k.
    """
    if not callable(getattr(retriever, "similarity_search", None)) and not callable(getattr(retriever, "invoke", None)):
        raise InputError(
            f"LangChain's retrievers have invoke, its vector stores similarity_search, but got {retriever!r}"
        )
    return _Foreign(retriever, "langchain")


def to_langchain(retriever: Retriever, k: int = 4, *, where: Mapping[str, Any] | None = None) -> Any:
    """One of ours as a `BaseRetriever` of LangChain's, which finds k; with `where`, of those that it lets through.

    A document has the passage's id, text and metadata, and in its metadata also title, score, rank and found_by.
    `invoke(query, k=…)` asks for another number. Raises InputError where langchain-core is missing.
    """
    return _ours()(retriever=retriever, k=k, where=where)


class _Foreign(ForeignRetriever):
    def find(self, query: str, k: int) -> Iterable[Found]:
        for document in self._documents(query, k):
            metadata = document.metadata or {}
            yield getattr(document, "id", None), document.page_content, metadata, None

    def _documents(self, query: str, k: int) -> Iterable[Any]:
        theirs = self.retriever
        if callable(getattr(theirs, "similarity_search", None)):
            return list(theirs.similarity_search(query, k=k))
        if hasattr(theirs, "search_kwargs"):
            return list(theirs.invoke(query, k=k))
        if "k" in getattr(type(theirs), "model_fields", ()):
            return list(theirs.model_copy(update={"k": k}).invoke(query))
        return list(theirs.invoke(query))


@cache
def _ours() -> Any:
    try:
        from langchain_core.documents import Document
        from langchain_core.retrievers import BaseRetriever
    except ImportError as error:
        raise missing("langchain-core", "langchain", error) from None

    class IndexesRetriever(BaseRetriever):
        retriever: Any
        k: int = 4
        where: Any = None

        def _get_relevant_documents(self, query: str, *, run_manager: Any, **options: Any) -> list[Any]:
            asked = {"where": self.where} if self.where is not None else {}
            hits = self.retriever.search(query, options.get("k", self.k), **asked)
            return [Document(id=hit.id, page_content=hit.text, metadata=metadata_of(hit)) for hit in hits]

    return IndexesRetriever
