"""`hop`: a second search, for what the first one's passages name; without a language model, over any retriever."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from indexes.filters import Filter
from indexes.fusion import normalized
from indexes.passage import Hit
from indexes.pipelines.composed import Composed, Stage
from indexes.pipelines.mentions import called, names_in
from indexes.pipelines.part import is_count, is_number
from indexes.pipelines.rerank import depth_problems

BESIDES = 3
"""How many passages are looked at for one that bears a name."""
Gains = dict[str, tuple[Hit, float]]


@dataclass(frozen=True, repr=False)
class Hop(Stage):
    """`hop()`: a passage that the query or one of the first `passages` passages names gains a `share` of its score.

    The scores of the first `depth` are brought to 0 … 1; of several gains the largest counts. `by` says how names are
    looked for: `mentions`, each by a search of its own, of which only passages that are called so count; `entities`,
    the query together with all the names in a passage; `text`, the query together with the whole passage. `hops` is how
    often passages are found, the first search included. Where the corpus is one index, the engine `link_hop` does the
    same as `mentions`, better and in a fraction of the time.
    """

    hops: int = 2
    by: str = "mentions"
    passages: int = 5
    share: float = 0.7
    depth: int = 100

    def run(self, upstream: Composed, query: str, k: int, where: Filter | None) -> Sequence[Hit]:
        first = list(upstream.find(query, self.depth, where))
        if not first:
            return []
        search = _Search(lambda text, count: list(upstream.find(text, count, where)), query, self.depth)
        scores = normalized([hit.score for hit in first], "min_max")
        known = {
            hit.id: (replace(hit, source=f"hop({hit.source})"), score) for hit, score in zip(first, scores, strict=True)
        }
        looked_into: set[str] = set()
        for number in range(1, self.hops):
            sources = [pair for pair in _best_first(known) if pair[0].id not in looked_into][: self.passages]
            looked_into.update(hit.id for hit, _ in sources)
            gains = _GAINS[self.by](search, sources, number == 1)
            for id, (hit, gain) in gains.items():
                before = known.get(id, (replace(hit, source=f"hop({hit.source})"), 0.0))
                known[id] = (before[0], before[1] + self.share * gain)
        return [replace(hit, score=score) for hit, score in _best_first(known)[:k]]

    def problems(self, upstream: Composed, k: int) -> Iterator[str]:
        if self.by not in _GAINS:
            yield f"hop(by=…) is one of {', '.join(sorted(_GAINS))}, but is {self.by!r}"
        if not is_count(self.hops) or self.hops > MOST_HOPS:
            yield f"hop(hops=…) must be a whole number from 1 to {MOST_HOPS}, but is {self.hops!r}"
        if not is_count(self.passages):
            yield f"hop(passages=…) must be a whole number from 1 up, but is {self.passages!r}"
        if not is_number(self.share, 0, 1):
            yield f"the share of hop must be a number from 0 to 1, but is {self.share!r}"
        yield from depth_problems("hop", self.depth, upstream, k)


MOST_HOPS = 5


@dataclass(frozen=True)
class _Search:
    """The searches of one query, each made once."""

    find: Callable[[str, int], list[Hit]]
    query: str
    depth: int
    bearers: dict[str, list[Hit]] = field(default_factory=dict)

    def bearing(self, name: str) -> list[Hit]:
        """The passages whose title is that name."""
        if name not in self.bearers:
            wanted = called(name)
            self.bearers[name] = [hit for hit in self.find(name, BESIDES) if called(hit.title) == wanted]
        return self.bearers[name]


def _best_first(known: Gains) -> list[tuple[Hit, float]]:
    # the sort keeps equal ones as they were found: first by the first search
    return sorted(known.values(), key=lambda pair: -pair[1])


def _by_mentions(search: _Search, sources: Sequence[tuple[Hit, float]], from_query: bool) -> Gains:
    texts = [("", search.query, 1.0)] if from_query else []
    texts += [(hit.id, hit.text, score) for hit, score in sources]
    gains: Gains = {}
    for id, text, score in texts:
        for name in names_in(text):
            for hit in search.bearing(name):
                if hit.id != id:
                    _raise(gains, hit, score)
    return gains


def _by_entities(search: _Search, sources: Sequence[tuple[Hit, float]], from_query: bool) -> Gains:
    return _together(search, [(hit, score, " ".join([hit.title, *names_in(hit.text)])) for hit, score in sources])


def _by_text(search: _Search, sources: Sequence[tuple[Hit, float]], from_query: bool) -> Gains:
    return _together(search, [(hit, score, str(hit)) for hit, score in sources])


def _together(search: _Search, sources: Sequence[tuple[Hit, float, str]]) -> Gains:
    """The query with each text: what that finds gains its source's score, times its own, brought to 0 … 1."""
    gains: Gains = {}
    for source, score, text in sources:
        found = search.find(f"{search.query} {text}", search.depth)
        for hit, share in zip(found, normalized([hit.score for hit in found], "min_max"), strict=True):
            if hit.id != source.id:
                _raise(gains, hit, score * share)
    return gains


def _raise(gains: Gains, hit: Hit, gain: float) -> None:
    if gain > gains.get(hit.id, (hit, 0.0))[1]:
        gains[hit.id] = (hit, gain)


_GAINS: dict[str, Callable[[_Search, Sequence[tuple[Hit, float]], bool], Gains]] = {
    "entities": _by_entities,
    "mentions": _by_mentions,
    "text": _by_text,
}

hop = Hop
