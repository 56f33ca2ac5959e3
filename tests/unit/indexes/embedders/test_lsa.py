from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

import indexes
from indexes import Passage
from indexes.embedders import embedder_named, lsa
from indexes.embedders.cached import CachedEmbedder
from indexes.embedders.fitted import CorpusEmbedder
from indexes.embedders.lsa import Lsa, LsaEmbedder
from indexes.errors import CorruptIndexError, IndexFolderError, InputError
from indexes.testing import PASSAGES, QUERIES

TEXTS = [passage.text for passage in PASSAGES]
SHIPS = ["the ship sailed the sea", "a boat sailed the sea", "the boat in harbour", "the ship in harbour"]
BREAD = ["the baker made bread", "flour makes bread", "the baker bought flour", "bread of rye flour"]


def test_words_that_keep_the_same_company_are_close_though_no_text_holds_both() -> None:
    embedder = Lsa(dimension=2).fit(SHIPS + BREAD)
    ship, boat, bread = embedder.embed_queries(["ship", "boat", "bread"])
    assert ship @ boat > 0.9
    assert abs(ship @ bread) < 0.1


def test_its_directions_keep_as_much_of_the_passages_as_the_exact_ones_do() -> None:
    chance = np.random.default_rng(1)
    dense = np.where(chance.random((60, 40)) < 0.2, chance.random((60, 40)), 0).astype(np.float32)
    directions = lsa._components(csr_matrix(dense), 8).astype(np.float64)
    np.testing.assert_allclose(directions.T @ directions, np.eye(8), atol=1e-3)
    best = (np.linalg.svd(dense, compute_uv=False)[:8] ** 2).sum()
    assert np.square(dense @ directions).sum() > 0.99 * best


def test_equal_corpora_give_equal_fingerprints_and_others_do_not() -> None:
    base = Lsa(dimension=16).fit(TEXTS)
    assert Lsa(dimension=16).fit(iter(TEXTS)).fingerprint == base.fingerprint
    assert Lsa(dimension=16).fit(TEXTS[1:]).fingerprint != base.fingerprint
    assert Lsa(dimension=15).fit(TEXTS).fingerprint != base.fingerprint


def test_what_was_saved_embeds_the_same(tmp_path: Path) -> None:
    embedder = Lsa(dimension=16).fit(TEXTS)
    embedder.save(tmp_path)
    again = Lsa().load(tmp_path)
    assert again.fingerprint == embedder.fingerprint
    np.testing.assert_array_equal(again.embed_passages(TEXTS), embedder.embed_passages(TEXTS))


@pytest.mark.parametrize("texts", [["the of and"], [""], ["word"], ["word", ""], ["\ud83d 🗿"]])
def test_a_corpus_of_next_to_nothing_is_no_error(texts: list[str], tmp_path: Path) -> None:
    embedder = Lsa().fit(texts)
    rows = embedder.embed_passages([*texts, "other words"])
    assert rows.shape == (len(texts) + 1, embedder.dimension)
    assert embedder.dimension >= 1
    embedder.save(tmp_path)
    assert Lsa().load(tmp_path).fingerprint == embedder.fingerprint


def test_of_a_large_corpus_so_many_are_drawn_from_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lsa, "SAMPLE", 50)
    drawn = [int(text) for text in lsa._drawn(str(number) for number in range(5000))]
    assert len(set(drawn)) == 50
    assert min(drawn) < 1000
    assert max(drawn) > 4000


@pytest.mark.parametrize("name", [lsa.META, lsa.WORDS, lsa.WEIGHTS, lsa.COMPONENTS])
def test_a_part_that_is_missing_cut_short_or_another_is_refused(tmp_path: Path, name: str) -> None:
    Lsa(dimension=8).fit(TEXTS).save(tmp_path)
    path = tmp_path / name
    data = path.read_bytes()
    other = Lsa(dimension=8).fit(SHIPS)
    (tmp_path / "other").mkdir()
    other.save(tmp_path / "other")
    wrong = [data[: len(data) // 2], b"", b"\x93NUMPY\x01\x00", b"[]"]
    if name != lsa.META:
        wrong.append((tmp_path / "other" / name).read_bytes())
    for content in wrong:
        path.write_bytes(content)
        with pytest.raises(CorruptIndexError, match="build the index again"):
            Lsa().load(tmp_path)
    path.unlink()
    with pytest.raises(CorruptIndexError, match="build the index again"):
        Lsa().load(tmp_path)


def test_an_array_of_objects_is_never_unpickled(tmp_path: Path) -> None:
    Lsa(dimension=8).fit(TEXTS).save(tmp_path)
    np.save(tmp_path / lsa.WEIGHTS, np.array([print], dtype=object), allow_pickle=True)
    with pytest.raises(CorruptIndexError):
        Lsa().load(tmp_path)


def test_an_index_brings_what_its_embedder_learned(tmp_path: Path) -> None:
    pytest.importorskip("faiss", reason="faiss-cpu is in the extra [dense]")
    with indexes.build(PASSAGES, tmp_path / "index", engine="hybrid", embedder="lsa?dimension=8") as index:
        assert index.info()["embedder"] == "lsa?dimension=8"
        found = [index.search(query, 5) for query in QUERIES]
    shutil.copytree(tmp_path / "index", tmp_path / "copy")
    with indexes.open(tmp_path / "copy") as copy:
        assert [copy.search(query, 5) for query in QUERIES] == found
    assert indexes.verify(tmp_path / "copy")["files"] > 4
    [components] = (tmp_path / "copy").rglob(lsa.COMPONENTS)
    data = bytearray(components.read_bytes())
    data[-1] ^= 1
    components.write_bytes(data)
    with pytest.raises(CorruptIndexError, match=lsa.COMPONENTS):
        indexes.open(tmp_path / "copy")


def test_passages_that_are_added_and_what_is_left_are_embedded_by_what_was_learned(tmp_path: Path) -> None:
    pytest.importorskip("faiss", reason="faiss-cpu is in the extra [dense]")
    indexes.build(PASSAGES, tmp_path / "index", engine="faiss", embedder="lsa?dimension=8").close()
    fingerprint = _fingerprint(tmp_path / "index")
    query = f"{PASSAGES[0].title} {PASSAGES[0].text}"
    indexes.add(tmp_path / "index", [Passage("new", PASSAGES[0].title, PASSAGES[0].text)])
    with indexes.open(tmp_path / "index") as index:
        assert {"new", PASSAGES[0].id} <= {hit.id for hit in index.search(query, 5)}
    indexes.delete(tmp_path / "index", [PASSAGES[1].id])
    indexes.compact(tmp_path / "index")
    with indexes.open(tmp_path / "index") as index:
        assert len(index) == len(PASSAGES)
        assert {"new", PASSAGES[0].id} <= {hit.id for hit in index.search(query, 5)}
    assert _fingerprint(tmp_path / "index") == fingerprint


def _fingerprint(folder: Path) -> str:
    return str(json.loads((folder / "manifest.json").read_text())["embedder_fingerprint"])


def test_ones_own_dimension_and_a_cache(tmp_path: Path) -> None:
    pytest.importorskip("faiss", reason="faiss-cpu is in the extra [dense]")
    options = {"engine": "faiss", "embedder": Lsa(dimension=4), "embedding_cache": tmp_path / "cache"}
    indexes.build(PASSAGES, tmp_path / "index", **options).close()
    with pytest.raises(InputError, match="embedder of your own"):
        indexes.open(tmp_path / "index")
    with indexes.open(tmp_path / "index", embedder=Lsa()) as index:
        assert index.search(PASSAGES[0].text, 1)
    with pytest.raises(IndexFolderError, match="must be searched with the embedder it was built with"):
        indexes.open(tmp_path / "index", embedder=CachedEmbedder(Lsa().fit(SHIPS), tmp_path / "cache"))


def test_a_corpus_that_can_be_read_once_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    pytest.importorskip("faiss", reason="faiss-cpu is in the extra [dense]")
    with pytest.raises(InputError, match="reads the corpus twice, but this one is an iterator"):
        indexes.build(iter(PASSAGES), tmp_path / "index", engine="faiss", embedder="lsa")
    assert list(tmp_path.iterdir()) == []


def test_its_name_takes_a_dimension_and_nothing_else() -> None:
    named = embedder_named("lsa?dimension=32")
    assert isinstance(named, CorpusEmbedder)
    assert not isinstance(named.fit(TEXTS), CorpusEmbedder)
    assert isinstance(named.fit(TEXTS), LsaEmbedder)
    for name, said in (
        ("lsa/large", "lsa has no models"),
        ("lsa?dimension=0", "between 1 and 4096"),
        ("lsa?dimension=x", "option dimension of embedder lsa must be int"),
        ("lsa?key=secret", "no option of that name"),
    ):
        with pytest.raises(InputError, match=said) as caught:
            embedder_named(name)
        assert "secret" not in str(caught.value)
