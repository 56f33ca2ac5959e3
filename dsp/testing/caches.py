"""`CacheContract`: the laws of a cache, as tests. A new cache is one subclass away from trusted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from dsp.protocols import Cache


class CacheContract:
    """Subclass it, write `make_cache`, and run it with pytest. Each call of `make_cache` gives an empty cache."""

    def make_cache(self) -> Cache:
        raise NotImplementedError("write make_cache: it returns an empty cache to test")

    def test_a_key_never_put_is_missing(self) -> None:
        assert self.make_cache().get("absent") is None

    def test_get_gives_what_the_last_put_gave(self) -> None:
        cache = self.make_cache()
        for value in (b"first", b"second", b""):
            cache.put("key", value)
            assert cache.get("key") == value

    def test_keys_do_not_touch_each_other(self) -> None:
        cache = self.make_cache()
        cache.put("a", b"1")
        cache.put("A", b"2")
        cache.put("a ", b"3")
        assert [cache.get(key) for key in ("a", "A", "a ")] == [b"1", b"2", b"3"]

    def test_every_byte_survives(self) -> None:
        cache = self.make_cache()
        value = bytes(range(256)) * 400
        cache.put("bytes", value)
        assert cache.get("bytes") == value

    def test_many_threads_may_read_and_write(self) -> None:
        cache = self.make_cache()

        def work(number: int) -> bytes | None:
            cache.put(f"key {number}", b"%d" % number)
            return cache.get(f"key {number}")

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(work, range(200))) == [b"%d" % number for number in range(200)]
