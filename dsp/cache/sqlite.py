"""A cache on disk: one SQLite file in WAL mode, shared by any number of threads and processes.

Every row carries a checksum of its key and value, so a damaged row is a missing one. A file that SQLite can no
longer read is set aside, and what can be read of it goes into a fresh one: damage costs entries, never a run.
Commits survive the process's death at once, and the machine's from the last checkpoint on (`synchronous=NORMAL`).
"""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from dsp.cache.salvage import readable_rows
from dsp.errors import CacheError, InputError

FORMAT = 1
"""The file's format, kept in `PRAGMA user_version`."""

T = TypeVar("T")
_log = logging.getLogger(__name__)
_inherited: list[sqlite3.Connection] = []

_TABLE = """
CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    value BLOB NOT NULL,
    checksum BLOB NOT NULL,
    written REAL NOT NULL
)"""
_PUT = """
INSERT INTO entries (key, value, checksum, written) VALUES (?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET value=excluded.value, checksum=excluded.checksum, written=excluded.written"""


@dataclass(frozen=True, slots=True)
class CacheInfo:
    """What a cache file holds: entries, the bytes of the file, and when (seconds since 1970) its ends were written."""

    path: str
    entries: int
    bytes: int
    oldest: float | None
    newest: float | None


class SQLiteCache:
    """A `Cache` in the file `path`, whose folder is made where it is missing.

    `max_bytes` bounds the file: when it is passed, the entries written first go. Raises CacheError where the file
    cannot be opened or written (a folder that may not be written, a disk that is full) and for a file of a newer
    format.
    """

    def __init__(self, path: str | Path, *, max_bytes: int = 4 * 2**30) -> None:
        if max_bytes < 1:
            raise InputError(f"max_bytes must be at least 1, but got {max_bytes}")
        self.path = Path(path)
        self.max_bytes = max_bytes
        self._lock = threading.Lock()
        self._pid = os.getpid()
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self._puts = 0
        self._run(lambda connection: connection.execute("SELECT 1 FROM entries LIMIT 1").fetchone())

    def get(self, key: str) -> bytes | None:
        row = self._run(
            lambda connection: connection.execute("SELECT value, checksum FROM entries WHERE key=?", (key,)).fetchone()
        )
        return row[0] if row is not None and _sound(key, row[0], row[1]) else None

    def put(self, key: str, value: bytes) -> None:
        row = (key, value, _checksum(key, value), time.time())
        self._run(lambda connection: connection.execute(_PUT, row))
        self._puts += 1
        if self._puts % 256 == 0:
            self._run(self._evict)

    def items(self) -> Iterator[tuple[str, bytes]]:
        """Every sound entry, oldest first."""
        return ((key, value) for key, value, checksum in self._rows() if _sound(key, value, checksum))

    def verify(self) -> list[str]:
        """The keys of damaged entries, which count as missing."""
        return [str(key) for key, value, checksum in self._rows() if not _sound(key, value, checksum)]

    def info(self) -> CacheInfo:
        def read(connection: sqlite3.Connection) -> CacheInfo:
            query = "SELECT count(*), min(written), max(written) FROM entries"
            entries, oldest, newest = connection.execute(query).fetchone()
            return CacheInfo(str(self.path), entries, _used_bytes(connection), oldest, newest)

        return self._run(read)

    def clear(self) -> int:
        """Forget every entry; gives how many there were. The file shrinks."""

        def empty(connection: sqlite3.Connection) -> int:
            count = connection.execute("DELETE FROM entries").rowcount
            connection.execute("VACUUM")
            return count

        return self._run(empty)

    def close(self) -> None:
        """Close the file. A later use opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _rows(self) -> Iterator[tuple[Any, Any, Any]]:
        last = 0
        while rows := self._page(last):
            yield from ((key, value, checksum) for _, key, value, checksum in rows)
            last = rows[-1][0]

    def _page(self, after: int) -> list[tuple[int, Any, Any, Any]]:
        query = "SELECT id, key, value, checksum FROM entries WHERE id>? ORDER BY id LIMIT 256"
        return self._run(lambda connection: connection.execute(query, (after,)).fetchall())

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """The work's result on this process's connection; once more on a fresh file where this one is damaged."""
        if self._pid != os.getpid():
            # A connection must not cross a fork, nor be closed by the child: it is kept, untouched, for ever.
            if self._connection is not None:
                _inherited.append(self._connection)
            self._lock, self._pid, self._connection = threading.Lock(), os.getpid(), None
        with self._lock:
            try:
                return work(self._opened())
            except sqlite3.DatabaseError as error:
                if not _damaged(error):
                    raise self._unusable(error) from error
                self._set_aside(error)
            try:
                return work(self._opened())
            except sqlite3.DatabaseError as error:
                raise self._unusable(error) from error

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise self._unusable(error) from error
            connection = sqlite3.connect(self.path, timeout=30.0, isolation_level=None, check_same_thread=False)
            try:
                _prepare(connection, self.path)
                self._inode = self.path.stat().st_ino
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _set_aside(self, error: sqlite3.DatabaseError) -> None:
        """Rename the damaged file, unless another process has done so already, and keep what can be read of it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            if _inode_of(self.path) != self._inode:
                return
        aside = self.path.with_name(f"{self.path.name}.damaged-{time.time_ns()}")
        try:
            self.path.rename(aside)
            self._beside("-shm").unlink(missing_ok=True)
            if self._beside("-wal").exists():
                self._beside("-wal").rename(aside.with_name(aside.name + "-wal"))
        except FileNotFoundError:
            return
        except OSError as failure:
            raise self._unusable(failure) from failure
        fresh, kept = self._opened(), 0
        with fresh:
            fresh.execute("BEGIN")
            for _, key, value, checksum, written in readable_rows(aside):
                if _sound(key, value, checksum):
                    fresh.execute(_PUT, (key, value, checksum, written))
                    kept += 1
        _log.warning(
            "the cache %s was damaged (%s); it is set aside as %s, and %d entries were saved",
            self.path,
            error,
            aside,
            kept,
        )

    def _beside(self, ending: str) -> Path:
        return self.path.with_name(self.path.name + ending)

    def _evict(self, connection: sqlite3.Connection) -> None:
        while _used_bytes(connection) > self.max_bytes:
            query = "DELETE FROM entries WHERE id IN (SELECT id FROM entries ORDER BY id LIMIT 256)"
            if connection.execute(query).rowcount == 0:
                return

    def _unusable(self, error: Exception) -> CacheError:
        return CacheError(
            f"the cache {self.path} must be a file that can be read and written, but: {error}; "
            "check the folder's rights and the disk's free space, or choose another cache folder"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return (_reopened, (self.path, self.max_bytes))

    def __del__(self) -> None:
        connection = getattr(self, "_connection", None)
        if connection is not None and self._pid == os.getpid():
            connection.close()


def _reopened(path: Path, max_bytes: int) -> SQLiteCache:
    return SQLiteCache(path, max_bytes=max_bytes)


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Set up a connection and, where the file is new, its table."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > FORMAT:
        raise CacheError(
            f"the cache {path} must be of format {FORMAT} or older, but it is of format {version}: a newer dsp wrote "
            "it; upgrade dsp, or choose another cache folder"
        )
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(_TABLE)
    connection.execute(f"PRAGMA user_version={FORMAT}")


def _checksum(key: str, value: bytes) -> bytes:
    return hashlib.blake2b(value, digest_size=8, key=key.encode("utf-8", "surrogatepass")[:64]).digest()


def _sound(key: Any, value: Any, checksum: Any) -> bool:
    return isinstance(key, str) and isinstance(value, bytes) and _checksum(key, value) == checksum


def _damaged(error: sqlite3.DatabaseError) -> bool:
    """Whether SQLite says that the file is malformed, or no database at all."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _used_bytes(connection: sqlite3.Connection) -> int:
    """The bytes of the file that hold something: pages in use, times their size."""
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def _inode_of(path: Path) -> int:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return 0
