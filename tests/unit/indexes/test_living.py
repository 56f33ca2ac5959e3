"""Any changes, in any order, make the index that a build of the passages that are left makes: for every engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import indexes
from indexes import Passage
from indexes.changing import FEWEST_LEFT
from indexes.embedders.hashing import HashingEmbedder
from indexes.errors import CorruptIndexError, DuplicateIdError, IndexFolderError, InputError, NotAnIndexError
from indexes.testing import same_hits

ENGINES: dict[str, dict[str, Any]] = {
    "bm25": {"engine": "bm25"},
    "rank_bm25": {"engine": "rank_bm25"},
    "hybrid": {"engine": "hybrid", "dense": "rank_bm25"},
    "link_hop": {"engine": "link_hop"},
    "faiss": {"engine": "faiss", "embedder": "hashing"},
    "link_hop over hybrid": {"engine": "link_hop", "over": "hybrid", "embedder": "hashing"},
}
WORDS = ("novel", "village", "writer", "born", "lighthouse", "Emma", "the", "1815", "long " * 30, "z" * 300)
IDS = [f"id {number}" for number in range(8)] + ["é", "\ud800", ""]

texts = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)
passages = st.builds(Passage, st.sampled_from(IDS), texts, texts)
changes = st.one_of(
    st.tuples(st.just("add"), st.lists(passages, min_size=1, max_size=5, unique_by=lambda passage: passage.id)),
    st.tuples(st.just("update"), st.lists(passages, min_size=1, max_size=5, unique_by=lambda passage: passage.id)),
    st.tuples(st.just("delete"), st.lists(st.sampled_from(IDS), min_size=1, max_size=5, unique=True)),
    st.tuples(st.just("compact"), st.just([])),
)


@pytest.fixture(params=ENGINES)
def options(request: pytest.FixtureRequest) -> dict[str, Any]:
    chosen = ENGINES[request.param]
    if "embedder" in chosen:
        pytest.importorskip("faiss", reason="faiss-cpu is in the extra [dense]")
    return chosen


class Model:
    """What the index should hold: passages by id, in the order of indexing."""

    def __init__(self, folder: Path, first: list[Passage]) -> None:
        self.folder = folder
        self.left = {passage.id: passage for passage in first}

    def change(self, how: str, what: list[Any]) -> None:
        """Change the index, or see it refuse."""
        if how == "compact":
            indexes.compact(self.folder)
        elif how == "delete":
            self._delete(what)
        elif how == "update":
            done = indexes.update(self.folder, what)
            assert done.replaced == sum(self.left.pop(passage.id, None) is not None for passage in what)
            self.left.update({passage.id: passage for passage in what})
        elif any(passage.id in self.left for passage in what):
            with pytest.raises(DuplicateIdError):
                indexes.add(self.folder, what)
        else:
            assert indexes.add(self.folder, what).added == len(what)
            self.left.update({passage.id: passage for passage in what})

    def _delete(self, ids: list[str]) -> None:
        there = [identifier for identifier in ids if identifier in self.left]
        if len(there) in (0, len(self.left)) or len(there) < len(ids):
            if len(there) < len(self.left):
                assert indexes.delete(self.folder, ids, missing_ok=True).deleted == len(there)
            else:
                with pytest.raises(InputError):
                    indexes.delete(self.folder, ids, missing_ok=True)
                return
        else:
            assert indexes.delete(self.folder, ids).deleted == len(ids)
        for identifier in there:
            del self.left[identifier]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    first=st.lists(passages, min_size=1, max_size=6, unique_by=lambda passage: passage.id),
    steps=st.lists(changes, min_size=1, max_size=6),
    query=texts,
)
def test_any_changes_equal_a_rebuild(
    options: dict[str, Any], first: list[Passage], steps: list[tuple[str, list[Any]]], query: str
) -> None:
    with TemporaryDirectory() as folder:
        model = Model(Path(folder) / "living", first)
        indexes.build(first, model.folder, **options).close()
        for how, what in steps:
            model.change(how, what)
        left = list(model.left.values())
        with indexes.open(model.folder) as living, indexes.build(left, Path(folder) / "again", **options) as rebuilt:
            assert list(living.passages()) == left
            for question in (query, "Emma the novel", "long village lighthouse"):
                for k in (1, 3, 20):
                    got, expected = living.search(question, k), rebuilt.search(question, k)
                    assert same_hits(got, expected), (got, expected)
        indexes.verify(model.folder)


def many(count: int, first: int = 0) -> list[Passage]:
    """Passages in which every word has a frequency of its own."""
    return [
        Passage(f"{number}", f"Title {number % 7}", " ".join(f"w{number % step}" for step in range(2, 40)))
        for number in range(first, first + count)
    ]


def test_scores_are_exact_where_most_were_deleted_and_lengths_differ(tmp_path: Path) -> None:
    long = [Passage(f"long {number}", "", "w1 w0 filler " * (40 + number)) for number in range(60)]
    short = many(40)
    indexes.build([*long, *short], tmp_path / "living").close()
    indexes.delete(tmp_path / "living", [passage.id for passage in long[5:]])
    with indexes.open(tmp_path / "living") as living, indexes.build([*long[:5], *short], tmp_path / "again") as again:
        assert living.info()["deleted"] == 55
        assert living.info()["compaction_advised"]
        for query in ("w1 w0 filler", "w3 title w20", "filler", "w1 " * 5 + "w2"):
            for k in (1, 5, 20, 45):
                assert same_hits(living.search(query, k), again.search(query, k), tolerance=1e-5)


def test_while_few_are_deleted_scores_are_exact_without_reading_the_candidates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from indexes.engines.bm25 import Bm25Candidates

    indexes.build(many(50), tmp_path / "living").close()
    indexes.delete(tmp_path / "living", ["7", "11", "30"])
    left = [passage for passage in many(50) if passage.id not in ("7", "11", "30")]
    monkeypatch.delattr(Bm25Candidates, "analysis")
    with indexes.open(tmp_path / "living") as living, indexes.build(left, tmp_path / "again") as again:
        for query in ("w1 w0", "w3 title w20", "w5 " * 5 + "w2"):
            for k in (1, 5, 20, 45):
                assert same_hits(living.search(query, k), again.search(query, k), tolerance=1e-5)


def test_where_hardly_any_are_left_the_few_are_indexed_anew(tmp_path: Path) -> None:
    indexes.build(many(400), tmp_path / "living").close()
    indexes.delete(tmp_path / "living", [str(number) for number in range(397)])
    with indexes.open(tmp_path / "living") as living:
        assert FEWEST_LEFT * 400 > 3
        assert (len(living), living.info()["deleted"]) == (3, 0)
        assert [hit.id for hit in living.search("title", 9)] == ["397", "398", "399"]


def test_small_parts_are_merged_so_that_there_are_never_many(tmp_path: Path) -> None:
    indexes.build(many(20), tmp_path / "living").close()
    for step in range(17):
        indexes.add(tmp_path / "living", many(1, 20 + step))
    with indexes.open(tmp_path / "living") as living:
        assert living.info()["parts"] <= 3
        assert list(living.passages()) == many(37)
        [files] = [list(path.rglob("*")) for path in (tmp_path / "living").glob("gen-*")]
        assert not [path for path in files if path.name.endswith((".merging", ".new"))]


def test_a_file_is_added_with_its_bad_records_counted(tmp_path: Path) -> None:
    indexes.build(many(2), tmp_path / "living").close()
    (tmp_path / "more.jsonl").write_text('{"id": "x", "title": "X", "text": "a xylophone"}\nnonsense\n')
    told: list[tuple[int, int | None]] = []
    done = indexes.add(
        tmp_path / "living", tmp_path / "more.jsonl", skip_bad=1, progress=lambda *word: told.append(word)
    )
    assert (done, told) == (indexes.Change(1, 0, 0, 3), [(1, 1)])
    with indexes.open(tmp_path / "living") as living:
        assert living.info()["skipped"] == 1
        assert living.search("xylophone", 1)[0].id == "x"


def test_what_is_no_index_is_not_changed_or_made_one(tmp_path: Path) -> None:
    for change in (indexes.add, indexes.update, indexes.delete):
        with pytest.raises(NotAnIndexError):
            change(tmp_path, many(1) if change is not indexes.delete else ["1"])
        with pytest.raises(NotAnIndexError):
            change(tmp_path / "nowhere", many(1) if change is not indexes.delete else ["1"])
    with pytest.raises(NotAnIndexError):
        indexes.compact(tmp_path)
    with pytest.raises(NotAnIndexError):
        indexes.snapshot(tmp_path, tmp_path / "snapshot")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ids", ["abc", 3, [3], None])
def test_ids_that_are_no_strings_are_refused(tmp_path: Path, ids: Any) -> None:
    indexes.build(many(2), tmp_path / "living").close()
    with pytest.raises(InputError, match="must be a"):
        indexes.delete(tmp_path / "living", ids)


def test_a_snapshot_is_no_index_within_itself(tmp_path: Path) -> None:
    indexes.build(many(2), tmp_path / "living").close()
    with pytest.raises(InputError, match="a place of its own"):
        indexes.snapshot(tmp_path / "living", tmp_path / "living" / ".." / "living")


def test_another_embedder_than_the_one_it_was_built_with_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("faiss", reason="faiss-cpu is in the extra [dense]")
    indexes.build(many(3), tmp_path / "living", engine="faiss", embedder=HashingEmbedder(dimension=64)).close()
    other = HashingEmbedder(dimension=128)
    for change in (
        lambda: indexes.add(tmp_path / "living", many(1, 3), embedder=other),
        lambda: indexes.delete(tmp_path / "living", ["1"], embedder=other),
        lambda: indexes.compact(tmp_path / "living", embedder=other),
        lambda: indexes.open(tmp_path / "living", embedder=other),
    ):
        with pytest.raises(IndexFolderError, match="must be searched with the embedder it was built with"):
            change()
    assert indexes.add(tmp_path / "living", many(1, 3), embedder=HashingEmbedder(dimension=64)).passages == 4


class Counting(HashingEmbedder):
    """Counts the passages it embeds."""

    embedded = 0

    def embed_passages(self, texts: Sequence[str]) -> Any:
        self.embedded += len(texts)
        return super().embed_passages(texts)


@pytest.mark.parametrize("engine", ["faiss", "hybrid"])
def test_no_passage_is_embedded_twice(tmp_path: Path, engine: str) -> None:
    pytest.importorskip("faiss", reason="faiss-cpu is in the extra [dense]")
    embedder = Counting(dimension=64)
    indexes.build(many(30), tmp_path / "living", engine=engine, embedder=embedder).close()
    indexes.add(tmp_path / "living", many(3, 30), embedder=embedder)
    indexes.delete(tmp_path / "living", ["3", "31"], embedder=embedder)
    indexes.compact(tmp_path / "living", embedder=embedder)
    assert embedder.embedded == 33
    left = [passage for passage in many(33) if passage.id not in ("3", "31")]
    with (
        indexes.open(tmp_path / "living", embedder=embedder) as living,
        indexes.build(left, tmp_path / "again", engine=engine, embedder=embedder) as again,
    ):
        for query in ("w1 title", "w7 w20 w31"):
            assert same_hits(living.search(query, 40), again.search(query, 40), tolerance=1e-6)


def test_an_engine_that_knows_nothing_of_changes_is_built_anew(tmp_path: Path) -> None:
    from indexes import engines
    from indexes.engines.rank_bm25 import RankBm25

    class Plain:
        """An engine with nothing but what every engine has."""

        name = "plain"

        def __init__(self) -> None:
            inner = RankBm25()
            self.parameters, self.embeds = inner.parameters, inner.embeds
            self.create, self.open = inner.create, inner.open

    engines.ENGINES.register("plain", Plain())
    try:
        left = many(9)
        for options in ({"engine": "plain"}, {"engine": "link_hop", "over": "plain"}):
            folder = tmp_path / options["engine"]
            indexes.build(left, folder, **options).close()
            indexes.add(folder, many(3, 9))
            indexes.delete(folder, ["2", "4"])
            indexes.update(folder, [Passage("0", "Newer", "w0 w1 newer")])
            with indexes.open(folder) as index:
                assert index.info()["deleted"] == 0
                assert index.search("newer", 1)[0].id == "0"
                assert len(index) == 10
    finally:
        engines.ENGINES._loaded.pop("plain")


def test_an_engine_that_writes_into_a_shared_file_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from indexes.engines.rank_bm25 import FILE, RankBm25Writer

    def in_place(self: RankBm25Writer) -> None:
        self._file.close()
        with self._path.open("ab") as file:
            file.write(self._draft.read_bytes()[file.tell() :])
        self._draft.unlink()

    indexes.build(many(9), tmp_path / "living", engine="rank_bm25").close()
    monkeypatch.setattr(RankBm25Writer, "finish", in_place)
    with pytest.raises(CorruptIndexError, match="only ever replaced"):
        indexes.add(tmp_path / "living", many(3, 9))
    with pytest.raises(CorruptIndexError, match=FILE):
        indexes.open(tmp_path / "living")


@pytest.fixture
def without_hard_links(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(self: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuses)


@pytest.mark.usefixtures("without_hard_links")
def test_where_there_are_no_hard_links_files_are_copied(tmp_path: Path) -> None:
    indexes.build(many(9), tmp_path / "living").close()
    indexes.add(tmp_path / "living", many(3, 9))
    indexes.delete(tmp_path / "living", ["2"])
    indexes.snapshot(tmp_path / "living", tmp_path / "snapshot")
    for name in ("living", "snapshot"):
        indexes.verify(tmp_path / name)
        with indexes.open(tmp_path / name) as index:
            assert len(index) == 11
