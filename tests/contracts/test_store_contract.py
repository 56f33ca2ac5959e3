"""Every kind of store under the same laws."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from indexes.passage import Passage
from indexes.protocols import Store
from indexes.stores.jsonl import JsonlStore, JsonlStoreWriter
from indexes.testing import StoreContract


class TestJsonl(StoreContract):
    def write(self, passages: Sequence[Passage], folder: Path) -> None:
        writer = JsonlStoreWriter(folder)
        for passage in passages:
            writer.add(passage)
        writer.finish()

    def open(self, folder: Path, passages: int) -> Store:
        return JsonlStore(folder, passages)
