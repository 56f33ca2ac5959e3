"""`open` and `verify`: from a folder to an index, trusting nothing in it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from indexes.analyzers import ANALYZERS
from indexes.embedders import embedder_named
from indexes.embedders.fitted import EMBEDDER_FOLDER, CorpusEmbedder
from indexes.engines import ENGINES
from indexes.engines.forgetting import open_reader
from indexes.errors import CorruptIndexError, IndexFolderError, InputError
from indexes.folder_index import FolderIndex
from indexes.manifest import MANIFEST, Manifest, read_manifest
from indexes.protocols import Analyzer, Embedder, Engine, Recipe
from indexes.stores.deleted import mask_of_others, read_deleted
from indexes.stores.parts import open_store
from indexes.verified import check_files

Result = TypeVar("Result")
ENGINE_FOLDER = "engine"
CUSTOM = "custom"
"""What a manifest says for an analyzer or embedder that was given as an object."""


def open_index(
    path: str | os.PathLike[str],
    *,
    analyzer: Analyzer | None = None,
    embedder: Embedder | CorpusEmbedder | None = None,
    trust: bool = False,
) -> FolderIndex:
    """Open an index folder. Reads the manifest and maps the files: it costs the same for any size.

    Only a file that is not known to be as it was written, because it was copied here or touched since, is read and
    compared with its SHA-256 first (about a second for a gigabyte, once); with `trust`, no more than its size is looked
    at. `analyzer` and `embedder` are for an index that was built with one of your own. Raises NotAnIndexError,
    FormatVersionError, CorruptIndexError, UnknownNameError for an engine, analyzer or embedder that is not installed,
    and IndexFolderError where it is not the one the index was built with.
    """
    folder = Path(path)
    return _of_the_latest(folder, lambda manifest: _open(folder, manifest, analyzer, embedder, trust))


def verify(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Check every byte of an index against its manifest. Gives `{"files": n, "bytes": n, "passages": n}`.

    Raises what `open` raises, and CorruptIndexError naming the first file that was altered.
    """
    folder = Path(path)

    def checked(manifest: Manifest) -> dict[str, Any]:
        check_files(folder, manifest, everything=True)
        return {"files": len(manifest.files), "bytes": manifest.bytes, "passages": manifest.passages}

    return _of_the_latest(folder, checked)


def _of_the_latest(folder: Path, work: Callable[[Manifest], Result]) -> Result:
    """Do it with the manifest; and with a newer one, where a writer took the files away meanwhile."""
    manifest = read_manifest(folder)
    while True:
        try:
            return work(manifest)
        except (CorruptIndexError, OSError) as error:
            newer = read_manifest(folder)
            if newer.generation != manifest.generation:
                manifest = newer
                continue
            where = getattr(error, "filename", None)
            if isinstance(where, str) and Path(where).is_relative_to(folder):
                raise CorruptIndexError(
                    f"{where} cannot be read ({error}); check its rights, copy the index again, or build it again"
                ) from None
            raise


def _open(
    folder: Path, manifest: Manifest, analyzer: Analyzer | None, embedder: Embedder | CorpusEmbedder | None, trust: bool
) -> FolderIndex:
    if trust:
        manifest.check_sizes(folder)
    else:
        check_files(folder, manifest)
    engine, recipe = engine_and_recipe(folder, manifest, analyzer, embedder)
    generation = folder / manifest.generation
    store = open_store(generation, manifest.parts)
    try:
        deleted = read_deleted(generation, manifest.deleted, len(store))
        reader = open_reader(engine, generation / ENGINE_FOLDER, recipe, store, deleted)
    except BaseException:
        store.close()
        raise
    live = mask_of_others(deleted, len(store)) if manifest.deleted else None

    def reopened() -> FolderIndex:
        return open_index(folder, analyzer=analyzer, embedder=embedder, trust=trust)

    return FolderIndex(folder, manifest, store, reader, recipe.analyzer, live, reopened)


def engine_and_recipe(
    folder: Path, manifest: Manifest, analyzer: Analyzer | None, embedder: Embedder | CorpusEmbedder | None
) -> tuple[Engine, Recipe]:
    """What the index was built with, checked by fingerprint; raises what `open_index` does for something else."""
    engine: Engine = ENGINES.get(manifest.engine)
    return engine, Recipe(
        _analyzer(folder, manifest, analyzer),
        _embedder(folder, manifest, embedder),
        _parameters(folder, manifest, engine),
    )


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


def _embedder(folder: Path, manifest: Manifest, given: Embedder | CorpusEmbedder | None) -> Embedder | None:
    wanted = manifest.embedder_fingerprint
    if manifest.embedder is None or wanted is None:
        return None
    if given is None and manifest.embedder == CUSTOM:
        raise _ones_own(folder, "embedder", wanted)
    named = embedder_named(manifest.embedder) if given is None else given
    learned = folder / manifest.generation / EMBEDDER_FOLDER
    embedder = named.load(learned) if isinstance(named, CorpusEmbedder) else named
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
