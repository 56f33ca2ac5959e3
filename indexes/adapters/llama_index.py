"""LlamaIndex's retrievers as ours, and ours as theirs (extra `[llama-index]`).

dsp.configure(rm=from_llama_index(their_index.as_retriever()))
engine = RetrieverQueryEngine.from_args(to_llama_index(indexes.open("my-index"), k=5), llm=their_llm)
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from indexes.adapters.foreign import OURS, ForeignRetriever, Found, metadata_of, missing
from indexes.errors import InputError
from indexes.protocols import Retriever


def from_llama_index(retriever: Any) -> ForeignRetriever:
    """A retriever of LlamaIndex's as one of ours. Raises InputError for anything else.

    It decides itself how many nodes it finds; one with `similarity_top_k` is asked for k.
    """
    if not callable(getattr(retriever, "retrieve", None)):
        raise InputError(f"LlamaIndex's retrievers have retrieve, but got {retriever!r}; say index.as_retriever()")
    return _Foreign(retriever, "llama_index")


def to_llama_index(retriever: Retriever, k: int = 4, *, where: Mapping[str, Any] | None = None) -> Any:
    """One of ours as a `BaseRetriever` of LlamaIndex's, which finds k; with `where`, of those that it lets through.

    A node has the passage's id, text and metadata, and in its metadata also title, score, rank and found_by, the
    last three of which no prompt shows. Raises InputError where llama-index-core is missing.
    """
    return _ours()(retriever, k, where)


class _Foreign(ForeignRetriever):
    def find(self, query: str, k: int) -> Iterable[Found]:
        theirs = self.retriever
        if hasattr(theirs, "similarity_top_k"):
            theirs = copy.copy(theirs)  # another thread may want another number
            theirs.similarity_top_k = k
        for found in theirs.retrieve(query):
            yield found.node.node_id, found.node.get_content(), found.node.metadata or {}, found.score


@cache
def _ours() -> Any:
    try:
        from llama_index.core.retrievers import BaseRetriever
        from llama_index.core.schema import NodeWithScore, TextNode
    except ImportError as error:
        raise missing("llama-index-core", "llama-index", error) from None

    hidden = [key for key in OURS if key != "title"]

    class IndexesRetriever(BaseRetriever):
        def __init__(self, retriever: Retriever, k: int, where: Any) -> None:
            self._retriever = retriever
            self._k = k
            self._options = {"where": where} if where is not None else {}
            super().__init__()

        def _retrieve(self, query_bundle: Any) -> list[Any]:
            return [
                NodeWithScore(
                    node=TextNode(
                        id_=hit.id,
                        text=hit.text,
                        metadata=metadata_of(hit),
                        excluded_llm_metadata_keys=hidden,
                        excluded_embed_metadata_keys=hidden,
                    ),
                    score=hit.score,
                )
                for hit in self._retriever.search(query_bundle.query_str, self._k, **self._options)
            ]

    return IndexesRetriever
