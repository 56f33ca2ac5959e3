"""A thread-safe memory with a bound on what it holds, not only on how many things."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """Keeps what was used last, up to `budget` units as `cost` counts a key with its value (bytes, characters).

    A value that alone costs more than the budget is returned and not kept. Two threads that miss the same key at
    the same moment both compute it; the values are equal, so either may stay.
    """

    def __init__(self, budget: int, cost: Callable[[K, V], int]) -> None:
        self._budget = budget
        self._cost = cost
        self._held = 0
        self._items: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = Lock()

    def get_or(self, key: K, compute: Callable[[], V]) -> V:
        """The value kept for the key, or what `compute` gives, which is then kept."""
        with self._lock:
            if key in self._items:
                self._items.move_to_end(key)
                return self._items[key][0]
        value = compute()
        self._keep(key, value)
        return value

    def _keep(self, key: K, value: V) -> None:
        cost = self._cost(key, value)
        if cost > self._budget:
            return
        with self._lock:
            _, old = self._items.pop(key, (value, 0))
            self._items[key] = (value, cost)
            self._held += cost - old
            while self._held > self._budget:
                _, (_, freed) = self._items.popitem(last=False)
                self._held -= freed

    def __len__(self) -> int:
        return len(self._items)

    @property
    def held(self) -> int:
        """What the kept values cost together."""
        return self._held
