from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from dsp.cache.sqlite import SQLiteCache
from dsp.errors import CacheError, InputError


def _write(path: str, worker: int) -> None:
    cache = SQLiteCache(path)
    for number in range(50):
        cache.put(f"{worker}-{number}", b"value %d" % number)
    cache.close()


def test_entries_outlive_the_object(tmp_path: Path) -> None:
    SQLiteCache(tmp_path / "deep" / "cache.db").put("key", b"value")
    assert SQLiteCache(tmp_path / "deep" / "cache.db").get("key") == b"value"


def test_many_processes_write_one_file_and_lose_nothing(tmp_path: Path) -> None:
    path = str(tmp_path / "cache.db")
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_write, args=(path, worker)) for worker in range(4)]
    for process in workers:
        process.start()
    for process in workers:
        process.join()
    cache = SQLiteCache(path)
    assert [process.exitcode for process in workers] == [0] * 4
    assert cache.info().entries == 200
    assert cache.verify() == []


def test_a_forked_child_reads_and_writes_on_a_connection_of_its_own(tmp_path: Path) -> None:
    cache = SQLiteCache(tmp_path / "cache.db")
    cache.put("parent", b"1")
    child = os.fork()
    if child == 0:
        cache.put("child", b"2")
        os._exit(0 if cache.get("parent") == b"1" else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert cache.get("child") == b"2"
    cache.put("after", b"3")
    assert cache.verify() == []


def test_what_was_put_survives_a_kill(tmp_path: Path) -> None:
    script = (
        "import sys, os, signal\n"
        "from dsp.cache.sqlite import SQLiteCache\n"
        "cache = SQLiteCache(sys.argv[1])\n"
        "for number in range(100): cache.put(str(number), b'value')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    path = tmp_path / "cache.db"
    done = subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert SQLiteCache(path).info().entries == 100


def test_a_damaged_row_costs_that_entry_alone(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    cache = SQLiteCache(path)
    cache.put("good", b"whole")
    cache.put("bad", b"whole")
    other = sqlite3.connect(path)
    with other:
        other.execute("UPDATE entries SET value=? WHERE key='bad'", (b"whale",))
    other.close()
    assert cache.get("bad") is None
    assert cache.get("good") == b"whole"
    assert cache.verify() == ["bad"]
    cache.put("bad", b"whole")
    assert cache.verify() == []


def test_a_value_moved_under_another_key_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    cache = SQLiteCache(path)
    cache.put("a", b"answer to a")
    other = sqlite3.connect(path)
    with other:
        other.execute("UPDATE entries SET key='b'")
    other.close()
    assert cache.get("b") is None


@pytest.mark.parametrize("damage", ["not a database", "half", "a page", "all but the first page"])
def test_a_damaged_file_is_set_aside_and_a_fresh_one_begun(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    path = tmp_path / "cache.db"
    cache = SQLiteCache(path)
    for number in range(200):
        cache.put(str(number), b"x" * 500)
    cache.close()
    content = path.read_bytes()
    half = len(content) // 2
    damaged = {
        "not a database": b"hello " * 5000,
        "half": content[:half],
        "a page": content[: 4096 * 10] + b"\xff" * 4096 + content[4096 * 11 :],
        "all but the first page": content[:4096] + bytes(half),
    }
    path.write_bytes(damaged[damage])
    with caplog.at_level(logging.WARNING):
        cache = SQLiteCache(path)
        for number in range(200):
            cache.get(str(number))
        cache.put("new", b"value")
    assert cache.get("new") == b"value"
    assert cache.verify() == []
    assert "was damaged" in caplog.text
    saved = cache.info().entries - 1
    assert (0 < saved < 200) if damage in ("half", "a page") else (saved == 0)
    assert all(value == b"x" * 500 for key, value in cache.items() if key != "new")
    assert len(list(tmp_path.glob("cache.db.damaged-*"))) == 1


def test_a_file_of_a_newer_format_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    SQLiteCache(path).close()
    other = sqlite3.connect(path)
    other.execute("PRAGMA user_version=99")
    other.close()
    with pytest.raises(CacheError, match=r"format 99.*upgrade dsp"):
        SQLiteCache(path)
    assert path.exists()


def test_a_folder_that_is_a_file_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CacheError, match=r"file/cache\.db must be a file that can be read and written"):
        SQLiteCache(tmp_path / "file" / "cache.db")


def test_the_oldest_entries_go_when_the_file_grows_past_its_bound(tmp_path: Path) -> None:
    cache = SQLiteCache(tmp_path / "cache.db", max_bytes=400_000)
    for number in range(1024):
        cache.put(str(number), b"x" * 1000)
    assert cache.get("0") is None
    assert cache.get("1023") is not None
    assert cache.info().bytes <= 400_000


def test_a_bound_below_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="got 0"):
        SQLiteCache(tmp_path / "cache.db", max_bytes=0)


def test_items_and_clear_cover_every_entry(tmp_path: Path) -> None:
    cache = SQLiteCache(tmp_path / "cache.db")
    entries = {str(number): b"%d" % number for number in range(600)}
    for key, value in entries.items():
        cache.put(key, value)
    assert dict(cache.items()) == entries
    assert cache.clear() == 600
    assert list(cache.items()) == []


def test_a_pickled_cache_opens_the_same_file(tmp_path: Path) -> None:
    cache = SQLiteCache(tmp_path / "cache.db")
    cache.put("key", b"value")
    assert pickle.loads(pickle.dumps(cache)).get("key") == b"value"  # noqa: S301


def test_nothing_on_disk_is_a_pickle(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    cache = SQLiteCache(path)
    cache.put("key", b'{"answer": 1}')
    cache.close()
    assert b'{"answer": 1}' in path.read_bytes()
