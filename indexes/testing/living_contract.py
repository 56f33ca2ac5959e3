"""`LivingContract`: the laws of an index that changes, as tests; a part of `IndexContract`."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

import indexes
from indexes.errors import CorpusError, DuplicateIdError, IndexLockedError, InputError
from indexes.folder_index import FolderIndex
from indexes.passage import Hit, Passage
from indexes.testing.damage import damage, expected_of, opened
from indexes.testing.samples import PASSAGES, QUERIES

ADDED = (
    Passage("persuasion", "Persuasion (novel)", "Persuasion is the last novel that Jane Austen completed."),
    Passage("twin d", "Twin", "Two passages that are the same but for their ids."),
    Passage("blank", "", ""),
)
NEWER = (
    Passage("emma", "Emma (novel)", "Emma, of 1815, is about a matchmaker in the village of Highbury, who is a twin."),
    Passage("orlando", "Orlando: A Biography", "A novel of 1928 by Virginia Woolf, born in London."),
)
GONE = ("twin b", "operators", "woolf", "emoji")


def same_hits(got: Sequence[Hit], expected: Sequence[Hit], tolerance: float = 1e-4) -> bool:
    """Whether these are the same passages with the same scores, and in the same order but where scores are equal."""
    if len(got) != len(expected):
        return False
    margin = tolerance * max((1.0, *(abs(hit.score) for hit in expected)))
    scores = {hit.id: hit.score for hit in expected}
    last = expected[-1].score if expected else 0.0  # of those that tie with the last, any may be there
    return all(abs(a.score - b.score) <= margin for a, b in zip(got, expected, strict=True)) and all(
        abs(hit.score - scores.get(hit.id, last)) <= margin for hit in got
    )


class LivingContract:
    """What an index gives after changes is what one gives that is built from the passages that are left.

    `exact` says that this holds to the last hit: that what is found depends on the passages alone, not on chance or
    on what an approximate search was trained with.
    """

    exact: ClassVar[bool] = True

    def build(self, passages: Any, to: Path, **options: Any) -> FolderIndex:
        raise NotImplementedError

    @pytest.fixture
    def changed(self, tmp_path: Path) -> Path:
        """An index of PASSAGES that is there to be changed."""
        self.build(PASSAGES, tmp_path / "changed").close()
        return tmp_path / "changed"

    def assert_equal_to_a_rebuilt_one(self, folder: Path, passages: Sequence[Passage], again: Path) -> None:
        with indexes.open(folder) as living, self.build(passages, again) as rebuilt:
            assert list(living.passages()) == list(passages)
            assert len(living) == len(passages) == living.info()["passages"]
            for query in QUERIES:
                for k in (1, 3, len(PASSAGES), 10**6):
                    got, expected = living.search(query, k), rebuilt.search(query, k)
                    assert [hit.rank for hit in got] == list(range(1, len(got) + 1))
                    assert all(hit.passage in passages for hit in got)
                    assert same_hits(got, expected) or not self.exact, (query, k, got, expected)
        indexes.verify(folder)

    def test_what_is_added_is_found_as_if_it_had_always_been_there(self, changed: Path, tmp_path: Path) -> None:
        done = indexes.add(changed, ADDED)
        assert (done.added, done.passages) == (len(ADDED), len(PASSAGES) + len(ADDED))
        self.assert_equal_to_a_rebuilt_one(changed, [*PASSAGES, *ADDED], tmp_path / "again")

    def test_passages_added_one_by_one_are_as_if_added_at_once(self, changed: Path, tmp_path: Path) -> None:
        more = [Passage(f"more {number}", f"Volume {number}", f"novel {number % 3} of a cycle") for number in range(9)]
        for passage in more:
            indexes.add(changed, [passage])
        self.assert_equal_to_a_rebuilt_one(changed, [*PASSAGES, *more], tmp_path / "again")

    def test_what_is_deleted_counts_in_no_score(self, changed: Path, tmp_path: Path) -> None:
        done = indexes.delete(changed, GONE)
        assert (done.deleted, done.passages) == (len(GONE), len(PASSAGES) - len(GONE))
        left = [passage for passage in PASSAGES if passage.id not in GONE]
        self.assert_equal_to_a_rebuilt_one(changed, left, tmp_path / "again")

    def test_an_update_replaces_what_has_its_id_and_adds_the_rest(self, changed: Path, tmp_path: Path) -> None:
        done = indexes.update(changed, NEWER)
        assert (done.added, done.replaced, done.passages) == (1, 1, len(PASSAGES) + 1)
        self.assert_equal_to_a_rebuilt_one(changed, [*PASSAGES[1:], *NEWER], tmp_path / "again")

    def test_changes_one_after_another_and_compacting_them(self, changed: Path, tmp_path: Path) -> None:
        indexes.delete(changed, GONE)
        indexes.add(changed, ADDED)
        indexes.update(changed, NEWER)
        indexes.delete(changed, ["blank", "austen"])
        indexes.add(changed, [passage for passage in PASSAGES if passage.id in GONE])
        gone = {*GONE, "emma", "austen"}
        left = [passage for passage in PASSAGES if passage.id not in gone] + [*ADDED[:2], *NEWER]
        left += [passage for passage in PASSAGES if passage.id in GONE]
        self.assert_equal_to_a_rebuilt_one(changed, left, tmp_path / "again")
        indexes.compact(changed)
        self.assert_equal_to_a_rebuilt_one(changed, left, tmp_path / "again")
        with indexes.open(changed) as compacted, indexes.open(tmp_path / "again") as rebuilt:
            same = ("passages", "deleted", "parts", "corpus_digest")
            assert [compacted.info()[key] for key in same] == [rebuilt.info()[key] for key in same]

    def test_a_filter_over_a_changed_index_gives_only_what_is_left(self, changed: Path) -> None:
        indexes.add(changed, ADDED)
        indexes.delete(changed, ["twin a", "twin c"])
        with indexes.open(changed) as index:
            hits = index.search("the same passages twin ids", 10**6, where={"title": "Twin"})
        assert {hit.id for hit in hits} == {"twin b", "twin d"}

    def test_an_id_that_is_there_is_refused_and_nothing_is_changed(self, changed: Path) -> None:
        before = _bytes_of(changed)
        with pytest.raises(DuplicateIdError, match='"austen" is in'):
            indexes.add(changed, [ADDED[0], PASSAGES[1]])
        with pytest.raises(DuplicateIdError, match=r'"blank".*passages 1 and 3'):
            indexes.update(changed, [ADDED[2], ADDED[1], ADDED[2]])
        with pytest.raises(InputError, match='"no such" is not in'):
            indexes.delete(changed, ["emma", "no such"])
        with pytest.raises(InputError, match="at least one"):
            indexes.delete(changed, [passage.id for passage in PASSAGES])
        with pytest.raises(CorpusError, match="at least one"):
            indexes.add(changed, [])
        assert indexes.delete(changed, ["no such"], missing_ok=True).deleted == 0
        assert _bytes_of(changed) == before

    def test_a_change_that_fails_leaves_the_index_as_it_was(self, changed: Path) -> None:
        before = _bytes_of(changed)

        def breaks() -> Iterator[Passage]:
            yield ADDED[0]
            raise KeyboardInterrupt

        for change in (indexes.add, indexes.update):
            with pytest.raises(KeyboardInterrupt):
                change(changed, breaks())
        assert _bytes_of(changed) == before

    def test_a_reader_keeps_what_it_opened_until_it_asks_for_newer(self, changed: Path) -> None:
        with indexes.open(changed) as reader:
            before = [reader.search(query, 9) for query in QUERIES]
            assert reader.refresh() is reader
            indexes.add(changed, ADDED)
            indexes.delete(changed, GONE)
            indexes.compact(changed)
            assert [reader.search(query, 9) for query in QUERIES] == before
            assert list(reader.passages()) == list(PASSAGES)
            with reader.refresh() as newer:
                assert len(newer) == len(PASSAGES) + len(ADDED) - len(GONE)
                assert newer.refresh() is newer

    def test_a_snapshot_stays_as_it_is(self, changed: Path, tmp_path: Path) -> None:
        indexes.add(changed, ADDED)
        indexes.delete(changed, GONE)
        with indexes.open(changed) as index:
            before = [index.search(query, 9) for query in QUERIES]
        indexes.snapshot(changed, tmp_path / "snapshot")
        indexes.update(changed, NEWER)
        indexes.compact(changed)
        indexes.verify(tmp_path / "snapshot")
        with indexes.open(tmp_path / "snapshot") as snapshot:
            assert [snapshot.search(query, 9) for query in QUERIES] == before
        indexes.add(tmp_path / "snapshot", [Passage("own", "", "its own")])
        indexes.verify(changed)

    def test_one_writer_at_a_time(self, changed: Path) -> None:
        def passages() -> Iterator[Passage]:
            yield ADDED[0]
            with pytest.raises(IndexLockedError, match="another is writing"):
                indexes.delete(changed, ["emma"])

        indexes.add(changed, passages())
        indexes.delete(changed, ["emma"])

    def test_a_copy_of_a_changed_index_opens_and_can_be_changed(self, changed: Path, tmp_path: Path) -> None:
        import shutil

        indexes.add(changed, ADDED)
        indexes.delete(changed, GONE)
        shutil.copytree(changed, tmp_path / "copy")
        indexes.add(tmp_path / "copy", NEWER[1:])
        left = [passage for passage in PASSAGES if passage.id not in GONE] + [*ADDED, NEWER[1]]
        self.assert_equal_to_a_rebuilt_one(tmp_path / "copy", left, tmp_path / "again")

    def test_damage_to_any_file_is_an_error_or_changes_nothing(self, changed: Path) -> None:
        indexes.add(changed, ADDED)
        indexes.delete(changed, GONE)
        expected = expected_of(changed, QUERIES[:5])
        chance = random.Random(0)
        for _ in range(40):
            done = damage(changed, chance)
            try:
                opened(changed, expected)
            except Exception as error:
                raise AssertionError(f"{done.path.name}: {done.how}") from error
            done.undo()
        assert opened(changed, expected) == "right"


def _bytes_of(folder: Path) -> dict[Path, bytes]:
    """The index's files, without the record of which were verified."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")}
