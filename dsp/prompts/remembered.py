"""Demonstrations are shown in every prompt: each is rendered once and remembered for as long as it stays the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from dsp.prompts.signature import Signature
from indexes.passage import Hit, Passage

T = TypeVar("T")
_FIXED = frozenset({str, type(None), Hit, Passage})
_NUMBERS = frozenset({bool, int, float})
MOST = 2048  # demonstrations remembered; when there are more, all are forgotten


class Remembered(Generic[T]):
    """What `render(signature, demo)` gave, until a value of the demonstration changes.

    An entry holds the demonstration itself, so that its identity is not taken over by another, and its values as
    they were: a list as its items, so that one that grew is noticed. Thread-safe: a race renders twice.
    """

    def __init__(self, render: Callable[[type[Signature], Mapping[str, Any]], T]) -> None:
        self._render = render
        self._entries: dict[tuple[int, type[Signature]], tuple[Mapping[str, Any], tuple[Any, ...], T]] = {}

    def __call__(self, signature: type[Signature], demo: Mapping[str, Any]) -> T:
        values = _values(signature, demo)
        if values is None:
            return self._render(signature, demo)
        key = (id(demo), signature)
        entry = self._entries.get(key)
        if entry is not None and entry[1] == values:
            return entry[2]
        rendered = self._render(signature, demo)
        if len(self._entries) >= MOST:
            self._entries.clear()
        self._entries[key] = (demo, values, rendered)
        return rendered


def _values(signature: type[Signature], demo: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The demonstration's values as they are now; None where one could change inside without being seen to."""
    values = []
    for name in (*signature.fields, "augmented"):
        value = demo.get(name)
        if type(value) is list or type(value) is tuple:
            value = tuple(value)
            if not _FIXED.issuperset(map(type, value)):
                return None
        elif type(value) in _NUMBERS:
            value = (type(value), value)  # 1 equals True, and is written otherwise
        elif type(value) not in _FIXED:
            return None
        values.append(value)
    return tuple(values)
