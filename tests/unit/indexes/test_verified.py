from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import indexes
from indexes import Passage
from indexes.errors import CorruptIndexError
from indexes.manifest import Manifest
from indexes.verified import RECORD, TICK_NS

PASSAGES = [Passage("1", "One", "words of one"), Passage("2", "Two", "more words of two")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    indexes.build(PASSAGES, tmp_path / "index").close()
    wait()
    return tmp_path / "index"


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files whose content is compared from now on."""
    names: list[str] = []
    check: Callable[[Manifest, Path, str], None] = Manifest.check_content

    def checked(self: Manifest, folder: Path, name: str) -> None:
        names.append(name)
        check(self, folder, name)

    monkeypatch.setattr(Manifest, "check_content", checked)
    return names


def wait() -> None:
    """Let the clock of files move on."""
    time.sleep(2 * TICK_NS / 1e9)


def flip(path: Path) -> None:
    data = path.read_bytes()
    with path.open("r+b") as file:
        file.write(data[:-1] + bytes([data[-1] ^ 1]))


def test_what_was_just_built_is_known_to_be_as_it_was_written(folder: Path, read: list[str]) -> None:
    indexes.open(folder).close()
    assert read == []


def test_what_was_changed_is_known_as_well(folder: Path, read: list[str]) -> None:
    indexes.add(folder, [Passage("3", "", "words of three")])
    indexes.delete(folder, ["1"])
    indexes.snapshot(folder, folder.parent / "snapshot")
    read.clear()
    indexes.open(folder).close()
    indexes.open(folder.parent / "snapshot").close()
    assert read == []


def test_a_copy_is_read_once(folder: Path, read: list[str]) -> None:
    shutil.copytree(folder, folder.parent / "copy")
    wait()
    indexes.open(folder.parent / "copy").close()
    assert sorted(read) == sorted(indexes.opening.read_manifest(folder).files)
    read.clear()
    indexes.open(folder.parent / "copy").close()
    assert read == []


def test_a_byte_flipped_in_place_is_found_even_with_its_time_put_back(folder: Path) -> None:
    for path in folder.glob("gen-*/passages.*"):
        status = path.stat()
        flip(path)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        with pytest.raises(CorruptIndexError, match=path.name):
            indexes.open(folder)
        flip(path)
    indexes.open(folder).close()


def test_a_byte_flipped_right_after_writing_is_found(tmp_path: Path) -> None:
    for number in range(20):
        folder = tmp_path / str(number)
        indexes.build(PASSAGES, folder, engine="rank_bm25").close()
        [path] = folder.glob("gen-*/passages.jsonl")
        flip(path)
        with pytest.raises(CorruptIndexError, match=r"passages\.jsonl"):
            indexes.open(folder)


def test_one_who_trusts_looks_at_sizes_only(folder: Path, read: list[str]) -> None:
    [path] = folder.glob("gen-*/passages.jsonl")
    path.write_bytes(path.read_bytes().replace(b"words", b"swear"))
    with indexes.open(folder, trust=True) as index:
        assert index.passages().__next__().text == "swear of one"
    assert read == []
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(CorruptIndexError, match="must hold"):
        indexes.open(folder, trust=True)


def test_verify_reads_everything_whatever_is_known(folder: Path, read: list[str]) -> None:
    indexes.verify(folder)
    assert len(read) == indexes.verify(folder)["files"] == len(read) / 2


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"0\n{}", b"[" * 10_000])
def test_a_damaged_record_means_only_that_all_is_read(folder: Path, read: list[str], content: bytes) -> None:
    (folder / RECORD).write_bytes(content)
    indexes.open(folder).close()
    assert len(read) == len(indexes.opening.read_manifest(folder).files)


@pytest.mark.parametrize("body", ["[]", "{}", '{"since": "x", "files": {}}', '{"since": 1, "files": {"a": [1]}}', "7"])
def test_a_forged_record_is_no_proof_either(folder: Path, read: list[str], body: str) -> None:
    (folder / RECORD).write_text(f"{hashlib.sha256(body.encode()).hexdigest()}\n{body}\n")
    indexes.open(folder).close()
    assert read


def rewrite(folder: Path, **changes: object) -> None:
    """Change the record as if it had been written so."""
    body = json.loads((folder / RECORD).read_text().splitlines()[1])
    text = json.dumps({**body, **changes})
    (folder / RECORD).write_text(f"{hashlib.sha256(text.encode()).hexdigest()}\n{text}\n")


def test_a_record_of_another_generation_proves_nothing(folder: Path, read: list[str]) -> None:
    rewrite(folder, generation="gen-0123456789abcdef")
    indexes.open(folder).close()
    assert read


@pytest.mark.parametrize(("ticks", "known"), [(0, False), (0.9, False), (1.1, True)])
def test_what_was_written_in_the_tick_in_which_it_was_looked_at_is_not_known(
    folder: Path, read: list[str], ticks: float, known: bool
) -> None:
    body = json.loads((folder / RECORD).read_text().splitlines()[1])
    newest = max(max(modified, changed) for _, _, modified, changed, _ in body["files"].values())
    since = newest + int(ticks * TICK_NS)
    rewrite(folder, since=since + (not since % 1_000_000_000))
    indexes.open(folder).close()
    assert (read == []) == known


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_where_nothing_can_be_written_all_is_read_and_it_opens(folder: Path, read: list[str]) -> None:
    (folder / RECORD).unlink()
    folder.chmod(0o500)
    try:
        indexes.open(folder).close()
        assert read
    finally:
        folder.chmod(0o700)
