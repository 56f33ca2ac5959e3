"""`Retrieve`: the search stage as a module."""

from __future__ import annotations

from dsp.errors import InputError
from dsp.modules.module import Module
from dsp.protocols import Retriever
from dsp.search.called import Called
from dsp.search.retrieve import retrieve
from dsp.types.prediction import Prediction


class Retrieve(Module):
    """`Retrieve(k=5)(query="…").passages`: the k best passages, as hits with their id, score and source.

    >>> search = Retrieve(k=1, retriever=lambda query, k: ["Emma | A novel by Jane Austen."])
    >>> [(hit.title, hit.text, hit.rank) for hit in search("Who wrote Emma?").passages]
    [('Emma', 'A novel by Jane Austen.', 1)]
    """

    def __init__(self, k: int = 3, *, retriever: Retriever | Called | None = None) -> None:
        if k < 1:
            raise InputError(f"k must be at least 1, but got {k}; ask for one passage or more")
        self.k = k
        self.retriever = retriever

    def forward(self, query: str, k: int | None = None) -> Prediction:
        hits = retrieve(query, k if k is not None else self.k, retriever=self.retriever)
        return Prediction(passages=hits)
