"""What every part of a pipeline can do: search, check itself, and show itself as the expression that made it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Any

from indexes.errors import InputError, PipelineError
from indexes.filters import Filter, as_filter
from indexes.passage import Hit

OR, THEN, PLUS, TIMES, ATOM = range(1, 6)
"""How tightly an expression binds, as Python has it; what binds less stands in brackets."""


class Part(ABC):
    """A retriever made of others.

    Laws: as `Index.search`, but for k: a stage that looks at the first n passages refuses a k above n, where there are
    more. `repr` is the expression. Nothing is loaded before it is needed. Safe from any number of threads where its
    retrievers are.
    """

    @property
    def name(self) -> str:
        return repr(self)

    def search(self, query: str, k: int, *, where: Mapping[str, Any] | Filter | None = None) -> list[Hit]:
        """The k best passages, best first; with `where`, of those that this filter lets through.

        Raises InputError; PipelineError with all that is wrong in the pipeline.
        """
        if not isinstance(query, str):
            raise InputError(f"a query must be a string, but got {type(query).__name__}; give the question as text")
        if isinstance(k, bool) or not isinstance(k, int) or k < 1:
            raise InputError(f"k must be a whole number, at least 1, but got {k!r}; ask for one passage or more")
        self.check(k)
        return ranked(self.find(query, k, None if where is None else as_filter(where)))

    def check(self, k: int = 1) -> None:
        """Raises PipelineError with all that would keep a search for k passages from working; finds no passage."""
        problems = list(dict.fromkeys(self.problems(k)))
        if problems:
            raise PipelineError(problems, repr(self))

    @abstractmethod
    def find(self, query: str, k: int, where: Filter | None) -> Sequence[Hit]:
        """As `search`, unchecked: more than there are, or than is looked at, gives what there is."""

    @abstractmethod
    def problems(self, k: int) -> Iterator[str]:
        """What would keep a search for k passages from working."""

    @abstractmethod
    def filter_problems(self, where: Filter) -> Iterator[str]:
        """What is wrong with filtering by it here."""

    @abstractmethod
    def size(self) -> float:
        """How many passages there are at most; infinity where nobody knows."""

    @abstractmethod
    def shown(self) -> tuple[str, int]:
        """The expression, and how tightly it binds."""

    def __repr__(self) -> str:
        return self.shown()[0]

    def within(self, binding: int) -> str:
        """The expression as part of another that binds so tightly."""
        text, own = self.shown()
        return text if own >= binding else f"({text})"


def ranked(hits: Sequence[Hit]) -> list[Hit]:
    """The hits with ranks from 1 in their order."""
    return [hit if hit.rank == rank else replace(hit, rank=rank) for rank, hit in enumerate(hits, 1)]


def is_count(value: object) -> bool:
    """Whether it is a whole number from 1 up."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def is_number(value: object, low: float = -inf, high: float = inf) -> bool:
    """Whether it is a finite number between low and high, both included."""
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high and abs(value) < inf


def until_enough(find: Callable[[int], Sequence[Hit]], k: int, keep: Callable[[Sequence[Hit]], list[Hit]]) -> list[Hit]:
    """The first k that are kept of what is found: more and more is asked for, until they are k or no more comes."""
    limit, before = k, -1
    while True:
        found = find(limit)
        kept = keep(found)
        if len(kept) >= k or len(found) < limit or len(found) == before:
            return kept[:k]
        limit, before = 2 * limit, len(found)


def argument(value: object) -> str:
    """As it is written; a model and the like, which cannot be, by its name."""
    if isinstance(value, Filter):
        return repr(value.where)
    if value is None or isinstance(value, str | int | float | list | tuple | dict):
        return repr(value)
    return f"<{getattr(value, 'name', type(value).__name__)}>"


def name_of(retriever: object) -> str:
    """What a retriever is called where nobody said: an index by its engine, others by their name or class."""
    manifest = getattr(retriever, "manifest", None)
    name = getattr(manifest, "engine", None) or getattr(retriever, "name", None)
    return name if isinstance(name, str) and name else type(retriever).__name__.lower()
