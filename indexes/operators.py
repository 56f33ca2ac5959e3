"""The operators of an index, as a part of others: what they mean is in `indexes.pipelines`, loaded when needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from indexes.pipelines.composed import Composed, Stage


class Operators:
    """`index | other`, `index + other`, `0.7 * index`, `index % 10`, `index >> stage`."""

    def __or__(self, other: object) -> Composed:
        return self._composed() | other

    def __ror__(self, other: object) -> Composed:
        return self._composed().__ror__(other)

    def __add__(self, other: object) -> Composed:
        return self._composed() + other

    def __radd__(self, other: object) -> Composed:
        return self._composed().__radd__(other)

    def __mul__(self, weight: float) -> Composed:
        return self._composed() * weight

    __rmul__ = __mul__

    def __mod__(self, limit: int) -> Composed:
        return self._composed() % limit

    def __rshift__(self, stage: Stage) -> Composed:
        return self._composed() >> stage

    def _composed(self) -> Composed:
        from indexes.pipelines.composed import composed

        return composed(self)
