"""What every engine, store and embedder must meet, shipped so that a third party's is one subclass from trusted.

    from indexes.testing import IndexContract

    class TestMyEngine(IndexContract):
        engine = "my-engine"

They are for pytest, which `indexes` itself does not need.
"""

from __future__ import annotations

from indexes.testing.embedder_contract import EmbedderContract as EmbedderContract
from indexes.testing.index_contract import IndexContract as IndexContract
from indexes.testing.living_contract import LivingContract as LivingContract
from indexes.testing.living_contract import same_hits as same_hits
from indexes.testing.samples import PASSAGES as PASSAGES
from indexes.testing.samples import QUERIES as QUERIES
from indexes.testing.store_contract import StoreContract as StoreContract

__all__ = [
    "PASSAGES",
    "QUERIES",
    "EmbedderContract",
    "IndexContract",
    "LivingContract",
    "StoreContract",
    "same_hits",
]
