"""`add`, `delete`, `update`, `compact` and `snapshot`: an index that changes while others search it.

Every change writes a new generation that shares the unchanged files of the last one, and publishes it in one step, as a
build does: whoever has the index open keeps what they opened, `refresh` or opening again gives the new state, and a
writer that dies leaves the old one. One writer at a time.

What is added is searched with the statistics of all the passages, and what is deleted counts in none: scores and order
are those of an index built from the passages that are left, in the order in which they were indexed. An engine that
cannot do this by itself is built anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from indexes.building import PathLike, Source, corpus_of
from indexes.changing import Draft, changing
from indexes.embedders.fitted import CorpusEmbedder
from indexes.errors import DuplicateIdError, IndexFolderError, InputError
from indexes.indexing import store_passages
from indexes.linking import entries_with, link_files
from indexes.manifest import Manifest, read_manifest
from indexes.protocols import Analyzer, Embedder, Progress
from indexes.publish import Publication, writing
from indexes.stores.deleted import NONE, Ordinals
from indexes.verified import check_files, remember


@dataclass(frozen=True, slots=True)
class Change:
    """What was done: how many passages are new, took the place of one with their id, or were deleted; and how many the
    index holds now."""

    added: int
    replaced: int
    deleted: int
    passages: int


def add(
    path: PathLike,
    source: Source,
    *,
    analyzer: Analyzer | None = None,
    embedder: Embedder | CorpusEmbedder | None = None,
    embedding_cache: PathLike | None = None,
    format: str | None = None,
    skip_bad: int = 0,
    progress: Progress | None = None,
) -> Change:
    """Add passages to an index. `source` and the rest are as in `build` and `open`.

    Raises DuplicateIdError, naming it, for an id that is there already or comes twice; IndexLockedError where another
    process is writing; and what `build` and `open` raise. The index is then as it was.
    """
    corpus = corpus_of(source, format, skip_bad)
    with changing(path, analyzer, embedder, embedding_cache) as draft:
        checks = store_passages(corpus, draft.generation, len(draft.manifest.parts))
        there = draft.replaced_by(checks)
        if there:
            raise DuplicateIdError(
                f'ids must be unique, but "{draft.store[there[0]].id}" is in {path} already; '
                "leave it out, or replace the passage with update"
            )
        manifest = draft.share(len(checks), NONE, getattr(corpus, "skipped", 0), progress)
    return Change(len(checks), 0, 0, manifest.passages)


def update(
    path: PathLike,
    source: Source,
    *,
    analyzer: Analyzer | None = None,
    embedder: Embedder | CorpusEmbedder | None = None,
    embedding_cache: PathLike | None = None,
    format: str | None = None,
    skip_bad: int = 0,
    progress: Progress | None = None,
) -> Change:
    """Add passages to an index, each in place of the one with its id, if there is one; it then counts as indexed last.

    The arguments are those of `add`. Raises what `add` does, DuplicateIdError for an id that comes twice in the source.
    """
    corpus = corpus_of(source, format, skip_bad)
    with changing(path, analyzer, embedder, embedding_cache) as draft:
        checks = store_passages(corpus, draft.generation, len(draft.manifest.parts))
        gone = np.array(draft.replaced_by(checks), dtype=np.uint32)
        manifest = draft.share(len(checks), gone, getattr(corpus, "skipped", 0), progress)
    return Change(len(checks) - len(gone), len(gone), 0, manifest.passages)


def delete(
    path: PathLike,
    ids: Iterable[str],
    *,
    missing_ok: bool = False,
    analyzer: Analyzer | None = None,
    embedder: Embedder | CorpusEmbedder | None = None,
    progress: Progress | None = None,
) -> Change:
    """Delete the passages with these ids. They take room until the index is compacted.

    Raises InputError for an id that is not there, unless `missing_ok`, and where none would be left; IndexLockedError
    where another process is writing; and what `open` raises. The index is then as it was.
    """
    wanted = _ids(ids)
    with changing(path, analyzer, embedder) as draft:
        gone = _ordinals_of(draft, wanted, missing_ok, path)
        if not len(gone):
            return Change(0, 0, 0, draft.manifest.passages)
        if len(gone) == draft.manifest.passages:
            raise InputError(
                f"an index must keep at least one passage, but all {len(gone)} of {path} are to be deleted; "
                "delete the folder, or build another index there"
            )
        manifest = draft.share(0, gone, 0, progress)
    return Change(0, 0, len(gone), manifest.passages)


def compact(
    path: PathLike,
    *,
    analyzer: Analyzer | None = None,
    embedder: Embedder | CorpusEmbedder | None = None,
    embedding_cache: PathLike | None = None,
    progress: Progress | None = None,
) -> Change:
    """Make the index what a build of its passages would make: what was deleted takes no room any more.

    Raises IndexLockedError where another process is writing, and what `open` raises. The index is then as it was.
    """
    with changing(path, analyzer, embedder, embedding_cache) as draft:
        manifest = draft.compact(progress)
    return Change(0, 0, 0, manifest.passages)


def snapshot(path: PathLike, to: PathLike) -> Path:
    """Make an index at `to` of what is published at `path`, which later changes there leave alone. Gives its folder.

    The files are shared where the file system can (hard links), and copied elsewhere. An index at `to` is replaced.
    Raises what `open` and `build` raise.
    """
    folder = Path(path).resolve()
    if folder == Path(to).resolve():
        raise InputError(f"a snapshot needs a place of its own, but {to} is the index itself; choose another folder")
    read_manifest(folder)
    with Publication(to) as publication:
        while True:
            manifest = read_manifest(folder)
            try:
                _copy(folder, manifest, publication)
                break
            except (IndexFolderError, FileNotFoundError):
                # a writer may have taken the files away between the manifest's reading and theirs
                if read_manifest(folder).generation == manifest.generation:
                    raise
    if read_manifest(folder).generation == manifest.generation and os.access(folder, os.W_OK):
        remember(folder, manifest)  # to be linked is a change, too
    return publication.to


def _copy(folder: Path, manifest: Manifest, publication: Publication) -> None:
    check_files(folder, manifest)
    with writing(publication.to):
        for name in manifest.files:
            (publication.generation / name).unlink(missing_ok=True)  # of an attempt before
        linked = link_files(folder, manifest, publication.generation, manifest.files)
        files = entries_with(publication.generation, linked)
    publication.commit(replace(manifest, generation=publication.name, files=files))


def _ids(ids: Iterable[str]) -> list[str]:
    if isinstance(ids, str) or not isinstance(ids, Iterable):
        raise InputError(f"ids must be a list of strings, but got {ids!r}; write for example delete(path, ['a'])")
    wanted = list(dict.fromkeys(ids))
    for identifier in wanted:
        if not isinstance(identifier, str):
            raise InputError(f"an id must be a string, but got {identifier!r}; give it as it was indexed")
    return wanted


def _ordinals_of(draft: Draft, wanted: list[str], missing_ok: bool, path: PathLike) -> Ordinals:
    """Where the passages with these ids are, rising."""
    table, live, found = draft.ids, draft.live, []
    for identifier in wanted:
        there = [ordinal for ordinal in table.find(identifier) if live[ordinal]]
        if not there and not missing_ok:
            raise InputError(
                f'only what is there can be deleted, but "{identifier}" is not in {path}; '
                "leave it out, or say that it may be missing (missing_ok)"
            )
        found += there
    return np.array(sorted(found), dtype=np.uint32)
