"""The engine that takes its parameters for each search, under the laws of every engine."""

from __future__ import annotations

from typing import ClassVar

import pytest

from indexes.testing import IndexContract

pytest.importorskip("numba", reason="numba is not installed: pip install 'dsp[tunable]'")


class TestBm25Tunable(IndexContract):
    engine = "bm25_tunable"


class TestLinkHopOverBm25Tunable(IndexContract):
    engine = "link_hop"
    by_way_of_others = True
    parameters: ClassVar = {"over": "bm25_tunable", "k1": 0.9}
