"""`open` and `verify`: from a folder to an index, trusting nothing in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from indexes.analyzers import ANALYZERS
from indexes.embedders import embedder_named
from indexes.engines import ENGINES
from indexes.errors import CorruptIndexError, IndexFolderError, InputError
from indexes.folder_index import FolderIndex
from indexes.manifest import MANIFEST, Manifest, read_manifest
from indexes.protocols import Analyzer, Embedder, Engine, Recipe
from indexes.stores.jsonl import JsonlStore

CUSTOM = "custom"
"""What a manifest says for an analyzer or embedder that was given as an object."""


def open_index(
    path: str | os.PathLike[str], *, analyzer: Analyzer | None = None, embedder: Embedder | None = None
) -> FolderIndex:
    """Open an index folder. Reads the manifest and maps the files: it costs the same for any size.

    `analyzer` and `embedder` are for an index that was built with one of your own. Raises NotAnIndexError,
    FormatVersionError, CorruptIndexError, UnknownNameError for an engine, analyzer or embedder that is not installed,
    and IndexFolderError where it is not the one the index was built with.
    """
    folder = Path(path)
    manifest = read_manifest(folder)
    while True:
        try:
            return _open(folder, manifest, analyzer, embedder)
        except CorruptIndexError:
            # a rebuild may have taken the files away between the manifest's reading and theirs
            newer = read_manifest(folder)
            if newer.generation == manifest.generation:
                raise
            manifest = newer


def verify(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Check every byte of an index against its manifest. Gives `{"files": n, "bytes": n, "passages": n}`.

    Raises what `open` raises, and CorruptIndexError naming the first file that was altered.
    """
    folder = Path(path)
    manifest = read_manifest(folder)
    manifest.check_contents(folder)
    return {"files": len(manifest.files), "bytes": manifest.bytes, "passages": manifest.passages}


def _open(folder: Path, manifest: Manifest, analyzer: Analyzer | None, embedder: Embedder | None) -> FolderIndex:
    manifest.check_sizes(folder)
    engine: Engine = ENGINES.get(manifest.engine)
    recipe = Recipe(
        _analyzer(folder, manifest, analyzer),
        _embedder(folder, manifest, embedder),
        _parameters(folder, manifest, engine),
    )
    generation = folder / manifest.generation
    store = JsonlStore(generation, manifest.passages)
    try:
        reader = engine.open(generation / "engine", recipe, store)
    except BaseException:
        store.close()
        raise
    return FolderIndex(folder, manifest, store, reader)


def _parameters(folder: Path, manifest: Manifest, engine: Engine) -> dict[str, Any]:
    try:
        return engine.parameters(manifest.parameters)
    except InputError as error:
        raise CorruptIndexError(
            f"{folder / MANIFEST} is not as it was written: {error}; build the index again"
        ) from None


def _analyzer(folder: Path, manifest: Manifest, given: Analyzer | None) -> Analyzer:
    if given is None and manifest.analyzer == CUSTOM:
        raise _ones_own(folder, "analyzer", manifest.analyzer_fingerprint)
    analyzer: Analyzer = ANALYZERS.get(manifest.analyzer) if given is None else given
    if analyzer.fingerprint != manifest.analyzer_fingerprint:
        raise _another(folder, "analyzer", manifest.analyzer_fingerprint, analyzer.fingerprint)
    return analyzer


def _embedder(folder: Path, manifest: Manifest, given: Embedder | None) -> Embedder | None:
    wanted = manifest.embedder_fingerprint
    if manifest.embedder is None or wanted is None:
        return None
    if given is None and manifest.embedder == CUSTOM:
        raise _ones_own(folder, "embedder", wanted)
    embedder = embedder_named(manifest.embedder) if given is None else given
    if embedder.fingerprint != wanted:
        raise _another(folder, "embedder", wanted, embedder.fingerprint)
    return embedder


def _ones_own(folder: Path, kind: str, fingerprint: str) -> InputError:
    return InputError(
        f"{folder} was built with an {kind} of your own ({fingerprint}); give it to indexes.open(..., {kind}=...)"
    )


def _another(folder: Path, kind: str, wanted: str, got: str) -> IndexFolderError:
    return IndexFolderError(
        f"{folder} must be searched with the {kind} it was built with ({wanted}), but got {got}; build the index again"
    )
