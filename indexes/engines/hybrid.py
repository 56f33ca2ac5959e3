"""`hybrid`: words and vectors together: a sparse and a dense engine over the same passages, their scores fused.

Each engine's best 100 are brought to the range 0 … 1 (min-max: the best 1, the last 0), weighted 0.7 sparse and 0.3
dense, and added; a passage that only one of them found gets that one's part. So at most 200 passages can be found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexes.engines import ENGINES
from indexes.engines.forgetting import Surviving, compact, extended, forget, open_reader
from indexes.engines.parameters import number, with_defaults
from indexes.errors import InputError
from indexes.passage import Passage
from indexes.protocols import Engine, EngineReader, EngineWriter, Recipe, Store, TellingReader
from indexes.selection import search_within
from indexes.stores.deleted import NONE, Ordinals

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DEPTH = 100
PARTS = ("sparse", "dense")


class Hybrid:
    """Engine `hybrid`. Parameters: `sparse` (`bm25`) and `dense` (`faiss`), the two engines; `sparse_weight` (0.7), of
    1 in all; `sparse_parameters` and `dense_parameters`, what those engines take. Needs an embedder."""

    name = "hybrid"

    def parameters(self, given: Mapping[str, Any]) -> dict[str, Any]:
        defaults = {
            "sparse": "bm25",
            "dense": "faiss",
            "sparse_weight": 0.7,
            "sparse_parameters": {},
            "dense_parameters": {},
        }
        chosen = with_defaults(self.name, given, defaults)
        chosen["sparse_weight"] = number(self.name, "sparse_weight", chosen["sparse_weight"], low=0, high=1)
        for part in PARTS:
            if chosen[part] == self.name or not isinstance(chosen[part], str):
                raise InputError(f"{part} must name another engine than {self.name}, but got {chosen[part]!r}")
            inner = chosen[f"{part}_parameters"]
            if not isinstance(inner, Mapping):
                raise InputError(f"{part}_parameters must be a dictionary, but got {inner!r}")
            engine: Engine = ENGINES.get(chosen[part])
            chosen[f"{part}_parameters"] = engine.parameters(inner)
        return chosen

    def embeds(self, parameters: Mapping[str, Any]) -> bool:
        return any(engine.embeds(inner) for _, engine, inner in _parts(parameters))

    def create(self, folder: Path, recipe: Recipe) -> EngineWriter:
        def made(part: str, engine: Engine, inner: Recipe) -> EngineWriter:
            (folder / part).mkdir()
            return engine.create(folder / part, inner)

        return HybridWriter(made, recipe)

    def open(self, folder: Path, recipe: Recipe, store: Store) -> EngineReader:
        return HybridReader(folder, recipe, store)

    def parts(self, parameters: Mapping[str, Any]) -> list[tuple[Engine, Mapping[str, Any]]]:
        return [(engine, inner) for _, engine, inner in _parts(parameters)]

    def extend(self, folder: Path, recipe: Recipe, store: Store) -> EngineWriter:
        return HybridWriter(lambda part, engine, inner: extended(engine, folder / part, inner, store), recipe)

    def forget(self, folder: Path, recipe: Recipe, passages: Sequence[Passage]) -> None:
        for part, engine, inner in _recipes(recipe):
            forget(engine, folder / part, inner, passages)

    def open_without(self, folder: Path, recipe: Recipe, store: Store, deleted: Ordinals) -> EngineReader:
        return Surviving(HybridReader(folder, recipe, store, deleted), deleted, len(store))

    def compact(self, old: Path, new: Path, recipe: Recipe, store: Store, kept: Ordinals) -> None:
        for part, engine, inner in _recipes(recipe):
            (new / part).mkdir()
            compact(engine, old / part, new / part, inner, store, kept)


ENGINE = Hybrid()


def _parts(parameters: Mapping[str, Any]) -> list[tuple[str, Engine, Mapping[str, Any]]]:
    """Each part's name, which is its folder's too, its engine and that engine's parameters."""
    return [(part, ENGINES.get(parameters[part]), parameters[f"{part}_parameters"]) for part in PARTS]


def _recipes(recipe: Recipe) -> Iterator[tuple[str, Engine, Recipe]]:
    """Each part's name, its engine, and what that one is made with."""
    for part, engine, inner in _parts(recipe.parameters):
        yield part, engine, Recipe(recipe.analyzer, recipe.embedder if engine.embeds(inner) else None, inner)


class HybridWriter:
    """Each engine's files in a folder of its own; `make` gives the writer of a part."""

    def __init__(self, make: Callable[[str, Engine, Recipe], EngineWriter], recipe: Recipe) -> None:
        self._writers: list[EngineWriter] = []
        try:
            for part, engine, inner in _recipes(recipe):
                self._writers.append(make(part, engine, inner))
        except BaseException:
            self.abort()
            raise

    def add(self, passage: Passage) -> None:
        for writer in self._writers:
            writer.add(passage)

    def finish(self) -> None:
        for writer in self._writers:
            writer.finish()

    def abort(self) -> None:
        for writer in self._writers:
            writer.abort()


class HybridReader:
    """Asks both engines for the same number of passages, whatever k is: the scores must not depend on it."""

    def __init__(self, folder: Path, recipe: Recipe, store: Store, deleted: Ordinals = NONE) -> None:
        self._readers: list[EngineReader] = []
        self._depth = min(DEPTH, len(store))
        sparse = float(recipe.parameters["sparse_weight"])
        self._weights = (sparse, 1 - sparse)
        try:
            for part, engine, inner in _recipes(recipe):
                self._readers.append(open_reader(engine, folder / part, inner, store, deleted))
        except BaseException:
            self.close()
            raise

    def search(self, query: str, k: int) -> Sequence[tuple[int, float]]:
        return self._fused([reader.search(query, self._depth) for reader in self._readers], k)

    def search_within(self, query: str, k: int, allowed: NDArray[np.bool_]) -> Sequence[tuple[int, float]]:
        """Each engine's best 100 of the allowed ones: what is not allowed takes nobody's place."""
        return self._fused([search_within(reader, query, self._depth, allowed) for reader in self._readers], k)

    def _fused(self, lists: Sequence[Sequence[tuple[int, float]]], k: int) -> list[tuple[int, float]]:
        fused: dict[int, float] = {}
        for weight, found in zip(self._weights, lists, strict=True):
            for ordinal, score in min_max(found):
                fused[ordinal] = fused.get(ordinal, 0.0) + weight * score
        return sorted(fused.items(), key=lambda hit: (-hit[1], hit[0]))[:k]

    def facts(self) -> dict[str, Any]:
        """What its engines tell, by part; nothing of one that tells nothing."""
        told = zip(PARTS, self._readers, strict=True)
        return {part: reader.facts() for part, reader in told if isinstance(reader, TellingReader)}

    def close(self) -> None:
        for reader in self._readers:
            reader.close()


def min_max(found: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """The scores brought to 0 … 1; all 1 where they are all the same."""
    if not found:
        return []
    scores = [score for _, score in found]
    low, high = min(scores), max(scores)
    if high == low:
        return [(ordinal, 1.0) for ordinal, _ in found]
    return [(ordinal, (score - low) / (high - low)) for ordinal, score in found]
