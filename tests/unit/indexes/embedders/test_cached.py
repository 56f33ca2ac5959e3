from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import indexes
from indexes import Passage
from indexes.embedders.cached import CachedEmbedder
from indexes.embedders.hashing import HashingEmbedder
from indexes.errors import InputError
from indexes.testing import EmbedderContract


class Counted(HashingEmbedder):
    """Remembers what it was asked for, and may break after so many texts."""

    def __init__(self, dimension: int = 16, breaks_after: int = 10**9) -> None:
        super().__init__(dimension)
        self.asked: list[str] = []
        self.breaks_after = breaks_after
        self._lock = threading.Lock()

    def embed_passages(self, texts: Sequence[str]) -> Any:
        with self._lock:
            if len(self.asked) + len(texts) > self.breaks_after:
                raise KeyboardInterrupt
            self.asked += texts
        return super().embed_passages(texts)


class TestCached(EmbedderContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "cache"

    def make(self) -> CachedEmbedder:
        return CachedEmbedder(HashingEmbedder(), self.folder)


TEXTS = [f"text number {number}" for number in range(600)]


def test_no_text_is_embedded_twice_not_even_by_another_process_later(tmp_path: Path) -> None:
    first, second = Counted(), Counted()
    rows = CachedEmbedder(first, tmp_path).embed_passages([*TEXTS, *TEXTS[:50]])
    assert first.asked == TEXTS
    again = CachedEmbedder(second, tmp_path)
    np.testing.assert_array_equal(again.embed_passages([*TEXTS, *TEXTS[:50]]), rows)
    assert second.asked == []
    np.testing.assert_array_equal(rows, HashingEmbedder(16).embed_passages([*TEXTS, *TEXTS[:50]]))


def test_a_build_that_broke_off_goes_on_where_it_stopped(tmp_path: Path) -> None:
    pytest.importorskip("faiss", reason="faiss-cpu is in the extra [dense]")
    passages = [Passage(str(number), "", text) for number, text in enumerate(TEXTS)]
    options: dict[str, Any] = {"engine": "faiss", "embedding_cache": tmp_path / "cache"}
    with pytest.raises(KeyboardInterrupt):
        indexes.build(passages, tmp_path / "index", embedder=Counted(breaks_after=550), **options)
    resumed = Counted()
    with indexes.build(passages, tmp_path / "index", embedder=resumed, **options) as index:
        assert resumed.asked == TEXTS[512:]
        assert index.info()["embedder_fingerprint"] == Counted().fingerprint
        with indexes.build(passages, tmp_path / "fresh", engine="faiss", embedder=Counted()) as fresh:
            assert index.search("text number 99", 9) == fresh.search("text number 99", 9)


@pytest.mark.parametrize("cut", [1, 30, 83, 84, 85])
def test_a_record_that_was_cut_short_is_embedded_again(tmp_path: Path, cut: int) -> None:
    whole = CachedEmbedder(Counted(), tmp_path)
    rows = whole.embed_passages(TEXTS[:5])
    data = whole.path.read_bytes()
    assert len(data) == 5 * (16 + 16 * 4 + 4)
    whole.path.write_bytes(data[:-cut])
    counted = Counted()
    again = CachedEmbedder(counted, tmp_path)
    np.testing.assert_array_equal(again.embed_passages(TEXTS[:6])[:5], rows)
    assert counted.asked == TEXTS[4 if cut < 85 else 3 : 6]
    last = Counted()
    np.testing.assert_array_equal(CachedEmbedder(last, tmp_path).embed_passages(TEXTS[:5]), rows)
    assert last.asked == []


def test_an_altered_row_is_embedded_again(tmp_path: Path) -> None:
    whole = CachedEmbedder(Counted(), tmp_path)
    rows = whole.embed_passages(TEXTS[:5])
    data = bytearray(whole.path.read_bytes())
    data[84 * 2 + 40] ^= 1
    whole.path.write_bytes(data)
    counted = Counted()
    np.testing.assert_array_equal(CachedEmbedder(counted, tmp_path).embed_passages(TEXTS[:5]), rows)
    assert counted.asked == [TEXTS[2]]


def test_queries_and_passages_and_other_embedders_are_kept_apart(tmp_path: Path) -> None:
    class Told(Counted):
        def embed_queries(self, texts: Sequence[str]) -> Any:
            return -super(Counted, self).embed_passages(texts)

    told = CachedEmbedder(Told(), tmp_path)
    np.testing.assert_array_equal(told.embed_queries(["word"]), -told.embed_passages(["word"]))
    wider = CachedEmbedder(Counted(32), tmp_path)
    assert wider.embed_passages(["word"]).shape == (1, 32)
    assert len(list(tmp_path.iterdir())) == 2


def test_several_may_write_one_cache(tmp_path: Path) -> None:
    several = [CachedEmbedder(Counted(), tmp_path) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda embedder: embedder.embed_passages(TEXTS), several))
    counted = Counted()
    results.append(CachedEmbedder(counted, tmp_path).embed_passages(TEXTS))
    assert counted.asked == []
    for rows in results:
        np.testing.assert_array_equal(rows, results[0])


def test_a_folder_that_cannot_be_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"embedding cache .* cannot be"):
        CachedEmbedder(Counted(), tmp_path / "file" / "cache").embed_passages(["word"])


def test_a_row_too_few_is_refused_and_not_kept(tmp_path: Path) -> None:
    class Short(Counted):
        def embed_passages(self, texts: Sequence[str]) -> Any:
            return super().embed_passages(texts[1:])

    short = CachedEmbedder(Short(), tmp_path)
    with pytest.raises(InputError, match=r"float32 \[3, 16\].* gave \[2, 16\]"):
        short.embed_passages(TEXTS[:3])
    assert not short.path.exists()


def test_a_cache_without_an_embedder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="embedding_cache is for engines with an embedder, but engine bm25 has none"):
        indexes.build([Passage("1", "", "words")], tmp_path / "index", embedding_cache=tmp_path / "cache")
    assert list(tmp_path.iterdir()) == []
