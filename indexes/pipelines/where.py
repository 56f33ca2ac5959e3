"""`where`: only passages that a filter lets through, chosen as early as can be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from indexes.errors import InputError
from indexes.filters import Filter, as_filter
from indexes.passage import Hit
from indexes.pipelines.composed import Composed, Stage


@dataclass(frozen=True, repr=False)
class Where(Stage):
    """`where({"year": {"gte": 1990}})`: see `indexes.filters` for what a filter may say.

    The filter goes up to the indexes themselves, through everything but `% n`: stages in between never see what it
    does not let through. A retriever that is no index is asked for more until enough of what it gives pass.
    """

    filter: Mapping[str, Any] | Filter | None = None

    def run(self, upstream: Composed, query: str, k: int, where: Filter | None) -> Sequence[Hit]:
        return upstream.find(query, k, both(as_filter(self.filter or {}), where))

    def problems(self, upstream: Composed, k: int) -> Iterator[str]:
        try:
            own = as_filter(self.filter)
        except InputError as error:
            yield str(error)
        else:
            yield from upstream.filter_problems(own)


def both(one: Filter, other: Filter | None) -> Filter:
    """What both let through."""
    return one if other is None else Filter({"and": [one.where, other.where]})


where = Where
