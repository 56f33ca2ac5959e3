"""Every cache keeps the laws of `Cache`."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsp.cache.layered import LayeredCache
from dsp.cache.memory import MemoryCache
from dsp.cache.sqlite import SQLiteCache
from dsp.protocols import Cache
from dsp.testing.caches import CacheContract


class TestMemoryCache(CacheContract):
    def make_cache(self) -> Cache:
        return MemoryCache()


class TestSQLiteCache(CacheContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def make_cache(self) -> Cache:
        return SQLiteCache(self.folder / "cache.db")


class TestLayeredCache(TestSQLiteCache):
    def make_cache(self) -> Cache:
        return LayeredCache(MemoryCache(max_entries=3), SQLiteCache(self.folder / "cache.db"))
