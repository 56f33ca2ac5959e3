"""One cache before another: memory before disk."""

from __future__ import annotations

from dsp.errors import InputError
from dsp.protocols import Cache


class LayeredCache:
    """Looks in each layer in turn and copies what it finds into those before. Writes go to all, the last one first.

    So an entry that a faster layer shows is one that the slowest already keeps. Raises InputError for no layers.
    """

    def __init__(self, *layers: Cache) -> None:
        if not layers:
            raise InputError("a layered cache needs at least one layer, but got none")
        self.layers = layers

    def get(self, key: str) -> bytes | None:
        for depth, layer in enumerate(self.layers):
            value = layer.get(key)
            if value is not None:
                for faster in self.layers[:depth]:
                    faster.put(key, value)
                return value
        return None

    def put(self, key: str, value: bytes) -> None:
        for layer in reversed(self.layers):
            layer.put(key, value)
