"""Writing search queries: which bridge to name, and in what style.

A style is how many bridges a query names (none: it restates the question) and which words of the question it keeps.
Both the bridge weights and the counts of styles are learnt from the demonstrations' queries. A reader that was
shown nothing restates the question, as an untaught writer does: what to search for has to be demonstrated or said
in the instructions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from dsp.lms.extractive.arrays import Bools, Floats
from dsp.lms.extractive.bridges import BridgeTable, bridge_table
from dsp.lms.extractive.learning import Lesson, learn
from dsp.lms.extractive.lexicon import STOP_WORDS
from dsp.lms.extractive.ranker import rank
from dsp.lms.extractive.text import normalize, term_of
from dsp.lms.extractive.weights import Weights

WORDS: Final = ("none", "near", "rest", "question")
"""Which words of the question follow the bridges: none, those near the wh-word, those that the bridge's passages
lack, or the whole question."""

MOST_NAMES = 3

_RESTATED = 0.2
"""What a demonstrated query that restates its question counts: little, since that is what happens untaught too."""


@dataclass(frozen=True, slots=True)
class StyleCounts:
    """How often each choice was seen (pseudo-counts): restating against naming, 1–3 names, WORDS."""

    restate: float = 1.5
    name: float = 1.0
    names: tuple[float, ...] = (1.0, 0.5, 0.5)
    words: tuple[float, ...] = (0.5, 1.0, 1.0, 2.0)

    def with_seen(self, names: int, words: int, weight: float = 1.0) -> StyleCounts:
        """One more query that names so many bridges and keeps these words; 0 names is a restated question."""
        if names == 0:
            return replace(self, restate=self.restate + weight)
        return replace(
            self,
            name=self.name + weight,
            names=_raised(self.names, names - 1, weight),
            words=_raised(self.words, words, weight),
        )


def _raised(counts: tuple[float, ...], index: int, by: float) -> tuple[float, ...]:
    return tuple(count + by * (place == index) for place, count in enumerate(counts))


@dataclass(frozen=True, slots=True)
class QueryDemo:
    """A demonstration of query writing: what was read, what was asked, what was searched for."""

    passages: tuple[str, ...]
    question: str
    query: str


@dataclass(frozen=True, slots=True, eq=False)
class QuerySkill:
    """What a set of demonstrations taught."""

    weights: Floats
    style: StyleCounts


@dataclass(frozen=True, slots=True)
class Query:
    """A query, why it was written, and its log-probability among bridges (None for a restated question)."""

    text: str
    reasoning: str
    logprob: float | None = None


def learn_queries(prior: Weights, demos: Sequence[QueryDemo], strength: float) -> QuerySkill:
    """Bridge weights and style counts after the demonstrations."""
    lessons: list[Lesson] = []
    style = StyleCounts()
    for demo in demos:
        table = bridge_table(demo.passages, demo.question)
        if normalize(demo.query) == normalize(demo.question):
            style = style.with_seen(0, 0, _RESTATED)
            continue
        named = _named(table, demo)
        if not named:
            continue
        lessons.append(Lesson(table.values, table.columns, _rows(table, named if ";" in demo.query else named[:1])))
        style = style.with_seen(*_closest_style(table, named, demo.query))
    return QuerySkill(learn(prior, lessons, strength), style)


def _named(table: BridgeTable, demo: QueryDemo) -> list[str]:
    """The candidates that a demonstrated query names, the longest first.

    Where the query has words that the question lacks, a name must bring one of them.
    """
    query = f" {normalize(demo.query)} "
    new = set(query.split()) - set(normalize(demo.question).split())
    found = {
        norm
        for norm in table.norms
        if len(norm) > 2 and f" {norm} " in query and (not new or not new.isdisjoint(norm.split()))
    }
    if ";" in demo.query:
        parts = {normalize(part) for part in demo.query.split(";")}
        exact = {norm for norm in found if norm in parts or any(part.startswith(f"{norm} ") for part in parts)}
        return sorted(exact or found, key=lambda norm: (query.find(f" {norm} "), -len(norm)))
    return sorted(found, key=lambda norm: (-len(norm), query.find(f" {norm} ")))


def _rows(table: BridgeTable, names: list[str]) -> Bools:
    wanted = set(names)
    return np.array([norm in wanted for norm in table.norms], dtype=bool)


def _closest_style(table: BridgeTable, named: list[str], query: str) -> tuple[int, int]:
    """The style whose query for the same names shares most words with the demonstrated one."""
    target = set(normalize(query).split())
    best, closest = (1, 0), -1.0
    for words in range(len(WORDS)):
        for names in range(1, MOST_NAMES + 1):
            written = set(normalize(write(table, named, names, words)).split())
            likeness = 2 * len(written & target) / ((len(written) + len(target)) or 1)
            if likeness > closest + 1e-9:
                best, closest = (names, words), likeness
    return best


def write_queries(
    table: BridgeTable,
    skill: QuerySkill,
    count: int,
    temperature: float,
    random: np.random.Generator,
    avoid: frozenset[str] = frozenset(),
) -> list[Query]:
    """`count` queries, the likeliest first; each names another bridge.

    `avoid` holds normalised queries not wanted. Where the question itself is one, an untaught writer names bridges too.
    """
    question = table.scene.question.text
    if not len(table):
        return [Query(question, "Start from the question itself.")] * count
    ranking = rank(table.values, skill.weights[table.columns], table.group, table.groups)
    order = ranking.order(temperature, random)[: count + MOST_NAMES + len(avoid)]
    rows = [ranking.best_row(int(string)) for string in order]
    names = [table.texts[row] for row in rows]
    queries: list[Query] = []
    restated = normalize(question) in avoid
    for offset in range(len(names)):
        how_many, words = _draw_style(skill.style, temperature, random, restates=not restated)
        text = write(table, names[offset:], how_many, words)
        if normalize(text) not in avoid:
            reason = f"The question needs {names[offset]}." if how_many else "Ask the question itself."
            queries.append(Query(text, reason, float(ranking.strings[order[offset]]) if how_many else None))
        if len(queries) == count:
            return queries
    last = queries[-1] if queries else Query(question, "Ask the question itself.")
    return queries + [last] * (count - len(queries))


def _draw_style(
    style: StyleCounts, temperature: float, random: np.random.Generator, *, restates: bool
) -> tuple[int, int]:
    """How many names (0 restates the question, where it may) and which words."""

    def draw(counts: tuple[float, ...]) -> int:
        logs = np.log(np.array(counts) / sum(counts))
        if temperature > 0:
            logs = logs / temperature + random.gumbel(size=len(logs))
        return int(logs.argmax())

    restates = restates and draw((style.restate, style.name)) == 0
    names, words = draw(style.names), draw(style.words)
    return (0, 0) if restates else (names + 1, words)


def write(table: BridgeTable, names: Sequence[str], how_many: int, words: int) -> str:
    """A query that names the first `how_many` of `names` and keeps the question's words of the kind `WORDS[words]`."""
    question = table.scene.question
    if how_many == 0 or not names:
        return question.text
    named = " ; ".join(names[:how_many])
    if WORDS[words] == "none":
        return named
    if WORDS[words] == "question":
        return f"{named} {question.text}"
    content = [word for word in question.tokens if word[0].isalnum() and word.lower() not in STOP_WORDS]
    if WORDS[words] == "near":
        wanted = question.near.union(question.head_terms)
        kept = [word for word in content if term_of(word) in wanted]
    else:
        lead = normalize(names[0])
        read = {token.lower() for view in table.scene.passages if lead in view.normal_text for token in view.tokens}
        kept = [word for word in content if word.lower() not in read]
    already = named.lower()
    return " ".join([named, *(word for word in kept if word.lower() not in already)])
