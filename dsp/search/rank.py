"""`rank` and `rerank`: passages in the order of a reranker's scores (DSP, Khattab et al. 2022, section 3.2)."""

from __future__ import annotations

from collections.abc import Sequence

from dsp.configuration import current
from dsp.errors import SettingsError
from dsp.protocols import Reranker
from dsp.search.retrieve import check_k, in_order_of
from indexes.passage import Hit, Passage


def rank(query: str, passages: Sequence[str | Passage | Hit], *, reranker: Reranker | None = None) -> list[Hit]:
    """All the passages, best first, each with the reranker's score.

        >>> class Longest:
        ...     name = "longest"
        ...     def score(self, query, passages):
        ...         return [len(str(passage)) for passage in passages]
        >>> [hit.text for hit in rank("Who?", ["Emma", "Jane Austen"], reranker=Longest())]
        ['Jane Austen', 'Emma']

    The reranker is the given one, else the configured one. Equal scores keep the order of the passages. A text becomes
    a passage whose id is its place. Raises SettingsError where there is no reranker, InputError where it does not give
    one finite score for each passage.
    """
    asked = reranker if reranker is not None else current().reranker
    if asked is None:
        raise SettingsError("ranking needs a reranker, but none is configured; say dsp.configure(reranker=…)")
    return in_order_of(asked, query, [_hit(place, passage) for place, passage in enumerate(passages, 1)])


def rerank(
    query: str, passages: Sequence[str | Passage | Hit], k: int = 3, *, reranker: Reranker | None = None
) -> list[Hit]:
    """The k best of the passages, as `rank` orders them.

        >>> class Longest:
        ...     def score(self, query, passages):
        ...         return [len(str(passage)) for passage in passages]
        >>> [hit.text for hit in rerank("Who?", ["Emma", "Jane Austen", "Lem"], k=1, reranker=Longest())]
        ['Jane Austen']

    Raises InputError for k < 1, and as `rank` does."""
    check_k(k)
    return rank(query, passages, reranker=reranker)[:k]


def _hit(place: int, passage: str | Passage | Hit) -> Hit:
    if isinstance(passage, Hit):
        return passage
    return Hit(Passage(str(place), "", passage) if isinstance(passage, str) else passage, 0.0, place, "given")
