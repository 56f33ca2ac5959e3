from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexes.analyzers import ANALYZERS
from indexes.engines.faiss import ENGINE
from indexes.engines.nearest.choosing import FEW, choose
from indexes.errors import CorruptIndexError, InputError
from indexes.passage import Passage
from indexes.protocols import CompactingEngine, ExtensibleEngine, ForgettingEngine, Recipe, SelectiveReader

faiss = pytest.importorskip("faiss", reason="faiss-cpu is in the extras [dense] and [test]")

KINDS = ("flat", "ivf", "ivf_sq8", "ivf_rabitq", "hnsw")
COUNT, ADDED, DIMENSION = 2400, 600, 48
TOLERANCE = {"flat": 1e-5, "ivf": 1e-5, "hnsw": 1e-5, "ivf_sq8": 0.02, "ivf_rabitq": 0.02}


def unit(rows: Any) -> Any:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def points(count: int, seed: int) -> Any:
    """About sixty places, spread in ten directions around each."""
    world = np.random.default_rng(0)
    places, directions = world.standard_normal((60, DIMENSION)), world.standard_normal((60, 10, DIMENSION))
    chance = np.random.default_rng(seed)
    homes = chance.integers(0, 60, count)
    along = 0.3 * chance.standard_normal((count, 10))
    return unit(places[homes] + np.einsum("ij,ijk->ik", along, directions[homes]))


ROWS, NEW, ASKED = points(COUNT, 1), points(ADDED, 2), points(200, 3)
ALL = np.concatenate([ROWS, NEW])


class Ready:
    """An embedder whose vectors lie ready: text "17" has row 17, and query "ask 3" the third of others."""

    fingerprint = "ready:1"
    dimension = DIMENSION

    def __init__(self, rows: Any = ALL) -> None:
        self.rows = rows
        self.dimension = rows.shape[1]

    def embed_passages(self, texts: Sequence[str]) -> Any:
        return self.rows[[int(text) for text in texts]]

    def embed_queries(self, texts: Sequence[str]) -> Any:
        return np.stack([self._query(text) for text in texts])

    def _query(self, text: str) -> Any:
        if text.startswith("ask "):
            return ASKED[int(text[4:])]
        return self.rows[int(text)] + 0.02 * np.cos(np.arange(self.dimension) * (1 + int(text)))


def recipe(kind: str, embedder: Any = None, **parameters: Any) -> Recipe:
    chosen = ENGINE.parameters({"kind": kind, **parameters})
    return Recipe(ANALYZERS.get("english"), embedder or Ready(), chosen)


def fill(writer: Any, numbers: range) -> None:
    for number in numbers:
        writer.add(Passage(str(number), "", str(number)))
    writer.finish()


def store(count: int) -> Any:
    return range(count)  # an engine asks a store for its length alone


def reader_of(folder: Path, kind: str, count: int = COUNT, embedder: Any = None) -> Any:
    return ENGINE.open(folder, recipe(kind, embedder), store(count))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A folder with the first passages in it, of the kind asked for; made once, and not to be changed."""
    made: dict[str, Path] = {}

    def of(kind: str) -> Path:
        if kind not in made:
            made[kind] = tmp_path_factory.mktemp(kind)
            fill(ENGINE.create(made[kind], recipe(kind)), range(COUNT))
        return made[kind]

    return of


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def reader(kind: str, built: Callable[[str], Path]) -> Any:
    reader = reader_of(built(kind), kind)
    yield reader
    reader.close()


def recall(reader: Any, rows: Any) -> float:
    found = [{ordinal for ordinal, _ in reader.search(f"ask {number}", 10)} for number in range(len(ASKED))]
    best = np.argsort(-(ASKED @ rows.T), axis=1)[:, :10]
    return float(np.mean([len(one & set(ten.tolist())) / 10 for one, ten in zip(found, best, strict=True)]))


def test_each_kind_finds_what_was_asked_for_of_the_exact_ten_best(kind: str, reader: Any) -> None:
    facts = reader.facts()
    assert facts["kind"] == kind
    if kind != "flat":
        measured = facts["recall"]
        assert measured["asked"] == 0.98
        assert measured["measured"] == min(measured["snippets"], measured["vectors"]) >= 0.98
    assert recall(reader, ROWS) >= (1.0 if kind == "flat" else 0.96)  # 200 queries that building never saw


def test_scores_are_cosines_and_the_engine_tells_their_metric_and_norms(kind: str, reader: Any) -> None:
    for number in range(20):
        for ordinal, score in reader.search(f"ask {number}", 10):
            assert score == pytest.approx(float(ASKED[number] @ ROWS[ordinal]), abs=TOLERANCE[kind])
    facts = reader.facts()
    assert facts["metric"] == "cosine"
    assert facts["norms"] == pytest.approx([1, 1], abs=1e-5)
    assert json.loads(json.dumps(facts)) == facts


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers(0, 199), k=st.integers(1, 100), fewer=st.integers(1, 100))
def test_the_best_j_of_up_to_a_hundred_are_the_search_for_j(reader: Any, number: int, k: int, fewer: int) -> None:
    k, j = max(k, fewer), min(k, fewer)
    whole = reader.search(f"ask {number}", k)
    assert len(whole) == k
    assert reader.search(f"ask {number}", j) == whole[:j]


@pytest.mark.parametrize("k", [101, 500, COUNT - 1, COUNT])
def test_any_k_is_filled_with_different_passages_best_first(reader: Any, k: int) -> None:
    found = reader.search("ask 0", k)
    assert len(found) == k == len({ordinal for ordinal, _ in found})
    assert found == sorted(found, key=lambda hit: (-hit[1], hit[0]))
    assert all(0 <= ordinal < COUNT for ordinal, _ in found)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers(0, 199), share=st.floats(0, 1), seed=st.integers(0, 99), k=st.integers(1, 150))
def test_a_filter_lets_nothing_else_through_and_is_filled(
    kind: str, reader: Any, number: int, share: float, seed: int, k: int
) -> None:
    assert isinstance(reader, SelectiveReader)
    allowed = np.random.default_rng(seed).random(COUNT) < share
    found = reader.search_within(f"ask {number}", k, allowed)
    assert all(allowed[ordinal] for ordinal, _ in found)
    assert len(found) == min(k, int(allowed.sum()))
    exact = np.sort((ROWS @ ASKED[number])[allowed])[::-1][: len(found)]
    assert [score for _, score in found] == pytest.approx(exact.tolist(), abs=2 * TOLERANCE[kind])


def test_a_filter_that_lets_many_through_looks_into_more_lists(
    kind: str, reader: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexes.engines.nearest.reader.FEW_ALLOWED", 0)
    allowed = np.arange(COUNT) % 2 == 0
    hits = 0
    for number in range(50):
        found = reader.search_within(f"ask {number}", 10, allowed)
        assert len(found) == 10
        assert all(allowed[ordinal] for ordinal, _ in found)
        exact = np.argsort(-np.where(allowed, ROWS @ ASKED[number], -9))[:10]
        hits += len({ordinal for ordinal, _ in found} & set(exact.tolist()))
    assert hits >= 0.96 * 500


def linked(folder: Path, to: Path) -> Path:
    to.mkdir()
    for path in folder.iterdir():
        os.link(path, to / path.name)
    return to


def test_what_is_added_later_is_found_like_the_rest(kind: str, built: Callable[[str], Path], tmp_path: Path) -> None:
    assert isinstance(ENGINE, ExtensibleEngine)
    assert isinstance(ENGINE, ForgettingEngine)
    before = {path.name: path.read_bytes() for path in built(kind).iterdir()}
    folder = linked(built(kind), tmp_path / "next")
    fill(ENGINE.extend(folder, recipe(kind), store(COUNT)), range(COUNT, COUNT + ADDED))
    assert {path.name: path.read_bytes() for path in built(kind).iterdir()} == before
    assert not list(folder.glob("*.new"))
    whole = tmp_path / "whole"
    whole.mkdir()
    fill(ENGINE.create(whole, recipe(kind)), range(COUNT + ADDED))
    extended, rebuilt = (reader_of(place, kind, COUNT + ADDED) for place in (folder, whole))
    if kind == "flat":
        for number in range(50):
            assert extended.search(f"ask {number}", 30) == rebuilt.search(f"ask {number}", 30)
    assert recall(extended, ALL) >= (1.0 if kind == "flat" else 0.96)
    assert len(extended.search("ask 0", COUNT + ADDED)) == COUNT + ADDED
    assert extended.state.vectors == COUNT + ADDED
    extended.close()
    rebuilt.close()


def test_an_index_that_outgrows_its_kind_is_laid_out_anew(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    folder.mkdir()
    fill(ENGINE.create(folder, recipe("ivf_rabitq")), range(FEW - 1))
    few = reader_of(folder, "ivf_rabitq", FEW - 1)
    assert few.facts()["kind"] == "flat"
    assert "fewer than" in few.facts()["why"]
    few.close()
    fill(ENGINE.extend(folder, recipe("ivf_rabitq"), store(FEW - 1)), range(FEW - 1, COUNT))
    more = reader_of(folder, "ivf_rabitq")
    assert more.facts()["kind"] == "ivf_rabitq"
    assert not (folder / "vectors.f32").exists()
    assert recall(more, ROWS) >= 0.96
    more.close()


def test_adding_nothing_changes_nothing(kind: str, built: Callable[[str], Path], tmp_path: Path) -> None:
    folder = linked(built(kind), tmp_path / "next")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    fill(ENGINE.extend(folder, recipe(kind), store(COUNT)), range(0))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_compacting_keeps_the_vectors_that_stay_and_embeds_none(
    kind: str, built: Callable[[str], Path], tmp_path: Path
) -> None:
    class Mute(Ready):
        def embed_passages(self, texts: Sequence[str]) -> Any:
            raise AssertionError(f"{len(texts)} passages are embedded again")

    assert isinstance(ENGINE, CompactingEngine)
    passages = [Passage(str(number), "", str(number)) for number in range(COUNT)]
    kept = np.flatnonzero(np.arange(COUNT) % 3 != 0).astype(np.uint32)
    before = {path.name: path.read_bytes() for path in built(kind).iterdir()}
    new = tmp_path / "new"
    new.mkdir()
    ENGINE.compact(built(kind), new, recipe(kind, Mute()), passages, kept)
    assert {path.name: path.read_bytes() for path in built(kind).iterdir()} == before
    assert {path.name for path in new.iterdir()} == set(before)
    left = ROWS[kept]
    reader = reader_of(new, kind, len(kept))
    assert recall(reader, left) >= (1.0 if kind == "flat" else 0.96)
    for number in range(20):
        for ordinal, score in reader.search(f"ask {number}", 10):
            assert score == pytest.approx(float(ASKED[number] @ left[ordinal]), abs=2 * TOLERANCE[kind])
    assert reader.facts()["norms"] == pytest.approx([1, 1], abs=1e-5)
    reader.close()


def test_auto_chooses_by_size_and_memory_and_says_why() -> None:
    def auto(vectors: int, **parameters: Any) -> tuple[str, str]:
        return choose(ENGINE.parameters(parameters), vectors, 384)

    assert auto(20_000)[0] == "flat"
    assert "exactly" in auto(20_000)[1]
    assert auto(20_000, memory_mb=20)[0] == "ivf_rabitq"
    assert "31 MB are more than the 20 allowed" in auto(20_000, memory_mb=20)[1]
    assert auto(100_000)[0] == "ivf_rabitq"
    assert "154 MB would be too slow" in auto(100_000)[1]
    assert auto(100_000, kind="hnsw") == ("hnsw", "asked for")
    assert auto(999, kind="hnsw")[0] == "flat"


@pytest.mark.parametrize("wrong", [{"recall": 1.0}, {"recall": 0.1}, {"recall": True}, {"memory_mb": 0}, {"kind": 3}])
def test_parameters_that_cannot_be_used_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        ENGINE.parameters(wrong)


def test_more_recall_takes_more_effort(tmp_path: Path) -> None:
    efforts = []
    for asked in (0.6, 0.99):
        folder = tmp_path / str(asked)
        folder.mkdir()
        fill(ENGINE.create(folder, recipe("ivf", recall=asked)), range(COUNT))
        reader = reader_of(folder, "ivf")
        assert reader.facts()["recall"]["measured"] >= asked
        efforts.append(reader.facts()["effort"]["probes"])
        reader.close()
    assert efforts[0] < efforts[1]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("same", [0.0, 1.0])
def test_vectors_that_are_all_the_same_are_found_in_order(kind: str, same: float, tmp_path: Path) -> None:
    rows = np.full((1500, 16), same, dtype=np.float32)
    rows[0] = np.arange(1, 17)
    embedder = Ready(rows)
    fill(ENGINE.create(tmp_path, recipe(kind, embedder)), range(1500))
    reader = reader_of(tmp_path, kind, 1500, embedder)
    found = reader.search("0", 1500)
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True)
    assert all(first[1] > second[1] or first[0] < second[0] for first, second in pairwise(found))
    assert reader.facts()["zeros"] == (1499 if same == 0 else 0)
    if same == 0:
        assert scores[1] == pytest.approx(0, abs=0.02)
    reader.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_searching_and_adding_in_a_forked_process_does_not_hang(
    kind: str, built: Callable[[str], Path], tmp_path: Path
) -> None:
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(4)
    try:
        faiss.knn(ASKED, ROWS, 3)  # the threads of this process are there now
        reader = reader_of(built(kind), kind)
        expected = reader.search("ask 1", 10)
        folder = linked(built(kind), tmp_path / "next")
        child = os.fork()
        if child == 0:
            status = 1
            try:
                same = reader.search("ask 1", 10) == expected
                fill(ENGINE.extend(folder, recipe(kind), store(COUNT)), range(COUNT, COUNT + 300))
                status = 0 if same else 2
            finally:
                os._exit(status)
        assert os.waitpid(child, 0)[1] == 0
        reader.close()
    finally:
        faiss.omp_set_num_threads(threads)


def test_damage_is_an_error_or_does_no_harm_even_where_no_checksum_was_compared(
    kind: str, built: Callable[[str], Path], tmp_path: Path
) -> None:
    """The index's manifest finds any damage; the engine alone must not crash the interpreter over it."""
    folder = tmp_path / "index"
    shutil.copytree(built(kind), folder)
    chance = random.Random(kind)
    files = sorted(folder.iterdir())
    for _ in range(80):
        path = chance.choice(files)
        good = path.read_bytes()
        at = chance.randrange(len(good))
        flipped = chance.choice([good[at] ^ (1 << chance.randrange(8)), 0, 255])
        path.write_bytes(good[:at] + bytes([flipped]) + good[at + 1 :])
        with suppress(CorruptIndexError):
            reader = reader_of(folder, kind)
            for number in range(5):
                assert all(0 <= ordinal < COUNT for ordinal, _ in reader.search(f"ask {number}", 10))
                reader.search_within(f"ask {number}", 10, np.arange(COUNT) % 3 == 0)
            reader.close()
        path.write_bytes(good)


def test_files_that_are_cut_off_missing_or_too_long_are_refused_by_name(
    kind: str, built: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    shutil.copytree(built(kind), folder)
    for path in sorted(folder.iterdir()):
        good = path.read_bytes()
        for bad in (good[:-2], good + b"\0", b""):
            path.write_bytes(bad)
            with pytest.raises(CorruptIndexError, match=path.name.replace(".", r"\.")):
                reader_of(folder, kind)
        path.unlink()
        with pytest.raises(CorruptIndexError, match=path.name.replace(".", r"\.")):
            reader_of(folder, kind)
        path.write_bytes(good)
    reader_of(folder, kind).close()


def test_another_number_of_passages_or_dimension_is_refused(kind: str, built: Callable[[str], Path]) -> None:
    with pytest.raises(CorruptIndexError, match=r"must tell of 5 vectors, but tells of 2400"):
        reader_of(built(kind), kind, 5)
    with pytest.raises(CorruptIndexError, match="must hold 5 vectors"):
        ENGINE.extend(built(kind), recipe(kind), store(5))
    with pytest.raises(InputError, match=r"vectors of 48 numbers, but ready:1 gives 16"):
        reader_of(built(kind), kind, embedder=Ready(np.ones((3, 16), dtype=np.float32)))


def test_links_that_lead_out_of_the_graph_are_refused(built: Callable[[str], Path], tmp_path: Path) -> None:
    folder = tmp_path / "index"
    shutil.copytree(built("hnsw"), folder)
    links = np.fromfile(folder / "links.i32", dtype="<i4")
    levels = np.fromfile(folder / "levels.i32", dtype="<i4")
    high, low = int(np.flatnonzero(levels[:-1] > 1)[0]), int(np.flatnonzero(levels[:-1] == 1)[0])
    start = int((levels[:high].astype(np.int64) + 1).sum()) * 32
    for place, target, said in ((7, COUNT, "beyond"), (7, -2, "beyond"), (start + 64, low, "stand so high")):
        changed = links.copy()
        changed[place] = target
        changed.tofile(folder / "links.i32")
        with pytest.raises(CorruptIndexError, match=said):
            reader_of(folder, "hnsw")
    links.tofile(folder / "links.i32")
    for changed_levels in (
        np.append(levels[:-1], COUNT),
        np.append(levels[:-1], low),
        np.where(levels == 1, 0, levels),
    ):
        changed_levels.astype("<i4").tofile(folder / "levels.i32")
        with pytest.raises(CorruptIndexError, match=r"levels\.i32"):
            reader_of(folder, "hnsw")


@pytest.mark.parametrize("kind", ["ivf", "ivf_sq8", "ivf_rabitq"])
def test_ordinals_that_no_passage_has_are_never_given(kind: str, built: Callable[[str], Path], tmp_path: Path) -> None:
    folder = tmp_path / "index"
    shutil.copytree(built(kind), folder)
    data = (folder / "lists.bin").read_bytes()
    for wrong in (COUNT, -5, -1, 1 << 40):
        damaged = data
        for ordinal in range(COUNT):
            damaged = damaged.replace(ordinal.to_bytes(8, "little"), wrong.to_bytes(8, "little", signed=True))
        (folder / "lists.bin").write_bytes(damaged)
        with pytest.raises(CorruptIndexError, match="index"):
            reader_of(folder, kind).search("ask 0", 10)
