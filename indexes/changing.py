"""A change in progress: the next generation of an index, made from the last one while the index's lock is held."""

from __future__ import annotations

import hashlib
import os
from array import array
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexes.embedders.cached import CachedEmbedder
from indexes.embedders.fitted import CorpusEmbedder, save_fitted
from indexes.engines.forgetting import able, extended, forget
from indexes.errors import IndexFolderError, InputError
from indexes.indexing import index_passages, reported
from indexes.linking import Linked, entries_with, link_files
from indexes.manifest import FORMAT_VERSION, FileEntry, Manifest, read_manifest
from indexes.opening import ENGINE_FOLDER, engine_and_recipe
from indexes.passage import Passage
from indexes.protocols import (
    Analyzer,
    CompactingEngine,
    Embedder,
    Engine,
    ExtensibleEngine,
    ForgettingEngine,
    Progress,
    Recipe,
    Store,
)
from indexes.publish import Publication, writing
from indexes.stores.deleted import DELETED, NONE, Ordinals, mask_of_others, read_deleted, write_deleted
from indexes.stores.jsonl import IDS, OFFSETS, PASSAGES, JsonlStore, JsonlStoreWriter, name_in
from indexes.stores.parts import Ids, merge_parts, open_store
from indexes.verified import check_files

FEWEST_LEFT = 0.01


@dataclass(frozen=True, slots=True)
class Draft:
    """The next generation of the index: the last one's manifest, store and deleted ones, and a folder to write to."""

    publication: Publication
    manifest: Manifest
    engine: Engine
    recipe: Recipe
    store: Store
    deleted: Ordinals

    @property
    def generation(self) -> Path:
        return self.publication.generation

    @property
    def live(self) -> NDArray[np.bool_]:
        """True for the passages of the store that were not deleted."""
        return mask_of_others(self.deleted, len(self.store))

    @property
    def ids(self) -> Ids:
        return Ids(self.publication.to / self.manifest.generation, self.manifest.parts, self.store)

    def replaced_by(self, checks: array[int]) -> list[int]:
        """The ordinals of the passages whose ids are among those of the new part, rising. `checks` are its CRC-32s."""
        new = JsonlStore(self.generation, len(checks), len(self.manifest.parts))
        live = self.live
        try:
            found = self.ids.same(checks, lambda ordinal: new[ordinal].id)
            return sorted(ordinal for ordinal in found if live[ordinal])
        finally:
            new.close()

    def share(self, added: int, gone: Ordinals, skipped: int, progress: Progress | None) -> Manifest:
        """Publish the last generation with what was added to a new part of the store, and without those gone.

        An engine that cannot is built anew from the passages that are left; and so is any where hardly one of a hundred
        is left: statistics of the few, got by taking those of the many away from those of all, would not be exact.
        """
        left = self.manifest.passages + added - len(gone)
        few = left < FEWEST_LEFT * (len(self.store) + added)
        if few or not self._can_share(added > 0, len(gone) > 0):
            return self._rebuild(added, gone, skipped, progress)
        counts = list(self.manifest.parts)
        engine_folder = self.generation / ENGINE_FOLDER
        with writing(self.publication.to):
            names = [name for name in self.manifest.files if name != DELETED]
            linked = link_files(self.publication.to, self.manifest, self.generation, names)
            if added:
                self._extend(engine_folder, added, progress)
                counts = merge_parts(self.generation, [*counts, added])
            if len(gone):
                lost = [self.store[ordinal] for ordinal in gone.tolist()]
                forget(self.engine, engine_folder, self.recipe, lost)
            deleted = np.union1d(self.deleted, gone).astype(np.uint32)
            write_deleted(self.generation, deleted)
        return self._publish(counts, len(deleted), skipped, linked)

    def compact(self, progress: Progress | None) -> Manifest:
        """Publish the index that a build of the passages that are left would make."""
        if not isinstance(self.engine, CompactingEngine):
            return self._rebuild(0, NONE, 0, progress)
        kept = self.live.nonzero()[0].astype(np.uint32)
        old = self.publication.to / self.manifest.generation / ENGINE_FOLDER
        with writing(self.publication.to), ExitStack() as undo:
            store = JsonlStoreWriter(self.generation)
            undo.callback(store.abort)
            for passage in reported(self._left(NONE), progress):
                store.add(passage)
            store.finish()
            new = self.generation / ENGINE_FOLDER
            new.mkdir()
            self.engine.compact(old, new, self.recipe, self.store, kept)
            save_fitted(self.recipe.embedder, self.generation)
        return self._publish([len(kept)], 0, 0, {})

    def _can_share(self, adds: bool, forgets: bool) -> bool:
        needed = [ExtensibleEngine] if adds else []
        needed += [ForgettingEngine] if forgets else []
        return all(able(self.engine, self.recipe.parameters, ability) for ability in needed)

    def _extend(self, folder: Path, added: int, progress: Progress | None) -> None:
        with ExitStack() as undo:
            new = JsonlStore(self.generation, added, len(self.manifest.parts))
            undo.callback(new.close)
            writer = extended(self.engine, folder, self.recipe, self.store)
            with ExitStack() as failed:
                failed.callback(writer.abort)
                for passage in reported(new, progress):
                    writer.add(passage)
                writer.finish()
                failed.pop_all()

    def _rebuild(self, added: int, gone: Ordinals, skipped: int, progress: Progress | None) -> Manifest:
        part = len(self.manifest.parts)
        new = JsonlStore(self.generation, added, part) if added else None
        try:

            def left() -> Iterator[Passage]:
                yield from self._left(gone)
                if new is not None:
                    yield from new

            store = index_passages(left(), self.engine, self.recipe, self.generation, progress)
        finally:
            if new is not None:
                new.close()
        for name in (PASSAGES, OFFSETS, IDS) if added else ():
            (self.generation / name_in(part, name)).unlink()
        return self._publish([len(store)], 0, skipped, {})

    def _left(self, gone: Ordinals) -> Iterator[Passage]:
        left = mask_of_others(np.union1d(self.deleted, gone).astype(np.uint32), len(self.store))
        return (self.store[ordinal] for ordinal in left.nonzero()[0].tolist())

    def _publish(self, counts: list[int], deleted: int, skipped: int, linked: Linked) -> Manifest:
        with writing(self.publication.to):
            files = entries_with(self.generation, linked)
        manifest = replace(
            self.manifest,
            passages=sum(counts) - deleted,
            parts=tuple(counts),
            deleted=deleted,
            skipped=self.manifest.skipped + skipped,
            corpus_digest=_digest(files, counts),
            changed=datetime.now(UTC).isoformat(timespec="seconds"),
            generation=self.publication.name,
            files=files,
            format_version=FORMAT_VERSION,
        )
        self.publication.commit(manifest)
        return manifest


def _digest(files: dict[str, FileEntry], counts: list[int]) -> str:
    """The SHA-256 of the lines, as of a build; of the digests, where they are in parts or some were deleted."""
    digests = [files[name_in(part, PASSAGES)].sha256 for part in range(len(counts))]
    if DELETED in files:
        digests.append(files[DELETED].sha256)
    return f"sha256:{digests[0] if len(digests) == 1 else hashlib.sha256(' '.join(digests).encode()).hexdigest()}"


@contextmanager
def changing(
    path: str | os.PathLike[str],
    analyzer: Analyzer | None,
    embedder: Embedder | CorpusEmbedder | None,
    embedding_cache: str | os.PathLike[str] | None = None,
) -> Iterator[Draft]:
    """Hold the index's lock and make a draft of its next generation; nothing is left of it unless it is published.

    Raises what `indexes.open` does, and IndexLockedError where another process is writing.
    """
    folder = Path(path)
    read_manifest(folder)  # what is no index is not written to
    with Publication(folder) as publication:
        manifest = read_manifest(publication.to)
        if IDS not in manifest.files:
            raise IndexFolderError(
                f"only an index with a table of its ids can be changed, but {folder} was built by an earlier version; "
                "build the index again"
            )
        check_files(publication.to, manifest)
        engine, recipe = engine_and_recipe(publication.to, manifest, analyzer, embedder)
        if embedding_cache is not None:
            recipe = replace(recipe, embedder=_cached(recipe.embedder, embedding_cache, manifest))
        store = open_store(publication.to / manifest.generation, manifest.parts)
        try:
            deleted = read_deleted(publication.to / manifest.generation, manifest.deleted, len(store))
            yield Draft(publication, manifest, engine, recipe, store, deleted)
        finally:
            store.close()


def _cached(embedder: Embedder | None, cache: str | os.PathLike[str], manifest: Manifest) -> Embedder:
    if embedder is None:
        raise InputError(
            f"embedding_cache is for engines with an embedder, but engine {manifest.engine} has none; leave it out"
        )
    return CachedEmbedder(embedder, cache)
