"""`Embeddings`: a list of texts, searched by the nearness of their vectors in memory (DSPy's name)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from dsp.demonstrate.knn import knn
from dsp.errors import InputError
from dsp.search.retrieve import retrieve
from dsp.types.example import Example
from dsp.types.prediction import Prediction
from indexes.passage import Hit, Passage


class Embeddings:
    """The `k` texts of `corpus` nearest to a query by cosine, nearest first.

        >>> search = Embeddings(["Emma is a novel.", "Lviv is a town."], "hashing", k=1)
        >>> [hit.text for hit in search("Which novel?").passages]
        ['Emma is a novel.']

    `embedder` is a `dsp.Embedder`, any embedder of `indexes` or its name, or a function from texts to rows of numbers.
    A text `title | body` is a passage with that title; ids are places in the corpus, and `indices` are they as numbers.
    It is a retriever as well (`dsp.configure(rm=Embeddings(…))`), and a search of its own is a step of the trace. For
    more than fits in memory, and to keep it on disk, use `indexes.build(…, engine="faiss")`.
    """

    name = "embeddings"

    def __init__(self, corpus: Sequence[str], embedder: Any, k: int = 5) -> None:
        if isinstance(corpus, str) or not all(isinstance(text, str) for text in corpus):
            raise InputError(f"a corpus must be a list of texts, but got {corpus!r:.80}; give one text a passage")
        if k < 1:
            raise InputError(f"k must be at least 1, but got {k}; ask for one passage or more")
        self.k = k
        self._passages = [_passage(place, text) for place, text in enumerate(corpus)]
        rows = [Example(question=text, place=place) for place, text in enumerate(corpus)]
        self._nearest = knn(rows, embedder=embedder)

    def search(self, query: str, k: int) -> list[Hit]:
        """The k nearest passages; their scores are 1 / rank."""
        if not query.strip():
            return []
        found = [self._passages[example["place"]] for example in self._nearest({"question": query}, k)]
        return [Hit(passage, 1.0 / rank, rank, self.name) for rank, passage in enumerate(found, 1)]

    def __call__(self, query: str, k: int | None = None) -> Prediction:
        hits = retrieve(query, k if k is not None else self.k, retriever=self)
        return Prediction(passages=hits, indices=[int(hit.id) for hit in hits])

    forward = __call__

    async def acall(self, query: str, k: int | None = None) -> Prediction:
        """The same, awaited: the embedder works in a thread."""
        return await asyncio.to_thread(self, query, k)


def _passage(place: int, text: str) -> Passage:
    title, bar, body = text.partition(" | ")
    return Passage(str(place), title, body) if bar else Passage(str(place), "", text)
