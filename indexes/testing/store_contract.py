"""`StoreContract`: the laws of `Store`, as tests. Subclass it once for each kind of store."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from indexes.passage import Passage
from indexes.protocols import Store
from indexes.testing.samples import PASSAGES


class StoreContract(ABC):
    """Say how passages are put into a store in a folder, and how it is opened."""

    @abstractmethod
    def write(self, passages: Sequence[Passage], folder: Path) -> None: ...

    @abstractmethod
    def open(self, folder: Path, passages: int) -> Store: ...

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        self.write(PASSAGES, tmp_path)
        store = self.open(tmp_path, len(PASSAGES))
        yield store
        store.close()

    def test_every_passage_comes_back_equal_metadata_and_all(self, store: Store) -> None:
        assert len(store) == len(PASSAGES)
        for ordinal, passage in enumerate(PASSAGES):
            assert store[ordinal] == passage
            assert store[ordinal].metadata == passage.metadata

    def test_iteration_gives_them_in_order_and_again(self, store: Store) -> None:
        assert list(store) == list(store) == list(PASSAGES)

    @pytest.mark.parametrize("ordinal", [-1, len(PASSAGES), 10**12])
    def test_an_ordinal_outside_raises_index_error(self, store: Store, ordinal: int) -> None:
        with pytest.raises(IndexError, match=str(ordinal)):
            store[ordinal]

    def test_threads_reading_at_once_get_what_one_gets(self, store: Store) -> None:
        ordinals = list(range(len(PASSAGES))) * 50
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(store.__getitem__, ordinals)) == [PASSAGES[ordinal] for ordinal in ordinals]
