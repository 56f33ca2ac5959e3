"""What can still be read of a damaged cache file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

Row = tuple[int, Any, Any, Any, Any]
"""Id, key, value, checksum, when written: as they stand, believed by nobody yet."""

_COLUMNS = "SELECT id, key, value, checksum, written FROM entries"


def readable_rows(path: Path) -> Iterator[Row]:
    """The rows of a damaged file, from both ends up to where it cannot be read. Never raises for damage."""
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            # Without this SQLite refuses a file that is shorter than it says, whole pages and all.
            connection.execute("PRAGMA writable_schema=ON")
            last = 0
            for row in _until_damage(connection.execute(f"{_COLUMNS} NOT INDEXED WHERE id>0 ORDER BY id")):
                last = row[0]
                yield row
            yield from _until_damage(connection.execute(f"{_COLUMNS} NOT INDEXED WHERE id>? ORDER BY id DESC", (last,)))
    except sqlite3.DatabaseError:
        return


def _until_damage(rows: Iterator[Any]) -> Iterator[Row]:
    try:
        yield from rows
    except sqlite3.DatabaseError:
        return
