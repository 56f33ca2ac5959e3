"""Writing an engine's folder: the vectors first, then, at the end, the layout that they and their number call for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexes.engines.nearest import growing
from indexes.engines.nearest.choosing import FLAT, GRAPH, choose
from indexes.engines.nearest.compacting import kept_rows, only_bytes
from indexes.engines.nearest.flat import VECTORS, FlatSearcher
from indexes.engines.nearest.graph import GraphSearcher, build_graph
from indexes.engines.nearest.lists import LIST_KINDS, ListKind, ListSearcher
from indexes.engines.nearest.searching import DEPTH, Searcher
from indexes.engines.nearest.state import Effort, State, read_state
from indexes.engines.nearest.tuning import Exam, report, tune
from indexes.engines.nearest.vectors import RowFile, VectorWriter
from indexes.passage import Passage
from indexes.protocols import Embedder, Recipe, Store

SEARCHERS: dict[str, type] = {FLAT: FlatSearcher, GRAPH: GraphSearcher, **dict.fromkeys(LIST_KINDS, ListSearcher)}
"""What searches each kind: made from FAISS, the folder and its state."""
_CANDIDATES = (128, 200, 400, 800)
_STEPS = (1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256)
_QUEUES = (101, 128, 160, 200, 256, 320, 400, 512, 640, 800, 1024, 1600)
_GROWN = 1.1
"""Grown by more than this factor since it was measured, an index is measured again."""
_PER_CANDIDATE = 40.0
"""What comparing a candidate anew costs, in vectors of a list looked at."""


class FaissWriter:
    """Embeds and writes; `finish` lays out, trains, measures. `old` is what stands in the folder, if anything does."""

    def __init__(self, faiss: Any, folder: Path, recipe: Recipe, embedder: Embedder, old: State | None = None) -> None:
        self._faiss = faiss
        self._folder = folder
        self._parameters = recipe.parameters
        self._dimension = embedder.dimension
        self._old = old
        kept = folder / VECTORS if old is not None and (folder / VECTORS).exists() else None
        self._has_all = old is None or kept is not None
        self._by_bytes = False
        self._vectors = VectorWriter(folder / f"{VECTORS}.new", embedder, kept)

    def add(self, passage: Passage) -> None:
        self._vectors.add(passage)

    def take_over(self, folder: Path, store: Store, kept: NDArray[np.uint32]) -> None:
        """The passages of those ordinals, with their vectors from the layout in another folder."""
        state = read_state(folder)
        self._vectors.norms = state.norms
        self._by_bytes = only_bytes(state)
        for ordinals, rows in kept_rows(self._faiss, folder, state, kept, self._folder / "kept.f32"):
            self._vectors.add_rows(rows, [store[ordinal].text for ordinal in ordinals.tolist()])

    def abort(self) -> None:
        self._vectors.abort()

    def finish(self) -> None:
        self._vectors.finish()
        if self._vectors.count or self._old is None:
            state = self._laid_out_anew() if self._has_all else self._added_to_lists()
            state.write(self._folder)
        self._vectors.path.unlink(missing_ok=True)

    @property
    def _before(self) -> int:
        return 0 if self._old is None else self._old.vectors

    def _laid_out_anew(self) -> State:
        """From all the vectors, those of before among them."""
        faiss, folder = self._faiss, self._folder
        count = self._before + self._vectors.count
        kind, why = choose(self._parameters, count, self._dimension)
        state = self._with_norms(State(kind, why, count, self._dimension))
        rows = RowFile(self._vectors.path, count, self._dimension)
        if kind in LIST_KINDS:
            lists = growing.build_lists(faiss, folder, rows, LIST_KINDS[kind])
            state = state.with_(lists=lists, trained_on=count)
            state = self._tuned(state, rows, None)
            (folder / VECTORS).unlink(missing_ok=True)
            return state
        if kind == GRAPH:
            graph = self._old is not None and self._old.kind == GRAPH
            build_graph(faiss, folder, rows, self._before if graph else 0)
        self._vectors.path.replace(folder / VECTORS)
        rows = RowFile(folder / VECTORS, count, self._dimension)
        if kind == FLAT:
            return state
        if graph and self._old is not None and not _outgrown(self._old, count):
            return state.with_(effort=self._old.effort, recall=self._old.recall)
        return self._tuned(state, rows, None)

    def _added_to_lists(self) -> State:
        """To lists whose vectors are kept as codes alone: what is new goes into them."""
        old = self._old
        if old is None:
            raise ValueError("there are no lists to add to; lay them out")
        added = RowFile(self._vectors.path, self._vectors.count, self._dimension)
        growing.extend_lists(self._faiss, self._folder, added, old)
        state = self._with_norms(old.with_(vectors=old.vectors + len(added)))
        return self._tuned(state, added, old) if _outgrown(old, state.vectors) else state

    def _with_norms(self, state: State) -> State:
        known = [norms for norms in (self._old.norms if self._old else None, self._vectors.norms) if norms]
        norms = (min(low for low, _ in known), max(high for _, high in known)) if known else None
        zeros = self._vectors.zeros + (self._old.zeros if self._old else 0)
        return state.with_(norms=norms, zeros=zeros)

    def _tuned(self, state: State, rows: RowFile, old: State | None) -> State:
        """With the effort that gives the recall asked for. `rows`: all vectors; with `old`, those that were added."""
        asked = float(self._parameters["recall"])
        searcher: Searcher = SEARCHERS[state.kind](self._faiss, self._folder, state)
        try:
            exam = Exam(self._vectors.queries(), rows, state.vectors - len(rows))
            if not len(exam.queries):  # zeros alone: nothing that could be found or missed
                return state.with_(effort=_ladders(state)[0][0])
            if old is None:
                exam.answer_by_rows(self._faiss, rows)
            else:
                exam.answer_by(searcher, state.vectors)
            goal, against = asked, "vectors"
            if old is not None or self._by_bytes:  # the codes have taken their part of what may be missed
                goal, against = (1 + asked) / 2, "codes"
            effort, figures = tune(exam, searcher, _ladders(state), lambda effort: _cost(effort, state), goal)
        finally:
            searcher.close()
        return state.with_(effort=effort, recall=report(asked, figures, state.vectors, against))


def _outgrown(old: State, count: int) -> bool:
    return old.recall is None or count > _GROWN * old.recall.measured_at


def _ladders(state: State) -> Sequence[Sequence[Effort]]:
    """Efforts from little to much; for kinds that compare candidates anew, one ladder for each number of those."""
    kind: ListKind | None = LIST_KINDS.get(state.kind)
    if kind is None:
        return [[Effort(queue=queue) for queue in _QUEUES if queue <= max(DEPTH + 1, state.vectors)]]
    steps = [step for step in _STEPS if step < state.lists]
    steps.append(state.lists if state.lists <= 2 * _STEPS[-1] else 2 * _STEPS[-1])
    return [[Effort(step, candidates) for step in steps] for candidates in (_CANDIDATES if kind.refined else (0,))]


def _cost(effort: Effort, state: State) -> float:
    return effort.probes * state.vectors / max(1, state.lists) + _PER_CANDIDATE * effort.candidates + effort.queue
