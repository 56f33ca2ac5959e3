"""`deduplicate`: each thing once, in the order in which it was first seen (DSP's and DSPy's name)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TypeVar

from indexes.passage import Hit

T = TypeVar("T", bound=Hashable)


def deduplicate(things: Iterable[T]) -> list[T]:
    """Each thing once. Hits are told by their passages: found twice, a passage stays where it was found first.

    >>> deduplicate(["Emma", "Dune", "Emma"])
    ['Emma', 'Dune']
    """
    first: dict[Hashable, T] = {}
    for thing in things:
        first.setdefault(thing.passage if isinstance(thing, Hit) else thing, thing)
    return list(first.values())
