"""What is found by somebody else's retriever, as hits of ours."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

from indexes.errors import InputError
from indexes.passage import Hit, Passage

OURS = ("title", "score", "rank", "found_by")
"""What a hit has besides its metadata, and keeps in the metadata of somebody else's document. (`source`, as hits call
the last one, is what many documents call their file.)"""
Found = tuple[str | None, str, Mapping[str, Any], float | None]
"""A document's id, text, metadata and score, the first and the last where it has them."""


class ForeignRetriever(ABC):
    """Somebody else's retriever, which keeps the laws of ours as far as it keeps its own.

    A document's title is what its metadata calls `title`; one without an id gets one that is made of what it says.
    Where the scores are missing or not best first, a hit's score is 1 / rank.
    """

    def __init__(self, retriever: Any, name: str) -> None:
        self.retriever = retriever
        self.name = name

    def search(self, query: str, k: int) -> list[Hit]:
        """At most k hits; fewer where the retriever was made to find fewer. Raises InputError."""
        if not isinstance(query, str):
            raise InputError(f"a query must be a string, but got {type(query).__name__}; give the question as text")
        if isinstance(k, bool) or not isinstance(k, int) or k < 1:
            raise InputError(f"k must be a whole number, at least 1, but got {k!r}; ask for one passage or more")
        if not query.strip():
            return []
        found: dict[str, tuple[Passage, float | None]] = {}
        for id, text, metadata, score in self.find(query, k):
            passage = _passage(id, text, metadata)
            found.setdefault(passage.id, (passage, score))
        best = list(found.values())[:k]
        scores = [score for _, score in best if score is not None and isfinite(score)]
        if len(scores) < len(best) or scores != sorted(scores, reverse=True):
            scores = [1 / rank for rank in range(1, len(best) + 1)]
        return [
            Hit(passage, float(score), rank, self.name)
            for rank, ((passage, _), score) in enumerate(zip(best, scores, strict=True), 1)
        ]

    @abstractmethod
    def find(self, query: str, k: int) -> Iterable[Found]:
        """What it finds, best first."""

    def __repr__(self) -> str:
        return f"<{self.name}: {type(self.retriever).__name__}>"


def _passage(id: str | None, text: str, metadata: Mapping[str, Any]) -> Passage:
    title = metadata.get("title")
    title = title if isinstance(title, str) else ""
    if not id:
        id = hashlib.sha256(f"{title}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return Passage(str(id), title, text or "", {key: value for key, value in metadata.items() if key != "title"})


def metadata_of(hit: Hit) -> dict[str, Any]:
    """A hit's metadata and what else it has but id and text, for a document of somebody else's."""
    return {**hit.passage.metadata, **dict(zip(OURS, (hit.title, hit.score, hit.rank, hit.source), strict=True))}


def missing(package: str, extra: str, error: ImportError) -> InputError:
    """Says how to get a library that cannot be imported."""
    return InputError(
        f'this needs the package {package}, but it cannot be imported ({error}); pip install "dsp[{extra}]"'
    )
