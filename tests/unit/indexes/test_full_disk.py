"""A disk that is full, at whatever moment: a typed error, and the index is as it was."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import indexes
from indexes import Passage

PASSAGES = [Passage(str(number), f"Title {number}", f"words {number} {number % 7} " * 20) for number in range(200)]
CHANGE = """
import resource, sys
import indexes
from indexes import Passage
from indexes.errors import IndexFolderError

folder, what, engine, limit = *sys.argv[1:4], int(sys.argv[4])
more = [Passage(f"more {number}", "More", "words " * 50) for number in range(90)]
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    if what == "build":
        indexes.build(more, folder, engine=engine).close()
    elif what == "delete":
        indexes.delete(folder, [str(number) for number in range(0, 200, 3)])
    elif what == "compact":
        indexes.compact(folder)
    else:
        getattr(indexes, what)(folder, more)
except IndexFolderError as error:
    print("refused:", error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files")
@pytest.mark.parametrize("engine", ["bm25", "rank_bm25"])
@pytest.mark.parametrize("what", ["build", "add", "update", "delete", "compact"])
def test_a_change_that_does_not_fit_is_refused_and_the_index_is_as_it_was(
    tmp_path: Path, what: str, engine: str
) -> None:
    folder = tmp_path / "index"
    indexes.build(PASSAGES, folder, engine=engine).close()
    indexes.delete(folder, ["1", "2"])
    before = sorted(folder.rglob("*"))
    for limit in (0, 200, 1_000):
        command = [sys.executable, "-c", CHANGE, str(folder), what, engine, str(limit)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (run.returncode, run.stdout[:8]) == (0, "refused:"), run.stderr
        assert "cannot be written" in run.stdout
        assert sorted(folder.rglob("*")) == before
    assert indexes.verify(folder)["passages"] == 198
    indexes.add(folder, [Passage("free", "", "the lock is free")])
