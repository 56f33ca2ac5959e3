from __future__ import annotations

import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import indexes
from indexes import Passage
from indexes.errors import IndexFolderError, InputError

WORDS = ["cat", "dog", "bird", "fish", "tree", "house", "river", "stone"]
PASSAGES = [
    Passage(str(number), WORDS[number % 5], " ".join(WORDS[(number * step) % 8] for step in range(1, 7)))
    for number in range(700)
]


class Counting:
    """An embedder of one's own: how often each word comes."""

    fingerprint = "counting:1"
    dimension = len(WORDS)

    def embed_passages(self, texts: Sequence[str]) -> Any:
        return np.array([[text.count(word) for word in WORDS] for text in texts], dtype=np.float32)

    embed_queries = embed_passages


def test_an_embedder_is_needed_where_vectors_are_and_refused_where_not(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"engine faiss needs an embedder.*hashing"):
        indexes.build(PASSAGES, tmp_path / "index", engine="faiss")
    with pytest.raises(InputError, match="engine bm25 takes no embedder"):
        indexes.build(PASSAGES, tmp_path / "index", embedder="hashing")
    with pytest.raises(InputError, match="kind of engine faiss must be one of auto, flat"):
        indexes.build(PASSAGES, tmp_path / "index", engine="faiss", embedder="hashing", kind="flatt")
    assert list(tmp_path.iterdir()) == []


def test_without_the_package_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(InputError, match=r'pip install "dsp\[dense\]"'):
        indexes.build(PASSAGES, tmp_path / "index", engine="faiss", embedder="hashing")
    assert list(tmp_path.iterdir()) == []


class TestFlat:
    @pytest.fixture(autouse=True)
    def installed(self) -> None:
        pytest.importorskip("faiss", reason="faiss-cpu is in the extra [dense]")

    def test_scores_are_cosines_and_the_ranking_is_that_of_all_pairs(self, tmp_path: Path) -> None:
        embedder = Counting()
        with indexes.build(PASSAGES, tmp_path / "index", engine="faiss", embedder=embedder) as index:
            rows = embedder.embed_passages([f"{passage.title}\n{passage.text}" for passage in PASSAGES])
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            for query in ("cat dog", "river stone stone", "tree house bird fish"):
                [row] = embedder.embed_queries([query])
                cosines = rows @ (row / np.linalg.norm(row))
                hits = index.search(query, 700)
                assert len(hits) == 700
                assert [hit.score for hit in hits] == pytest.approx(
                    [float(cosines[int(hit.id)]) for hit in hits], abs=1e-6
                )
                assert hits[0].score == pytest.approx(float(cosines.max()))

    def test_an_embedder_of_ones_own_is_asked_for_and_another_refused(self, tmp_path: Path) -> None:
        indexes.build(PASSAGES, tmp_path / "index", engine="faiss", embedder=Counting()).close()
        with pytest.raises(InputError, match=r"embedder of your own \(counting:1\)"):
            indexes.open(tmp_path / "index")
        other = Counting()
        other.fingerprint = "counting:2"
        with pytest.raises(IndexFolderError, match=r"counting:1.*counting:2"):
            indexes.open(tmp_path / "index", embedder=other)
        with indexes.open(tmp_path / "index", embedder=Counting()) as index:
            assert index.info()["embedder_fingerprint"] == "counting:1"
            assert index.search("cat", 1)

    @pytest.mark.parametrize("bad", [math.nan, math.inf])
    def test_numbers_that_are_none_are_refused_and_nothing_is_left(self, tmp_path: Path, bad: float) -> None:
        class Bad(Counting):
            def embed_passages(self, texts: Sequence[str]) -> Any:
                return np.full((len(texts), self.dimension), bad)

        with pytest.raises(InputError, match="finite"):
            indexes.build(PASSAGES, tmp_path / "index", engine="faiss", embedder=Bad())
        assert list(tmp_path.iterdir()) == []

    def test_a_row_too_few_is_refused(self, tmp_path: Path) -> None:
        class Short(Counting):
            def embed_passages(self, texts: Sequence[str]) -> Any:
                return super().embed_passages(texts[1:])

        with pytest.raises(InputError, match=r"float32 \[256, 8\].* gave \[255, 8\]"):
            indexes.build(PASSAGES, tmp_path / "index", engine="faiss", embedder=Short())

    def test_a_zero_vector_scores_nothing_and_a_query_without_one_finds_nothing(self, tmp_path: Path) -> None:
        passages = [Passage("zero", "", "nothing known"), Passage("cat", "", "cat")]
        with indexes.build(passages, tmp_path / "index", engine="faiss", embedder=Counting()) as index:
            assert [(hit.id, hit.score) for hit in index.search("cat", 2)] == [("cat", 1.0), ("zero", 0.0)]
            assert index.search("unknown", 2) == []

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
    def test_a_search_after_a_fork_does_not_hang(self, tmp_path: Path) -> None:
        with indexes.build(PASSAGES, tmp_path / "index", engine="faiss", embedder="hashing") as index:
            expected = index.search("cat", 3)
            child = os.fork()
            if child == 0:
                os._exit(0 if index.search("cat", 3) == expected else 1)
            assert os.waitpid(child, 0)[1] == 0


class TestFacts:
    @pytest.fixture(autouse=True)
    def installed(self) -> None:
        pytest.importorskip("faiss", reason="faiss-cpu is in the extra [dense]")

    def test_the_index_tells_what_was_chosen_and_why_through_engines_and_deletions(self, tmp_path: Path) -> None:
        with indexes.build(PASSAGES, tmp_path / "a", engine="faiss", embedder="hashing") as index:
            facts = index.info()["facts"]
            assert (facts["kind"], facts["vectors"], facts["dimension"]) == ("flat", 700, 1024)
            assert "fewer than 1,000" in facts["why"]
        indexes.delete(tmp_path / "a", ["3"])
        with indexes.open(tmp_path / "a") as index:
            assert index.info()["facts"] == facts
            assert "3" not in [hit.id for hit in index.search("cat", 700)]
        with indexes.build(PASSAGES, tmp_path / "b", engine="link_hop", over="hybrid", embedder="hashing") as index:
            assert index.info()["facts"] == {"dense": facts}
        with indexes.build(PASSAGES, tmp_path / "c") as index:
            assert "facts" not in index.info()

    def test_deleting_and_adding_embed_nothing_that_is_there(self, tmp_path: Path) -> None:
        seen: list[str] = []

        class Noting(Counting):
            def embed_passages(self, texts: Sequence[str]) -> Any:
                seen.extend(texts)
                return super().embed_passages(texts)

        embedder = Noting()
        indexes.build(PASSAGES, tmp_path / "index", engine="faiss", embedder=embedder).close()
        seen.clear()
        indexes.delete(tmp_path / "index", [str(number) for number in range(50)], embedder=embedder)
        indexes.add(tmp_path / "index", [Passage("new", "cat", "cat cat")], embedder=embedder)
        assert seen == ["cat\ncat cat"]
        with indexes.open(tmp_path / "index", embedder=embedder) as index:
            hits = {hit.id: hit.score for hit in index.search("cat", 651)}
        assert len(hits) == 651
        assert hits["new"] == pytest.approx(1)
