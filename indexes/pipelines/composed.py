"""Retrievers made of retrievers: what the operators mean, and how what is composed searches, prints and checks itself.

a | b               both, their scores brought to one scale and added        fuse(a, b)
0.7 * a | 0.3 * b   the same, weighted
a + b               both, their scores added as they are
a % 10              at most its ten best
a >> rerank(model)  a, and then a stage
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence, Sized
from dataclasses import dataclass, replace
from functools import cached_property
from math import fsum, inf
from typing import Any

from indexes.errors import InputError
from indexes.filters import Filter
from indexes.passage import Hit
from indexes.pipelines.fusing import default_weights, fused, fusion_problems
from indexes.pipelines.part import (
    ATOM,
    OR,
    PLUS,
    THEN,
    TIMES,
    Part,
    argument,
    is_count,
    is_number,
    name_of,
    until_enough,
)
from indexes.protocols import FilteringRetriever, Retriever


class Composed(Part):
    """A retriever made of others, and to make others of, by operators."""

    def __or__(self, other: object) -> Fused:
        return _joined(self, other, "weighted")

    def __ror__(self, other: object) -> Fused:
        return _joined(other, self, "weighted")

    def __add__(self, other: object) -> Fused:
        return _joined(self, other, "combsum")

    def __radd__(self, other: object) -> Fused:
        return _joined(other, self, "combsum")

    def __mul__(self, weight: float) -> Scaled:
        return Scaled(self, weight)

    __rmul__ = __mul__

    def __mod__(self, limit: int) -> Then:
        return Then(self, Cut(limit))

    def __rshift__(self, stage: Stage) -> Composed:
        if not isinstance(stage, Stage):
            raise InputError(f"what follows >> must be a stage, but got {stage!r}; for example rerank(model)")
        return stage.after(self)


class Stage(ABC):
    """What follows a retriever: it may drop, order or score what was found, look deeper, or search again.

    A dataclass: its fields are its arguments, which `repr` shows where they are not the defaults. Nothing is refused
    before `problems` is asked, so that all that is wrong can be said at once.
    """

    def after(self, upstream: Composed) -> Composed:
        return Then(upstream, self)

    def __rrshift__(self, upstream: object) -> Composed:
        return self.after(composed(upstream))

    def __rshift__(self, stage: Stage) -> Stage:
        if not isinstance(stage, Stage):
            raise InputError(f"what follows >> must be a stage, but got {stage!r}; for example rerank(model)")
        return Stages((self, stage))

    def __mod__(self, limit: int) -> Stage:
        return Stages((self, Cut(limit)))

    @abstractmethod
    def run(self, upstream: Composed, query: str, k: int, where: Filter | None) -> Sequence[Hit]:
        """The k best, made of what upstream finds. `where` is to be handed on: upstream filters."""

    def problems(self, upstream: Composed, k: int) -> Iterator[str]:
        """What is wrong with the stage, where k passages are asked of it."""
        yield from ()

    def asks(self, k: int) -> int:
        """How many passages it asks of upstream, at least, to give k."""
        return k

    def limit(self, size: float) -> float:
        """How many passages it gives at most, where upstream has so many."""
        return size

    def __repr__(self) -> str:
        declared: dict[str, Any] = getattr(self, "__dataclass_fields__", {})
        given = []
        for place, (name, field) in enumerate(declared.items()):
            value = getattr(self, name)
            if value != field.default:
                given.append(argument(value) if place == 0 else f"{name}={argument(value)}")
        return f"{type(self).__name__.lower()}({', '.join(given)})"


@dataclass(frozen=True, repr=False)
class Stages(Stage):
    """Stages one after another, waiting for a retriever."""

    parts: tuple[Stage, ...]

    def after(self, upstream: Composed) -> Composed:
        for part in self.parts:
            upstream = part.after(upstream)
        return upstream

    def run(self, upstream: Composed, query: str, k: int, where: Filter | None) -> Sequence[Hit]:
        return self.after(upstream).find(query, k, where)

    def __repr__(self) -> str:
        first, *others = self.parts
        return repr(first) + "".join(_following(part) for part in others)


def _following(stage: Stage) -> str:
    return f" % {stage.count!r}" if isinstance(stage, Cut) else f" >> {stage!r}"


@dataclass(frozen=True, repr=False)
class Cut(Stage):
    """`% n`: at most n passages. What a later filter drops of them is not made up for."""

    count: int

    def run(self, upstream: Composed, query: str, k: int, where: Filter | None) -> Sequence[Hit]:
        found = upstream.find(query, self.count if where is not None else min(k, self.count), None)
        return [hit for hit in found[: self.count] if where is None or where(hit.passage)][:k]

    def problems(self, upstream: Composed, k: int) -> Iterator[str]:
        if not is_count(self.count):
            yield f"what follows % must be a whole number from 1 up, but is {self.count!r}"

    def asks(self, k: int) -> int:
        return min(k, self.count) if is_count(self.count) else k

    def limit(self, size: float) -> float:
        return min(size, self.count) if is_count(self.count) else size


class Source(Composed):
    """A retriever as a part of others. Indexes filter by themselves; others are asked for more until enough pass."""

    def __init__(self, retriever: Retriever, name: str | None = None) -> None:
        self.retriever = retriever
        self._name = name or name_of(retriever)

    @cached_property
    def dense(self) -> bool | None:
        """Whether it finds by vectors alone; None where it is no index."""
        info = getattr(self.retriever, "info", None)
        if info is None:
            return None
        said = info()
        parts = said.get("parameters", {})
        return said.get("embedder") is not None and "sparse" not in parts and "over" not in parts

    def find(self, query: str, k: int, where: Filter | None) -> Sequence[Hit]:
        if where is None:
            return list(self.retriever.search(query, k))[:k]
        if isinstance(self.retriever, FilteringRetriever):
            return self.retriever.search(query, k, where=where)
        return until_enough(
            lambda limit: self.retriever.search(query, limit),
            k,
            lambda hits: [hit for hit in hits if where(hit.passage)],
        )

    def problems(self, k: int) -> Iterator[str]:
        yield from ()

    def filter_problems(self, where: Filter) -> Iterator[str]:
        if isinstance(self.retriever, FilteringRetriever):
            try:
                self.retriever.check_filter(where)
            except InputError as error:
                yield f"{self._name}: {error}"

    def size(self) -> float:
        return len(self.retriever) if isinstance(self.retriever, Sized) else inf

    def shown(self) -> tuple[str, int]:
        return self._name, ATOM


class Scaled(Composed):
    """`2 * a`: its scores, twice as large: a weight, where it is fused."""

    def __init__(self, part: Composed, weight: float) -> None:
        self.part = part
        self.weight = weight

    def find(self, query: str, k: int, where: Filter | None) -> Sequence[Hit]:
        return [replace(hit, score=self.weight * hit.score) for hit in self.part.find(query, k, where)]

    def problems(self, k: int) -> Iterator[str]:
        if not is_number(self.weight, 0):
            yield f"a weight must be a finite number, 0 or more, but is {self.weight!r}"
        yield from self.part.problems(k)

    def filter_problems(self, where: Filter) -> Iterator[str]:
        return self.part.filter_problems(where)

    def size(self) -> float:
        return self.part.size()

    def shown(self) -> tuple[str, int]:
        return f"{self.weight!r} * {self.part.within(ATOM)}", TIMES


class Then(Composed):
    """`a >> stage`."""

    def __init__(self, upstream: Composed, stage: Stage) -> None:
        self.upstream = upstream
        self.stage = stage

    def find(self, query: str, k: int, where: Filter | None) -> Sequence[Hit]:
        return self.stage.run(self.upstream, query, k, where)

    def problems(self, k: int) -> Iterator[str]:
        yield from self.upstream.problems(self.stage.asks(k))
        yield from self.stage.problems(self.upstream, k)

    def filter_problems(self, where: Filter) -> Iterator[str]:
        return self.upstream.filter_problems(where)

    def size(self) -> float:
        return self.stage.limit(self.upstream.size())

    def shown(self) -> tuple[str, int]:
        if not isinstance(self.stage, Cut):
            return f"{self.upstream.within(THEN)} >> {self.stage!r}", THEN
        text, binding = self.upstream.shown()
        if isinstance(self.upstream, Then) and binding == THEN:  # the stage before it takes it: a >> rerank(m) % 10
            return text + _following(self.stage), THEN
        return self.upstream.within(TIMES) + _following(self.stage), TIMES


class Fused(Composed):
    """Several retrievers, each asked for its best `depth`, in one list: `how` is one of `indexes.fusion.FUSIONS`.

    Weights stand before the parts (`0.7 * a`). Without any, `weighted` gives 0.7 to indexes that find by words and 0.3
    to those that find by vectors, where there are both; else all weigh the same. A hit's source says who found it.
    """

    def __init__(
        self, parts: Sequence[object], how: str = "weighted", depth: int = 100, normalization: str | None = None
    ) -> None:
        self.parts = [composed(part) for part in parts]
        self.how = how
        self.depth = depth
        self.normalization = normalization

    def find(self, query: str, k: int, where: Filter | None) -> Sequence[Hit]:
        inner, given = zip(*map(_unscaled, self.parts), strict=True)
        lists = [part.find(query, self.depth, where) for part in inner]
        if self.how == "weighted" and all(weight is None for weight in given):
            weights = default_weights([part.dense if isinstance(part, Source) else None for part in inner])
        else:
            weights = [1.0 if weight is None else weight for weight in given]
        return fused(lists, k, self.how, weights, self.normalization)

    def problems(self, k: int) -> Iterator[str]:
        largest = max((part.size() for part in self.parts), default=0)
        yield from fusion_problems(self.how, self.depth, self.normalization, len(self.parts), k, largest)
        for part in self.parts:
            yield from part.problems(1)

    def filter_problems(self, where: Filter) -> Iterator[str]:
        for part in self.parts:
            yield from part.filter_problems(where)

    def size(self) -> float:
        deepest = self.depth if is_count(self.depth) else inf
        return fsum(min(part.size(), deepest) for part in self.parts)

    def shown(self) -> tuple[str, int]:
        if len(self.parts) > 1 and (self.depth, self.normalization) == (100, None):
            if self.how == "weighted":
                return " | ".join(part.within(THEN) for part in self.parts), OR
            if self.how == "combsum":
                return " + ".join(part.within(TIMES) for part in self.parts), PLUS
        options = [f"how={self.how!r}", f"depth={self.depth!r}", f"normalization={self.normalization!r}"]
        given = [option for option, default in zip(options, _FUSE_DEFAULTS, strict=True) if option != default]
        return f"fuse({', '.join([part.within(OR) for part in self.parts] + given)})", ATOM


_FUSE_DEFAULTS = ("how='weighted'", "depth=100", "normalization=None")


def composed(retriever: object) -> Composed:
    """A retriever as a part of others. Raises InputError for what cannot search."""
    if isinstance(retriever, Composed):
        return retriever
    if not isinstance(retriever, Retriever) or isinstance(retriever, type):
        raise InputError(f"a retriever must have search(query, k), but got {retriever!r}; give an index, for example")
    return Source(retriever)


def _joined(one: object, other: object, how: str) -> Fused:
    """`a | b | c` is one fusion of three, not a fusion within another."""
    parts: list[object] = []
    for each in (one, other):
        same = isinstance(each, Fused) and (each.how, each.depth, each.normalization) == (how, 100, None)
        parts.extend(each.parts if isinstance(each, Fused) and same else [each])
    return Fused(parts, how)


def _unscaled(part: Composed) -> tuple[Composed, float | None]:
    """The part and its weight: a score brought to another scale would forget it."""
    weight: float | None = None
    inner = part
    while isinstance(inner, Scaled):
        weight = inner.weight * (1.0 if weight is None else weight)
        inner = inner.part
    return inner, weight
