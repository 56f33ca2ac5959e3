from __future__ import annotations

import pytest

from dsp.cache.layered import LayeredCache
from dsp.cache.memory import MemoryCache
from dsp.errors import InputError


def test_what_a_slower_layer_holds_is_copied_into_the_faster_ones() -> None:
    fast, slow = MemoryCache(), MemoryCache()
    slow.put("key", b"value")
    assert LayeredCache(fast, slow).get("key") == b"value"
    assert fast.get("key") == b"value"


def test_a_write_reaches_every_layer() -> None:
    layers = [MemoryCache(), MemoryCache(), MemoryCache()]
    LayeredCache(*layers).put("key", b"value")
    assert [layer.get("key") for layer in layers] == [b"value"] * 3


def test_no_layers_are_refused() -> None:
    with pytest.raises(InputError, match="at least one layer"):
        LayeredCache()
