"""A new generation that shares the unchanged files of the last one, and an index that shares those of another.

Files of a generation are never written into, so that two generations may hold the same ones: by hard links, which cost
nothing, or as copies where the file system or the rights to the files allow none.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from indexes.errors import CorruptIndexError
from indexes.manifest import FileEntry, Manifest, sha256_of

Linked = dict[str, tuple[FileEntry, tuple[int, int, int]]]
"""Of files that were taken over: what the manifest says of each, and its inode, size and time of change."""


def link_files(folder: Path, manifest: Manifest, to: Path, names: Iterable[str]) -> Linked:
    """Put these files of the index's generation into the folder `to`. Raises OSError."""
    linked: Linked = {}
    for name in names:
        target = to / name
        target.parent.mkdir(parents=True, exist_ok=True)
        source = manifest.path_of(folder, name)
        try:
            target.hardlink_to(source)
        except FileNotFoundError:
            raise
        except OSError:
            shutil.copy2(source, target)
        linked[name] = (manifest.files[name], _state(target))
    return linked


def entries_with(generation: Path, linked: Linked) -> dict[str, FileEntry]:
    """Every file below the folder, with its size and SHA-256; only those are read that are new since the linking.

    Raises CorruptIndexError for one that was linked and then written into: it is no longer what was checked.
    """
    entries = {}
    for path in sorted(path for path in generation.rglob("*") if path.is_file()):
        name = path.relative_to(generation).as_posix()
        entry, state = linked.get(name, (None, None))
        now = _state(path)
        if entry is None or state is None or state[0] != now[0]:
            entry = FileEntry(now[1], sha256_of(path))
        elif state != now:
            raise CorruptIndexError(
                f"{path} is shared with the last generation, but was written into; a file is only ever replaced: "
                "see to what wrote there, and verify the index"
            )
        entries[name] = entry
    return entries


def _state(path: Path) -> tuple[int, int, int]:
    status = path.lstat()
    return (status.st_ino, status.st_size, status.st_mtime_ns)
