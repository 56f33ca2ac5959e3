"""`faiss`: the nearest passages by the vectors of an embedder, through FAISS (extra `[dense]`).

Scores are cosines: the vectors are brought to unit length, and a passage whose vector is zero has score 0. Kinds:

- `flat` compares the query with every passage: exact.
- `ivf`, `ivf_sq8`, `ivf_rabitq` look into the lists of vectors nearest to it (`nearest/lists.py`).
- `hnsw` walks a graph (`nearest/graph.py`).
- `auto` chooses by size and memory, and says why.

How hard all but `flat` search is chosen at building, for a stated share of flat's best ten, and measured.
FAISS reads no file: it is handed arrays that were checked. This is the one file that imports it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from indexes.engines.forgetting import Surviving
from indexes.engines.nearest.choosing import AUTO, KINDS
from indexes.engines.nearest.reader import FaissReader
from indexes.engines.nearest.state import read_state
from indexes.engines.nearest.writer import FaissWriter
from indexes.engines.parameters import number, whole_number, with_defaults
from indexes.errors import CorruptIndexError, InputError
from indexes.passage import Passage
from indexes.protocols import Embedder, EngineReader, EngineWriter, Recipe, Store
from indexes.stores.deleted import Ordinals

_watched: set[int] = set()
_lock = threading.Lock()


class Faiss:
    """Engine `faiss`. Parameters: `kind` (`auto`); `recall` (0.98), what part of flat's best ten is to be found;
    `memory_mb` (500), how large `auto` lets the vectors be that every search goes through. Needs an embedder."""

    name = "faiss"

    def parameters(self, given: Mapping[str, Any]) -> dict[str, Any]:
        chosen = with_defaults(self.name, given, {"kind": AUTO, "recall": 0.98, "memory_mb": 500})
        if chosen["kind"] not in KINDS:
            raise InputError(f"kind of engine faiss must be one of {', '.join(KINDS)}, but got {chosen['kind']!r}")
        chosen["recall"] = number(self.name, "recall", chosen["recall"], low=0.5, high=0.999)
        chosen["memory_mb"] = whole_number(self.name, "memory_mb", chosen["memory_mb"], low=1, high=10**9)
        return chosen

    def embeds(self, parameters: Mapping[str, Any]) -> bool:
        return True

    def create(self, folder: Path, recipe: Recipe) -> EngineWriter:
        return FaissWriter(_load(), folder, recipe, _embedder(recipe))  # better loaded now than after an hour's work

    def open(self, folder: Path, recipe: Recipe, store: Store) -> EngineReader:
        return FaissReader(_load(), folder, _embedder(recipe), len(store))

    def extend(self, folder: Path, recipe: Recipe, store: Store) -> EngineWriter:
        old = read_state(folder)
        if old.vectors != len(store):
            raise CorruptIndexError(
                f"{folder} must hold {len(store)} vectors, but holds {old.vectors}; build the index again"
            )
        return FaissWriter(_load(), folder, recipe, _embedder(recipe), old)

    def forget(self, folder: Path, recipe: Recipe, passages: Sequence[Passage]) -> None:
        """Nothing: no score depends on other passages, and searches let through what is left."""

    def open_without(self, folder: Path, recipe: Recipe, store: Store, deleted: Ordinals) -> EngineReader:
        return Surviving(self.open(folder, recipe, store), deleted, len(store))

    def compact(self, old: Path, new: Path, recipe: Recipe, store: Store, kept: Ordinals) -> None:
        writer = FaissWriter(_load(), new, recipe, _embedder(recipe))
        try:
            writer.take_over(old, store, kept)
            writer.finish()
        except BaseException:
            writer.abort()
            raise


ENGINE = Faiss()
OLDEST = (1, 15)
"""The first version of FAISS of which all that is used here is known to work."""


def _load() -> Any:
    try:
        import faiss
    except ImportError as error:
        raise InputError(
            f'engine faiss needs the package faiss-cpu, but it cannot be imported ({error}); pip install "dsp[dense]"'
        ) from None
    version = tuple(int(part) for part in faiss.__version__.split(".")[:2])
    if version < OLDEST:
        raise InputError(
            f"engine faiss needs faiss-cpu {'.'.join(map(str, OLDEST))} or newer, but finds {faiss.__version__}; "
            "pip install --upgrade faiss-cpu"
        )
    with _lock:
        if id(faiss) not in _watched and hasattr(os, "register_at_fork"):
            # a forked process has none of its parent's OpenMP threads, and would wait for them for ever
            _watched.add(id(faiss))
            os.register_at_fork(after_in_child=lambda: faiss.omp_set_num_threads(1))
    return faiss


def _embedder(recipe: Recipe) -> Embedder:
    if recipe.embedder is None:
        raise InputError('engine faiss needs an embedder, but got none; say embedder="hashing", or another')
    return recipe.embedder
