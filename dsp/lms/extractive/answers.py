"""Answering: the best candidate, and the sentences that led to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dsp.lms.extractive.arrays import Bools, Floats
from dsp.lms.extractive.learning import Lesson, learn
from dsp.lms.extractive.ranker import Ranking, rank
from dsp.lms.extractive.table import OFFERED, Table, answer_table
from dsp.lms.extractive.text import normalize
from dsp.lms.extractive.weights import Weights

NOTHING_TO_READ = "No passage was given to read."
UNKNOWN = "unknown"
"""What is answered where there is nothing to read."""

_CLOSE_ENOUGH = 0.5


@dataclass(frozen=True, slots=True)
class AnswerDemo:
    """A demonstration of answering; `reasoning` is empty where it was not given."""

    passages: tuple[str, ...]
    question: str
    answer: str
    reasoning: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, the sentences that led to it, and its log-probability (None where nothing was read)."""

    text: str
    reasoning: str
    logprob: float | None = None


def learn_answers(prior: Weights, demos: Sequence[AnswerDemo], strength: float) -> Floats:
    """Answer weights after the demonstrations; one whose answer stands nowhere teaches nothing."""
    lessons = []
    for demo in demos:
        table = answer_table(demo.passages, demo.question)
        gold = gold_rows(table, demo.answer, demo.reasoning)
        if gold is not None:
            lessons.append(Lesson(table.values, table.columns, gold))
    return learn(prior, lessons, strength)


def gold_rows(table: Table, answer: str, reasoning: str = "") -> Bools | None:
    """bool [n]: the rows that hold the answer, or the closest to it; None where nothing comes close.

    Where the reasoning quotes sentences that hold it, only the rows of those sentences count.
    """
    gold = normalize(answer)
    rows = np.array([norm == gold for norm in table.norms], dtype=bool)
    if not rows.any():
        likeness = np.array([_likeness(norm, gold) for norm in table.norms])
        if not len(likeness) or likeness.max() < _CLOSE_ENOUGH:
            return None
        rows = likeness >= likeness.max() - 1e-9
    quoted = normalize(reasoning)
    if not quoted:
        return rows
    sentences = {
        index
        for index in set(table.sentence[rows].tolist())
        if index != OFFERED and normalize(table.scene.sentence_text(index)) in quoted
    }
    return rows & np.isin(table.sentence, sorted(sentences)) if sentences else rows


def _likeness(text: str, gold: str) -> float:
    """The F1 of two texts' words."""
    words, wanted = text.split(), gold.split()
    shared = sum(min(words.count(word), wanted.count(word)) for word in set(words) & set(wanted))
    return 2 * shared / (len(words) + len(wanted)) if shared else 0.0


def answer(
    table: Table,
    weights: Floats,
    count: int,
    temperature: float,
    random: np.random.Generator,
    avoid: frozenset[str] = frozenset(),
) -> list[Answer]:
    """`count` answers. At temperature 0 the likeliest ones in order; above 0 independent draws.

    `avoid` holds normalised answers that are not wanted.
    """
    if not len(table):
        return [Answer(UNKNOWN, NOTHING_TO_READ)] * count
    ranking = rank(table.values, weights[table.columns], table.group, table.groups)
    banned = {int(number) for number, norm in zip(table.group, table.norms, strict=True) if norm in avoid}

    def best_first() -> list[int]:
        order = [int(string) for string in ranking.order(temperature, random)]
        return [string for string in order if string not in banned] or order

    if temperature > 0:
        strings = [best_first()[0] for _ in range(count)]
    else:
        order = best_first()[:count]
        strings = order + order[:1] * (count - len(order))
    return [_answer(table, ranking, string) for string in strings]


def _answer(table: Table, ranking: Ranking, string: int) -> Answer:
    row = ranking.best_row(string)
    text = table.texts[row]
    evidence = _evidence(table, row)
    reasoning = " ".join([*dict.fromkeys(evidence), f"So the answer is {text}."])
    return Answer(text, reasoning, float(ranking.strings[string]))


def _evidence(table: Table, row: int) -> list[str]:
    """The answer's sentence, and before it the best sentence of a passage that is linked to its own."""
    scene = table.scene
    if not scene.passages:
        return [NOTHING_TO_READ]
    if table.sentence[row] == OFFERED:
        standing = scene.title_in_question + scene.passage_coverage
        return [_lead(table, int(index)) for index in np.argsort(-standing, kind="stable")[:2]]
    own = scene.sentence_text(int(table.sentence[row]))
    links = np.flatnonzero(scene.linked[int(table.passage[row])])
    if not len(links):
        return [own]
    best = int(links[scene.passage_coverage[links].argmax()])
    return [_lead(table, best, best_covering=True), own]


def _lead(table: Table, passage: int, *, best_covering: bool = False) -> str:
    """A passage's first sentence after its title, or the one that covers most of the question."""
    scene = table.scene
    first, end = scene.bounds.sentences[passage], scene.bounds.sentences[passage + 1]
    begin = int(first) + 1 if scene.passages[passage].title and end - first > 1 else int(first)
    if best_covering:
        begin += int(scene.sentence_coverage[begin:end].argmax())
    return scene.sentence_text(begin)
