"""Engines and deleted passages: which can leave them out, and what those do to whom a passage's score is its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexes.errors import IndexFolderError
from indexes.passage import Passage
from indexes.protocols import (
    CompactingEngine,
    ComposedEngine,
    Engine,
    EngineReader,
    EngineWriter,
    ExtensibleEngine,
    ForgettingEngine,
    Recipe,
    Store,
    TellingReader,
)
from indexes.selection import search_within
from indexes.stores.deleted import Ordinals, mask_of_others


def able(engine: Engine, parameters: Mapping[str, Any], ability: type) -> bool:
    """Whether the engine, and all that it is made of, has the methods of that protocol."""
    if not isinstance(engine, ability):
        return False
    parts = engine.parts(parameters) if isinstance(engine, ComposedEngine) else ()
    return all(able(part, inner, ability) for part, inner in parts)


def open_reader(engine: Engine, folder: Path, recipe: Recipe, store: Store, deleted: Ordinals) -> EngineReader:
    """`open`, or `open_without` where passages were deleted."""
    if not len(deleted):
        return engine.open(folder, recipe, store)
    if not isinstance(engine, ForgettingEngine):
        raise IndexFolderError(
            f"passages were deleted from the index of {folder}, but engine {engine.name} cannot leave them out; "
            "install the version of it that did, or build the index again"
        )
    return engine.open_without(folder, recipe, store, deleted)


def extended(engine: Engine, folder: Path, recipe: Recipe, store: Store) -> EngineWriter:
    """`extend`, of an engine that was found able to."""
    if not isinstance(engine, ExtensibleEngine):
        raise TypeError(f"engine {engine.name} cannot be extended")
    return engine.extend(folder, recipe, store)


def forget(engine: Engine, folder: Path, recipe: Recipe, passages: Sequence[Passage]) -> None:
    """`forget`, of an engine that was found able to."""
    if not isinstance(engine, ForgettingEngine):
        raise TypeError(f"engine {engine.name} cannot forget")
    engine.forget(folder, recipe, passages)


def compact(engine: Engine, old: Path, new: Path, recipe: Recipe, store: Store, kept: Ordinals) -> None:
    """`compact`, or the passages that stay indexed anew."""
    if isinstance(engine, CompactingEngine):
        engine.compact(old, new, recipe, store, kept)
        return
    with ExitStack() as failed:
        writer = engine.create(new, recipe)
        failed.callback(writer.abort)
        for ordinal in kept.tolist():
            writer.add(store[ordinal])
        writer.finish()
        failed.pop_all()


class Surviving:
    """A reader that never gives a deleted passage. Enough where a passage's score does not depend on the others."""

    def __init__(self, reader: EngineReader, deleted: Ordinals, passages: int) -> None:
        self._reader = reader
        self._live = mask_of_others(deleted, passages)

    def search(self, query: str, k: int) -> Sequence[tuple[int, float]]:
        return search_within(self._reader, query, k, self._live)

    def search_within(self, query: str, k: int, allowed: NDArray[np.bool_]) -> Sequence[tuple[int, float]]:
        return search_within(self._reader, query, k, allowed & self._live)

    def facts(self) -> dict[str, Any]:
        return self._reader.facts() if isinstance(self._reader, TellingReader) else {}

    def close(self) -> None:
        self._reader.close()
