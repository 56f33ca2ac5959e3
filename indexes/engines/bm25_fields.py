"""`bm25_fields`: BM25 in which title and text are fields of their own, each with its own statistics.

    score(p, q) = title_weight * score in the title + score in the text

with the score of `bm25` in each, over the lengths and frequencies of that field alone. A word that is rare in titles
but common in texts then counts for more in a title, and a title of two words soon outweighs any text: keep the weight
low. It is for corpora whose titles are sentences, and for queries that look into one field (`title:emma`).

An engine of its own and not a parameter of `bm25`: what `bm25` keeps of deleted passages fits one field, so an index
of this engine is built anew where passages are deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from indexes.engines.bm25 import Bm25Reader, Bm25Writer
from indexes.engines.bm25_schema import Fields
from indexes.engines.parameters import number, true_or_false, with_defaults
from indexes.protocols import EngineReader, EngineWriter, Recipe, Store


class Bm25Fields:
    """Engine `bm25_fields`. Parameters: `title_weight` (1.0), any number up to 100; 0 leaves titles out of plain
    searches; `positions` (False), whether phrases can be asked for."""

    name = "bm25_fields"

    def parameters(self, given: Mapping[str, Any]) -> dict[str, Any]:
        chosen = with_defaults(self.name, given, {"title_weight": 1.0, "positions": False})
        return {
            "title_weight": number(self.name, "title_weight", chosen["title_weight"], low=0, high=100),
            "positions": true_or_false(self.name, "positions", chosen["positions"]),
        }

    def embeds(self, parameters: Mapping[str, Any]) -> bool:
        return False

    def create(self, folder: Path, recipe: Recipe) -> EngineWriter:
        return Bm25Writer(folder, recipe, _separate(recipe))

    def extend(self, folder: Path, recipe: Recipe, store: Store) -> EngineWriter:
        return Bm25Writer(folder, recipe, _separate(recipe), after=len(store))

    def open(self, folder: Path, recipe: Recipe, store: Store) -> EngineReader:
        return Bm25Reader(folder, recipe, _separate(recipe), len(store))


ENGINE = Bm25Fields()


def _separate(recipe: Recipe) -> Fields:
    weight = recipe.parameters["title_weight"]
    return Fields(separate=True, positions=recipe.parameters["positions"], title_weight=weight)
