"""The parts of an index together, with the statistics of the passages that were not deleted."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexes.stores.deleted import Ordinals, mask_of_others

if TYPE_CHECKING:
    from indexes.engines.tunable.parts import Part

KEPT = 4
"""Parameters for which the norms of all passages, 4 bytes each, are kept."""
_ALL: NDArray[np.bool_] = np.empty(0, dtype=np.bool_)
_ALL.flags.writeable = False


class Settings(NamedTuple):
    """What parameters come to with the statistics of the passages that are there."""

    shape: tuple[float, float, float, float]  # text_weight, title_weight, k1 * (1 - b), k1 * b / average length
    norms: list[NDArray[np.float32]]  # by part: k1 * (1 - b + b * length / average length) of each passage


class Arrays:
    """The parts of an index with their statistics: of the passages that were not deleted."""

    def __init__(self, parts: list[Part], passages: int, deleted: Ordinals) -> None:
        self.parts = parts
        self.starts = [sum(part.passages for part in parts[:at]) for at in range(len(parts))]
        self.live = mask_of_others(deleted, passages) if len(deleted) else _ALL
        self.count = passages - len(deleted)
        self.passages = passages
        self._settings: OrderedDict[tuple[float, ...], Settings] = OrderedDict()
        self._live_counts: dict[tuple[int, int], tuple[int, int, int]] = {}
        self._averages: dict[int, float] = {}
        self._lock = threading.Lock()

    def live_of(self, at: int) -> NDArray[np.bool_]:
        return self.live[self.starts[at] :][: self.parts[at].passages] if len(self.live) else _ALL

    def settings(self, parameters: Mapping[str, Any]) -> Settings:
        key = tuple(float(parameters[name]) for name in ("k1", "b", "text_weight", "title_weight"))
        with self._lock:
            if key not in self._settings:
                self._settings[key] = self._computed(*key)
                if len(self._settings) > KEPT:
                    self._settings.popitem(last=False)
            self._settings.move_to_end(key)
            return self._settings[key]

    def passages_with(self, at: int, place: int, field: int) -> int:
        """How many passages of a part have a term in the text (0), in the title (1), or in either (2)."""
        part = self.parts[at]
        if not len(self.live):
            start, end, _ = part.range_of(place)
            return end - start if field == 2 else int(part.fields[place, field])
        if (at, place) not in self._live_counts:
            start, end, _ = part.range_of(place)
            docs, counts = part.docs[start:end], part.counts[start:end]
            if end > start and int(docs.max()) >= part.passages:
                raise part.corrupt
            counts = counts[self.live_of(at)[docs]]
            text, title = int(np.count_nonzero(counts & 255)), int(np.count_nonzero(counts >> 8))
            self._live_counts[at, place] = text, title, len(counts)
        return self._live_counts[at, place][field]

    def mean_okapi(self, field: int) -> float:
        """The mean of rank-bm25's idf over all terms."""
        if field not in self._averages:
            hashes = np.concatenate([part.hashes for part in self.parts])
            counts = np.array(
                [self.passages_with(at, place, field) for at, part in enumerate(self.parts) for place in part.places()]
            )
            _, inverse = np.unique(hashes, return_inverse=True)
            have = np.bincount(inverse, weights=counts)
            have = have[have > 0]
            self._averages[field] = float(np.mean(np.log(self.count - have + 0.5) - np.log(have + 0.5)))
        return self._averages[field]

    def _computed(self, k1: float, b: float, text_weight: float, title_weight: float) -> Settings:
        texts = titles = 0
        for at, part in enumerate(self.parts):
            lengths = part.lengths[self.live_of(at)] if len(self.live) else part.lengths
            sums = lengths.sum(axis=0, dtype=np.int64)
            texts, titles = texts + int(sums[0]), titles + int(sums[1])
        average = (text_weight * texts + title_weight * titles) / max(self.count, 1) or 1.0
        flat, slope = k1 * (1 - b), k1 * b / average
        norms = []
        for part in self.parts:
            norm = part.lengths[:, 0] * np.float32(slope * text_weight)
            norm += part.lengths[:, 1] * np.float32(slope * title_weight)
            norm += np.float32(flat)
            norms.append(norm.astype(np.float32, copy=False))
        return Settings((text_weight, title_weight, flat, slope), norms)
