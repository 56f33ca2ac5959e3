"""No file of an index is trusted before its SHA-256 was compared, and none is read for that on every opening.

`.verified`, beside the manifest, remembers the files that were found to be as they were written, by what the system
says of them: inode, size, times of change. Whatever writes to a file, or copies it, changes one of these, and the file
is read again when the index is next opened. A time of change says nothing about a write in the same tick of the clock,
so a file is remembered only once it has been left alone for longer than that (as Git does with its index). What changes
bytes without the system's knowledge, as a failing disk may, is found by `indexes.verify`, which reads everything.

The record is a help and no proof: one that is missing, damaged or for other files means only that all is read. Where
the folder cannot be written to, none is kept.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from indexes.manifest import Manifest

RECORD = ".verified"
TICK_NS = 20_000_000  # the clock of files moves every 1 to 10 ms
_COARSE_TICK_NS = 2_000_000_000  # FAT's; others that count seconds move every second
_MAX_BYTES = 1 << 26

State = tuple[int, int, int, int]
"""Of a file: inode, size, and when its content and its entry last changed, in nanoseconds."""


def check_files(folder: Path, manifest: Manifest, *, everything: bool = False) -> None:
    """Every file has its size, and its SHA-256 unless it is known to; with `everything` all are read.

    Raises CorruptIndexError naming the first that has not.
    """
    manifest.check_sizes(folder)
    known = {} if everything else _recall(folder, manifest)
    unknown = [name for name in manifest.files if known.get(name) != _state(manifest.path_of(folder, name))]
    if not unknown:
        return
    with _record(folder) as (draft, since):
        before = _states(folder, manifest)
        for name in unknown:
            manifest.check_content(folder, name)
        if draft is not None and before == _states(folder, manifest):
            _write(draft, folder, manifest, before, since)


def remember(folder: Path, manifest: Manifest) -> None:
    """Note that the files, just written, are as they were written. Waits a tick, so that a later write shows."""
    with suppress(OSError):
        before = _states(folder, manifest)
        newest = max(max(state[2:]) for state in before.values())
        time.sleep(max(0, min(2 * TICK_NS, newest + 2 * TICK_NS - time.time_ns())) / 1e9)
        with _record(folder) as (draft, since):
            if draft is not None and before == _states(folder, manifest):
                _write(draft, folder, manifest, before, since)


def is_record(name: str) -> bool:
    """Whether a file beside the manifest is the record, or a draft of it."""
    return name == RECORD or (name.startswith(f"{RECORD}-") and name.endswith(".new"))


@contextmanager
def _record(folder: Path) -> Iterator[tuple[Path | None, int]]:
    """A draft of the record, with the time on the folder's own clock; None where there can be none."""
    draft = folder / f"{RECORD}-{secrets.token_hex(8)}.new"
    try:
        draft.touch(exist_ok=False)
        since = draft.stat().st_mtime_ns
    except OSError:
        yield None, 0
        return
    try:
        yield draft, since
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _write(draft: Path, folder: Path, manifest: Manifest, states: Mapping[str, State], since: int) -> None:
    files = {name: [*state, manifest.files[name].sha256] for name, state in states.items()}
    body = json.dumps({"generation": manifest.generation, "since": since, "files": files})
    with suppress(OSError):
        draft.write_text(f"{hashlib.sha256(body.encode()).hexdigest()}\n{body}\n", encoding="ascii")
        draft.replace(folder / RECORD)


def _recall(folder: Path, manifest: Manifest) -> dict[str, State]:
    """The files known to be as written, each in the state in which it was."""
    try:
        with (folder / RECORD).open("rb") as file:
            digest, _, body = file.read(_MAX_BYTES).rstrip(b"\n").partition(b"\n")
    except OSError:
        return {}
    if hashlib.sha256(body).hexdigest().encode() != digest:
        return {}
    try:
        record = json.loads(body)
        since = int(record["since"])
        tick = TICK_NS if since % 1_000_000_000 else _COARSE_TICK_NS
        known = {}
        for name, (inode, size, modified, changed, sha256) in record["files"].items():
            same = record["generation"] == manifest.generation and manifest.files[name].sha256 == sha256
            if same and max(modified, changed) + tick < since:
                known[name] = (inode, size, modified, changed)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
    return known


def _states(folder: Path, manifest: Manifest) -> dict[str, State]:
    return {name: _state(manifest.path_of(folder, name)) for name in manifest.files}


def _state(path: Path) -> State:
    try:
        status = path.lstat()
    except OSError:  # gone since its size was checked: another writer's new generation is there by now
        return (0, 0, 0, 0)
    return (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
