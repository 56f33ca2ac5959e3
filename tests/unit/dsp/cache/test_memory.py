from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.cache.memory import MemoryCache
from dsp.errors import InputError


def test_the_entry_used_least_recently_goes_first() -> None:
    cache = MemoryCache(max_entries=2)
    cache.put("a", b"1")
    cache.put("b", b"2")
    cache.get("a")
    cache.put("c", b"3")
    assert [cache.get(key) for key in "abc"] == [b"1", None, b"3"]


def test_a_value_larger_than_the_bound_is_not_kept_and_pushes_nothing_out() -> None:
    cache = MemoryCache(max_bytes=4)
    cache.put("a", b"1")
    cache.put("b", b"12345")
    assert cache.get("a") == b"1"
    assert cache.get("b") is None


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.binary(max_size=12))))
def test_no_sequence_of_puts_passes_the_bounds(puts: list[tuple[str, bytes]]) -> None:
    cache = MemoryCache(max_entries=3, max_bytes=20)
    for key, value in puts:
        cache.put(key, value)
        held = [kept for each in "abcdef" if (kept := cache.get(each)) is not None]
        assert len(held) == len(cache) <= 3
        assert sum(map(len, held)) <= 20
        assert cache.get(key) == value


def test_bounds_below_one_are_refused_with_what_was_given() -> None:
    with pytest.raises(InputError, match="max_entries=0"):
        MemoryCache(max_entries=0)
