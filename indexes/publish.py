"""Publishing an index folder: at every moment, crashes included, there is the old index or the new one.

A new folder is made beside its place and renamed to it. In a folder that exists, an index's or an empty one, a new
generation is written beside the old one, the manifest is replaced in one step, and the old generation goes. A writer
holds a lock that its death, however sudden, releases; what a dead writer left is swept away by the next one.
"""

from __future__ import annotations

import glob
import os
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from indexes.errors import IndexFolderError, IndexLockedError, NotAnIndexError
from indexes.manifest import GENERATION, MANIFEST, Manifest, read_manifest, says_index, write_atomically
from indexes.verified import RECORD, is_record, remember

LOCK = ".lock"
_AN_HOUR = 3600.0


class Publication:
    """The writing of one generation of the index at `to`; a context manager.

    Write files below `generation`, then `commit` the manifest. Leaving without `commit` removes what was written.
    Raises NotAnIndexError where `to` holds something else, IndexLockedError where another process is writing it.
    """

    def __init__(self, to: str | os.PathLike[str]) -> None:
        self.to = Path(to).resolve()
        self.name = f"gen-{secrets.token_hex(8)}"
        self._in_place = False
        self._made: list[Path] = []
        self._done = False

    def __enter__(self) -> Self:
        with writing(self.to):
            self._in_place = self.to.exists()
            if self._in_place:
                _refuse_others(self.to)
                self._home = self.to
                self._lock = _lock_of(self.to)
                self._sweep_generations(keep=_current(self.to))
            else:
                self._make_parents()
                _sweep_drafts(self.to)
                self._home, self._lock = _new_draft(self.to)
            self.generation = self._home / self.name
            self.generation.mkdir()
        return self

    def commit(self, manifest: Manifest) -> None:
        """Make what was written the index at `to`. Raises IndexFolderError where the disk refuses."""
        with writing(self.to):
            for path in self.generation.rglob("*"):
                if path.is_dir() or path.stat().st_nlink == 1:  # else it is another generation's, and there already
                    _sync(path)
            _sync(self.generation)
            write_atomically(self._home / MANIFEST, manifest.to_json())
            _sync(self._home)
            if not self._in_place:
                self._home.rename(self.to)
                _sync(self.to.parent)
        self._done = True
        if self._in_place:
            self._sweep_generations(keep=manifest.generation)
        remember(self.to, manifest)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._done:
            self._undo()
        self._lock.close()

    def _undo(self) -> None:
        shutil.rmtree(self.generation if self._in_place else self._home, ignore_errors=True)
        if self._in_place and not (self.to / MANIFEST).exists():  # the folder was empty
            (self.to / LOCK).unlink(missing_ok=True)
        for parent in self._made:
            if not any(parent.iterdir()):
                parent.rmdir()

    def _make_parents(self) -> None:
        self._made = [parent for parent in self.to.parents if not parent.exists()]
        self.to.parent.mkdir(parents=True, exist_ok=True)

    def _sweep_generations(self, keep: str | None) -> None:
        """Remove the generations that the manifest doesn't name: the last one, or a dead writer's."""
        if keep is None:
            return
        for path in self.to.iterdir():
            if GENERATION.fullmatch(path.name) and path.name != keep and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            elif path.name != RECORD and is_record(path.name):
                with suppress(OSError):
                    path.unlink()


def _current(folder: Path) -> str | None:
    """The generation in use; None where the manifest cannot be read, and nothing may be swept."""
    try:
        return read_manifest(folder).generation
    except IndexFolderError:
        return None


def _refuse_others(to: Path) -> None:
    """Raises NotAnIndexError where the place is taken by something that is no index and not empty."""
    if not to.is_dir():
        raise NotAnIndexError(f"an index is a folder, but {to} is a file; choose another place")
    names = [path.name for path in to.iterdir()]
    known = (MANIFEST, f"{MANIFEST}.new", LOCK)
    own = all(name in known or is_record(name) or GENERATION.fullmatch(name) for name in names)
    if not own and not says_index(to):
        raise NotAnIndexError(
            f"an index goes into a new or empty folder, or replaces an index, but {to} holds other things "
            f"({', '.join(sorted(names)[:3])}); choose another folder"
        )


@contextmanager
def writing(to: Path) -> Iterator[None]:
    """What the system refuses while an index is written, as an IndexFolderError."""
    try:
        yield
    except OSError as error:
        raise cannot_write(to, error) from error


def cannot_write(to: Path, error: OSError) -> IndexFolderError:
    reason = error.strerror or str(error)
    return IndexFolderError(
        f"the index {to} cannot be written ({reason}); see to the disk's space and your rights to it"
    )


def _prefix(to: Path) -> str:
    return f".{to.name}.building-"


def _new_draft(to: Path) -> tuple[Path, BinaryIO]:
    draft = to.with_name(_prefix(to) + secrets.token_hex(8))
    draft.mkdir()
    return draft, _lock_of(draft)


def _sweep_drafts(to: Path) -> None:
    """Remove what killed builds of this index left. Raises IndexLockedError where one of them is alive."""
    for draft in to.parent.glob(f"{glob.escape(_prefix(to))}*"):
        if not (draft / LOCK).exists():  # its writer has only just begun, or died in its first moment
            if time.time() - draft.stat().st_mtime > _AN_HOUR:
                shutil.rmtree(draft, ignore_errors=True)
            continue
        with _lock_of(draft, wanted=to):
            shutil.rmtree(draft, ignore_errors=True)


def _lock_of(folder: Path, wanted: Path | None = None) -> BinaryIO:
    """The folder's lock, held until it is closed or the process ends. Raises IndexLockedError where it is taken."""
    file = (folder / LOCK).open("ab")
    try:
        _lock(file)
    except OSError:
        file.close()
        raise IndexLockedError(
            f"only one process may write an index, but another is writing {wanted or folder}; wait until it is done"
        ) from None
    return file


def _lock(file: BinaryIO) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def _sync(path: Path) -> None:
    """Bring a file, or a folder's list of names, to the disk. Where folders cannot be synced there is no need to."""
    if sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
