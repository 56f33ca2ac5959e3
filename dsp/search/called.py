"""Retrievers as DSP's and DSPy's users write them: something that is called with a query and a number."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from dsp.errors import InputError
from dsp.protocols import Retriever
from indexes.passage import Hit, Passage

Called = Callable[..., Any]
"""`rm(query, k=3)`: passages as texts, mappings or objects with `long_text` or `text`, or something that has
`passages`."""


def as_retriever(given: Retriever | Called) -> Retriever:
    """The retriever itself, or a function as one. Raises InputError for what is neither."""
    if isinstance(given, Retriever):
        return given
    if callable(given):
        return CalledRetriever(given)
    raise InputError(
        f"a retriever must have search(query, k), or be a function of a query and k, but got {given!r:.80}; "
        "give indexes.open(DIR), or a function"
    )


class CalledRetriever:
    """A function that finds passages, as a retriever: its texts become passages, their order their rank.

    A text `title | body` is a passage with that title. A passage is known by its `pid` or `id`, where it has one, else
    by its text. Where no scores are given the score is 1 / rank.
    """

    def __init__(self, function: Called) -> None:
        self.function = function
        self.name = str(getattr(function, "name", None) or getattr(function, "__name__", type(function).__name__))

    def search(self, query: str, k: int) -> Sequence[Hit]:
        if not query.strip():
            return []
        given = self.function(query, k=k)
        found = getattr(given, "passages", given)
        if isinstance(found, str | Mapping) or not isinstance(found, Iterable):
            raise InputError(f"a retriever must give a list of passages, but {self.name} gave {found!r:.80}; mend it")
        return [self._hit(rank, item) for rank, item in enumerate(list(found)[:k], 1)]

    def _hit(self, rank: int, item: Any) -> Hit:
        if isinstance(item, Hit):
            return Hit(item.passage, item.score, rank, item.source)
        if isinstance(item, Passage):
            return Hit(item, 1.0 / rank, rank, self.name)
        text = item if isinstance(item, str) else _said(item, "long_text") or _said(item, "text")
        if not isinstance(text, str):
            raise InputError(
                f"a passage must be a text, or have one as long_text or text, but {self.name} gave {item!r:.80}; "
                "mend it"
            )
        title, bar, body = text.partition(" | ")
        known = next((given for name in ("pid", "id") if (given := _said(item, name)) is not None), None)
        id = (
            str(known)
            if known is not None
            else hashlib.blake2s(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        )
        passage = Passage(id, title, body) if bar else Passage(id, str(_said(item, "title") or ""), text)
        score = _said(item, "score")
        return Hit(passage, float(score) if isinstance(score, int | float) else 1.0 / rank, rank, self.name)


def _said(item: Any, name: str) -> Any:
    """What an item says under a name, as a mapping or as an object; None where it says nothing."""
    if isinstance(item, str):
        return None
    return item.get(name) if isinstance(item, Mapping) else getattr(item, name, None)
