"""Fitting the shipped weights.

From MuSiQue's training questions alone, and from the hand-set prior of `prior`: maximum a posteriori, by the same
function that learns from demonstrations. Nothing is fitted on the questions that programs are later scored on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dsp.lms.extractive.answers import gold_rows
from dsp.lms.extractive.arrays import Bools, Floats
from dsp.lms.extractive.bridges import build as bridges_of
from dsp.lms.extractive.features.names import ANSWER_FEATURES, QUERY_FEATURES, freedom
from dsp.lms.extractive.fit.musique import FirstSearch, Question, wanted_names
from dsp.lms.extractive.fit.prior import ANSWER_PRIOR, QUERY_PRIOR
from dsp.lms.extractive.learning import Lesson, learn
from dsp.lms.extractive.rarity import TermWeights, term_weights
from dsp.lms.extractive.table import Table, scene_of
from dsp.lms.extractive.table import build as table_of
from dsp.lms.extractive.weights import FORMAT, Weights

ANSWER_STRENGTH = 30.0
QUERY_STRENGTH = 100.0
"""How hard the hand-set priors resist (λ), chosen by scores on questions that no weight is fitted on."""

STEPS = 200
FIRST_PASSAGES = 5
_SMALLEST_SCALE = 1e-2
_UNSEEN_SCALE = 0.25


def fit(questions: Sequence[Question]) -> dict[str, Any]:
    """The JSON object of `weights.json`."""
    search = FirstSearch(questions)
    terms, default_term = search.term_weights()
    rarity = term_weights(terms, default_term)
    answers = [lesson for question in questions if (lesson := _answer_lesson(question, rarity))]
    queries = [lesson for question in questions if (lesson := _query_lesson(question, rarity, search))]
    note = (
        f"hand-set priors (prior.py), then maximum a posteriori on MuSiQue training questions "
        f"(answers: {len(answers)}, strength {ANSWER_STRENGTH:g}; queries: {len(queries)}, "
        f"strength {QUERY_STRENGTH:g}); term weights from their paragraphs; "
        "written by python -m dsp.lms.extractive.fit"
    )
    return {
        "format": FORMAT,
        "note": note,
        "default_term": default_term,
        "terms": terms,
        "answer": _fitted(ANSWER_PRIOR, ANSWER_FEATURES, answers, ANSWER_STRENGTH),
        "query": _fitted(QUERY_PRIOR, QUERY_FEATURES, queries, QUERY_STRENGTH),
    }


def _answer_lesson(question: Question, rarity: TermWeights) -> Lesson | None:
    table = table_of(scene_of(question.passages, question.text, rarity))
    for answer in question.answers:
        gold = gold_rows(table, answer)
        if gold is not None:
            return Lesson(table.values, table.columns, _in_support(table, gold, question))
    return None


def _in_support(table: Table, gold: Bools, question: Question) -> Bools:
    """The gold rows that stand in supporting passages, where any does."""
    support = [index for index, passage in enumerate(question.passages) if passage in question.supporting]
    supported = gold & np.isin(table.passage, support)
    return supported if supported.any() else gold


def _query_lesson(question: Question, rarity: TermWeights, search: FirstSearch) -> Lesson | None:
    read = search.search(question.text, FIRST_PASSAGES)
    wanted = wanted_names(question, read)
    table = bridges_of(scene_of(read, question.text, rarity))
    gold = np.array([norm in wanted for norm in table.norms], dtype=bool)
    return Lesson(table.values, table.columns, gold) if gold.any() else None


def _fitted(
    prior: Mapping[str, float], names: tuple[str, ...], lessons: Sequence[Lesson], strength: float
) -> dict[str, dict[str, float]]:
    start = Weights(np.array([prior.get(name, 0.0) for name in names]), _scales(names, lessons))
    values = learn(start, lessons, strength, STEPS)
    return {
        name: {"weight": round(float(value), 4), "scale": round(float(scale), 4)}
        for name, value, scale in zip(names, values, start.scales, strict=True)
    }


def _scales(names: tuple[str, ...], lessons: Sequence[Lesson]) -> Floats:
    """The square root of each feature's root mean square, over its freedom.

    Features of kinds that these lessons lack (yes or no) get a middling scale, so that one demonstration of theirs
    cannot move them far.
    """
    squares = np.zeros(len(names))
    for lesson in lessons:
        squares[lesson.columns] += np.square(lesson.values.astype(float)).mean(0)
    typical = np.sqrt(squares / max(1, len(lessons)))
    typical = np.where(typical > 0, np.maximum(typical, _SMALLEST_SCALE), _UNSEEN_SCALE)
    return np.asarray(np.sqrt(typical) / freedom(names))


def dump(data: Mapping[str, Any]) -> str:
    """The weights as JSON with one feature, or ten terms, a line: what changed shows in a diff."""

    def block(name: str, items: list[str], per_line: int) -> str:
        lines = [", ".join(items[start : start + per_line]) for start in range(0, len(items), per_line)]
        return f"  {json.dumps(name)}: {{\n    " + ",\n    ".join(lines) + "\n  }"

    def rows(part: Mapping[str, Any]) -> list[str]:
        return [f"{json.dumps(key, ensure_ascii=False)}: {json.dumps(value)}" for key, value in part.items()]

    parts = [f"  {json.dumps(key)}: {json.dumps(data[key])}" for key in ("format", "note", "default_term")]
    parts += [block("answer", rows(data["answer"]), 1), block("query", rows(data["query"]), 1)]
    parts.append(block("terms", rows(data["terms"]), 10))
    return "{\n" + ",\n".join(parts) + "\n}\n"
