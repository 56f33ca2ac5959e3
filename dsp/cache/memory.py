"""A cache in memory, bounded: what was used least recently goes first."""

from __future__ import annotations

import threading
from collections import OrderedDict

from dsp.errors import InputError


class MemoryCache:
    """A `Cache` of at most `max_entries` entries and `max_bytes` bytes of values. Thread-safe; gone with the process.

    A value larger than `max_bytes` is not kept. Raises InputError for a bound below 1.
    """

    def __init__(self, max_entries: int = 100_000, max_bytes: int = 256 * 2**20) -> None:
        if max_entries < 1 or max_bytes < 1:
            raise InputError(
                f"a cache's bounds must be at least 1, but got max_entries={max_entries}, max_bytes={max_bytes}"
            )
        self.max_entries = max_entries
        self.max_bytes = max_bytes
        self._entries: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        with self._lock:
            value = self._entries.get(key)
            if value is not None:
                self._entries.move_to_end(key)
            return value

    def put(self, key: str, value: bytes) -> None:
        with self._lock:
            self._bytes -= len(self._entries.pop(key, b""))
            if len(value) > self.max_bytes:
                return
            self._entries[key] = value
            self._bytes += len(value)
            while len(self._entries) > self.max_entries or self._bytes > self.max_bytes:
                _, oldest = self._entries.popitem(last=False)
                self._bytes -= len(oldest)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self._bytes = 0

    def __len__(self) -> int:
        return len(self._entries)
