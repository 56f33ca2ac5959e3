"""The manifest: what an index folder holds, as JSON, written last.

    DIR/
      manifest.json      names every file with its size and SHA-256, and carries a checksum of its own
      .lock              held, while it runs, by the one process that writes
      .verified          which files were found to be as they were written, and when: see `indexes.verified`
      gen-<token>/       the files of one generation: a build or a change makes a new one and the manifest moves over
        passages.jsonl  passages.offsets  passages.ids
        passages.1.jsonl …     passages that were added since
        deleted.u32            the ordinals of passages that were deleted since
        engine/…

No file name in it is trusted: each must be a plain file below the generation's folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path, PurePosixPath
from typing import Any

from indexes.errors import CorruptIndexError, FormatVersionError, NotAnIndexError

FORMAT = "indexes"
FORMAT_VERSION = 2
MANIFEST = "manifest.json"
GENERATION = re.compile(r"gen-[0-9a-f]{16}")
_MAX_BYTES = 1 << 26


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file's size in bytes and its SHA-256 as hexadecimal digits."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in the folder. `files` are POSIX paths below the generation's folder.

    `passages` counts those that can be found, `deleted` those that were deleted and still take room, and `parts` says
    how many of both lie in each part of the store. `created` is when the index was built, `changed` when it was last
    changed.
    """

    engine: str
    parameters: Mapping[str, Any]
    analyzer: str
    analyzer_fingerprint: str
    passages: int
    corpus_digest: str
    created: str
    generation: str
    files: Mapping[str, FileEntry]
    skipped: int = 0
    parts: tuple[int, ...] = ()
    deleted: int = 0
    changed: str | None = None
    embedder: str | None = None
    embedder_fingerprint: str | None = None
    format_version: int = field(default=FORMAT_VERSION)

    def __post_init__(self) -> None:
        if not self.parts:  # a build's, or one of the first format
            object.__setattr__(self, "parts", (self.passages,))

    @property
    def bytes(self) -> int:
        """The size of all the files."""
        return sum(entry.bytes for entry in self.files.values())

    def to_json(self) -> str:
        body = {"format": FORMAT, **asdict(self)}
        return json.dumps({**body, "checksum": _checksum(body)}, indent=2, ensure_ascii=True) + "\n"

    def path_of(self, folder: Path, name: str) -> Path:
        return folder / self.generation / name

    def check_sizes(self, folder: Path) -> None:
        """Every file is there with its size. Raises CorruptIndexError naming the first that is not."""
        for name, entry in self.files.items():
            path = self.path_of(folder, name)
            _no_links(folder, path)
            try:
                size = path.stat().st_size
            except OSError:
                raise CorruptIndexError(f"{path} is missing; copy the index again, or build it again") from None
            if size != entry.bytes:
                raise CorruptIndexError(
                    f"{path} must hold {entry.bytes} bytes, but holds {size}; copy the index again, or build it again"
                )

    def check_content(self, folder: Path, name: str) -> None:
        """The file of that name has its SHA-256. Raises CorruptIndexError naming it where it has not."""
        path = self.path_of(folder, name)
        try:
            digest = sha256_of(path)
        except OSError as error:
            raise CorruptIndexError(f"{path} cannot be read ({error.strerror}); copy the index again") from None
        if digest != self.files[name].sha256:
            raise CorruptIndexError(
                f"{path} was altered after it was written (its SHA-256 differs); "
                "copy the index again, or build it again"
            )


def read_manifest(folder: Path) -> Manifest:
    """The manifest of an index folder, checked.

    Raises NotAnIndexError where there is none, FormatVersionError where a newer version wrote it, and
    CorruptIndexError where it was altered.
    """
    path = folder / MANIFEST
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        there = "has no manifest.json" if folder.is_dir() else "is not a folder"
        raise NotAnIndexError(
            f"an index is a folder with a manifest.json, but {folder} {there}; "
            "build one with indexes.build, or check the path"
        ) from None
    except OSError as error:
        raise NotAnIndexError(f"{path} cannot be read ({error.strerror}); check the path and its rights") from None
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        raise _altered(path, "is not JSON") from None
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise NotAnIndexError(
            f'the manifest of an index says "format": "{FORMAT}", but {path} does not; check the path'
        )
    _check_version(path, body.get("format_version"))
    checksum = body.pop("checksum", None)
    if checksum != _checksum(body):
        raise _altered(path, "does not match its own checksum")
    return _parse(path, body)


def says_index(folder: Path) -> bool:
    """Whether the manifest there claims to be an index's, in whatever state the rest of it is."""
    try:
        with (folder / MANIFEST).open("rb") as file:
            body = json.loads(file.read(_MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(body, dict) and body.get("format") == FORMAT


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def entries_of(generation: Path, known: Mapping[str, str] | None = None) -> dict[str, FileEntry]:
    """Every file below the folder, with its size and SHA-256; `known` are digests computed while writing."""
    entries = {}
    for path in sorted(path for path in generation.rglob("*") if path.is_file()):
        name = path.relative_to(generation).as_posix()
        entries[name] = FileEntry(path.stat().st_size, (known or {}).get(name) or sha256_of(path))
    return entries


def _check_version(path: Path, version: object) -> None:
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise _altered(path, f"has the format version {version!r}")
    if version > FORMAT_VERSION:
        raise FormatVersionError(
            f"{path} has format version {version}, but this version of the package reads up to {FORMAT_VERSION}; "
            f"upgrade to one that reads format version {version}, or build the index again"
        )


def _parse(path: Path, body: dict[str, Any]) -> Manifest:
    """The checksum held, so this is as we wrote it, or made by somebody who knows how to: trust nothing."""
    known = {item.name for item in fields(Manifest)}
    try:
        files = {
            str(name): FileEntry(_size(entry["bytes"]), str(entry["sha256"])) for name, entry in body["files"].items()
        }
        counts = tuple(_size(count) for count in body.get("parts", ()))
        read_elsewhere = ("files", "parts")
        manifest = Manifest(
            **{key: value for key, value in body.items() if key in known and key not in read_elsewhere},
            files=files,
            parts=counts,
        )
        texts = (manifest.engine, manifest.analyzer, manifest.analyzer_fingerprint, manifest.generation)
        if not all(isinstance(text, str) for text in texts) or not isinstance(manifest.parameters, dict):
            raise TypeError("a value of the wrong kind")
        if sum(manifest.parts) != _size(manifest.passages) + _size(manifest.deleted):
            raise ValueError("the parts do not hold the passages")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _altered(path, f"lacks a value or has a wrong one ({error})") from None
    if not GENERATION.fullmatch(manifest.generation):
        raise _altered(path, f"names the generation {manifest.generation!r}")
    for name in files:
        parts = PurePosixPath(name).parts
        if not parts or name.startswith("/") or ".." in parts or "\\" in name or ":" in name or "\0" in name:
            raise _altered(path, f"names a file outside the folder ({name!r})")
    return manifest


def _size(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{value!r} is no size")
    return value


def _no_links(folder: Path, path: Path) -> None:
    while path != folder:
        if path.is_symlink():
            raise CorruptIndexError(f"{path} is a link; an index holds plain files only: copy what it points to")
        path = path.parent


def _checksum(body: Mapping[str, Any]) -> str:
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _altered(path: Path, how: str) -> CorruptIndexError:
    return CorruptIndexError(
        f"{path} {how}: it was altered after it was written; copy the index again, or build it again"
    )


def write_atomically(path: Path, text: str) -> None:
    """Write a file so that a reader, or a crash, sees the old content or the new one and nothing between."""
    draft = path.with_name(f"{path.name}.new")
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
