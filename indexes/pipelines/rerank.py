"""`rerank`: the first so many passages in the order of a reranker's scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import isfinite

from indexes.errors import InputError
from indexes.filters import Filter
from indexes.passage import Hit
from indexes.pipelines.composed import Composed, Stage
from indexes.pipelines.part import is_count
from indexes.protocols import Reranker
from indexes.rerankers import reranker_named


@dataclass(frozen=True, repr=False)
class Rerank(Stage):
    """`rerank(model)`: looks at the first `depth` passages, whatever k is, so that the best j of k stay the best j.

    `model` is a `Reranker`, or a name such as `sentence_transformers/cross-encoder/ms-marco-MiniLM-L6-v2`, which is
    loaded with the first search. Equal scores keep the order they had. The source becomes `name(source)`.
    """

    model: Reranker | str | None = None
    depth: int = 100

    @cached_property
    def reranker(self) -> Reranker:
        """The model itself. Raises InputError."""
        if isinstance(self.model, str):
            return reranker_named(self.model)
        if not isinstance(self.model, Reranker) or isinstance(self.model, type):
            raise InputError(
                f"rerank needs a model, but got {self.model!r}; say rerank('sentence_transformers/MODEL'), or give an "
                "object with score(query, hits)"
            )
        return self.model

    def run(self, upstream: Composed, query: str, k: int, where: Filter | None) -> Sequence[Hit]:
        found = list(upstream.find(query, self.depth, where))
        if not found:
            return []
        name = str(getattr(self.reranker, "name", type(self.reranker).__name__.lower()))
        scores = [float(score) for score in self.reranker.score(query, found)]
        if len(scores) != len(found) or not all(map(isfinite, scores)):
            raise InputError(
                f"a reranker must give one finite score for each of {len(found)} passages, but {name} gave "
                f"{scores[:5]} ({len(scores)} in all); mend the reranker"
            )
        order = sorted(range(len(found)), key=lambda place: -scores[place])[:k]
        return [replace(found[place], score=scores[place], source=f"{name}({found[place].source})") for place in order]

    def problems(self, upstream: Composed, k: int) -> Iterator[str]:
        try:
            said = getattr(self.reranker, "problems", None)
        except InputError as error:
            yield str(error)
        else:
            yield from said() if said is not None else ()
        yield from depth_problems("rerank", self.depth, upstream, k)

    def limit(self, size: float) -> float:
        return min(size, self.depth) if is_count(self.depth) else size


def depth_problems(stage: str, depth: object, upstream: Composed, k: int) -> Iterator[str]:
    """What is wrong with looking at the first `depth` passages to give k."""
    if not isinstance(depth, int) or not is_count(depth):
        yield f"the depth of {stage} must be a whole number from 1 up, but is {depth!r}"
    elif k > depth and upstream.size() > depth:
        yield f"{stage} looks at the first {depth} passages, but {k} are asked for; say {stage}(…, depth={k})"


rerank = Rerank
