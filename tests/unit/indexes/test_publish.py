from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import indexes
from indexes import Passage
from indexes.errors import IndexFolderError, IndexLockedError, NotAnIndexError
from indexes.publish import LOCK

OLD = [Passage("1", "Old", "old words")]
NEW = [Passage("1", "New", "new words"), Passage("2", "New", "more words")]


def test_a_new_index_appears_whole_with_the_folders_above_it(tmp_path: Path) -> None:
    with indexes.build(OLD, tmp_path / "a" / "b" / "index") as index:
        assert index.path == tmp_path / "a" / "b" / "index"
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["index"]


def test_an_empty_folder_becomes_an_index_and_is_empty_again_after_a_failure(tmp_path: Path) -> None:
    with pytest.raises(indexes.errors.CorpusError):
        indexes.build([], tmp_path)
    assert list(tmp_path.iterdir()) == []
    with indexes.build(OLD, tmp_path) as index:
        assert len(index) == 1


@pytest.mark.parametrize("name", ["file", "folder"])
def test_what_is_no_index_is_never_written_over(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thesis.txt").write_text("precious")
    (tmp_path / "file").write_text("precious")
    with pytest.raises(NotAnIndexError, match=r"is a file|holds other things"):
        indexes.build(OLD, tmp_path / name)
    assert (tmp_path / "folder" / "thesis.txt").read_text() == "precious"
    assert (tmp_path / "file").read_text() == "precious"
    assert len(list(tmp_path.rglob("*"))) == 3


def test_another_programs_manifest_does_not_make_an_index(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"name": "an app"}')
    (tmp_path / "app.js").write_text("precious")
    with pytest.raises(NotAnIndexError, match=r"app\.js"):
        indexes.build(OLD, tmp_path)
    with pytest.raises(NotAnIndexError, match='"format": "indexes"'):
        indexes.open(tmp_path)


def test_an_index_with_a_damaged_manifest_can_be_built_again(tmp_path: Path) -> None:
    indexes.build(OLD, tmp_path / "index").close()
    (tmp_path / "index" / "manifest.json").write_text("{")
    with indexes.build(NEW, tmp_path / "index") as index:
        assert len(index) == 2
    assert len(list((tmp_path / "index").glob("gen-*"))) == 1


def test_files_beside_an_index_survive_a_rebuild(tmp_path: Path) -> None:
    indexes.build(OLD, tmp_path / "index").close()
    (tmp_path / "index" / "README").write_text("precious")
    indexes.build(NEW, tmp_path / "index").close()
    assert (tmp_path / "index" / "README").read_text() == "precious"


def test_a_link_to_a_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    indexes.build(OLD, tmp_path / "link").close()
    assert (tmp_path / "real" / "manifest.json").exists()


def test_one_writer_at_a_time_of_an_index(tmp_path: Path) -> None:
    indexes.build(OLD, tmp_path / "index").close()

    def passages():
        yield NEW[0]
        with pytest.raises(IndexLockedError, match="another is writing"):
            indexes.build(NEW, tmp_path / "index")
        yield NEW[1]

    with indexes.build(passages(), tmp_path / "index") as index:
        assert len(index) == 2


def test_one_writer_at_a_time_of_an_index_to_be(tmp_path: Path) -> None:
    def passages():
        yield NEW[0]
        with pytest.raises(IndexLockedError, match=r"another is writing .*index;"):
            indexes.build(OLD, tmp_path / "index")
        yield NEW[1]

    with indexes.build(passages(), tmp_path / "index") as index:
        assert len(index) == 2


BUILD = """
import sys, time, indexes
from indexes import Passage
def passages():
    for number in range(10**9):
        if number == 1000:
            print("begun", flush=True)
        yield Passage(str(number), "New", "new words " * 20)
indexes.build(passages(), sys.argv[1])
"""


def killed_build(to: Path, how: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", BUILD, str(to)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        os.kill(process.pid, how)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
class TestKilled:
    def test_a_killed_first_build_leaves_no_index_and_the_next_one_sweeps_up(self, tmp_path: Path) -> None:
        killed_build(tmp_path / "index", signal.SIGKILL)
        [left] = tmp_path.iterdir()
        assert left.name.startswith(".index.building-")
        indexes.build(OLD, tmp_path / "index").close()
        assert [path.name for path in tmp_path.iterdir()] == ["index"]

    def test_a_killed_rebuild_leaves_the_old_index_and_the_next_one_sweeps_up(self, tmp_path: Path) -> None:
        indexes.build(OLD, tmp_path / "index").close()
        killed_build(tmp_path / "index", signal.SIGKILL)
        indexes.verify(tmp_path / "index")
        with indexes.open(tmp_path / "index") as index:
            assert list(index.passages()) == OLD
        assert len(list((tmp_path / "index").glob("gen-*"))) == 2
        indexes.build(NEW, tmp_path / "index").close()
        assert len(list((tmp_path / "index").glob("gen-*"))) == 1

    def test_a_killed_build_into_an_empty_folder_can_be_built_again(self, tmp_path: Path) -> None:
        (tmp_path / "index").mkdir()
        killed_build(tmp_path / "index", signal.SIGKILL)
        with pytest.raises(NotAnIndexError, match=r"no manifest\.json"):
            indexes.open(tmp_path / "index")
        indexes.build(NEW, tmp_path / "index").close()
        assert len(list((tmp_path / "index").glob("gen-*"))) == 1

    @pytest.mark.parametrize("there", [False, True])
    def test_an_interrupt_leaves_what_was_there(self, tmp_path: Path, there: bool) -> None:
        if there:
            indexes.build(OLD, tmp_path / "index").close()
        before = sorted(tmp_path.rglob("*"))
        killed_build(tmp_path / "index", signal.SIGINT)
        assert sorted(tmp_path.rglob("*")) == before


def test_a_draft_whose_writer_has_just_begun_is_left_alone(tmp_path: Path) -> None:
    young, old = tmp_path / ".index.building-aa", tmp_path / ".index.building-bb"
    young.mkdir()
    old.mkdir()
    hours_ago = time.time() - 7200
    os.utime(old, (hours_ago, hours_ago))
    indexes.build(OLD, tmp_path / "index").close()
    assert young.exists()
    assert not old.exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_a_clear_error_and_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from indexes import indexing
    from indexes.stores import jsonl

    def on_a_full_disk(folder: Path) -> jsonl.JsonlStoreWriter:
        (folder / jsonl.PASSAGES).symlink_to("/dev/full")
        return jsonl.JsonlStoreWriter(folder)

    monkeypatch.setattr(indexing, "JsonlStoreWriter", on_a_full_disk)
    with pytest.raises(IndexFolderError, match=r"cannot be written \(No space left on device\)"):
        indexes.build((Passage(str(n), "", "words " * 99) for n in range(9999)), tmp_path / "index")
    assert list(tmp_path.iterdir()) == []


def test_the_lock_is_free_again_after_a_build(tmp_path: Path) -> None:
    indexes.build(OLD, tmp_path / "index").close()
    assert (tmp_path / "index" / LOCK).stat().st_size == 0
    indexes.build(NEW, tmp_path / "index").close()
