"""Answers that the question offers itself: yes or no, and the two options of a comparison."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from dsp.lms.extractive.features.comparisons import compared_value, said_the_same
from dsp.lms.extractive.questions import QuestionView
from dsp.lms.extractive.scene import Scene
from dsp.lms.extractive.text import normalize, term_of

SHARED = ("option_compared", "option_coverage")
"""Features of an offered answer that longer forms of its name have too; spans that are it have them all."""

_PAIR = 2
_MENTIONED = 0.15


@dataclass(frozen=True, slots=True)
class Offered:
    """An answer that no span of a passage has to hold, with the features that are not 0."""

    text: str
    features: dict[str, float] = field(default_factory=dict)


def offered_answers(scene: Scene) -> list[Offered]:
    """The question's own options; none where it is an open question. With nothing to read they are a guess."""
    question = scene.question
    if question.kind == "choice" and len(question.options) == _PAIR:
        return _options(scene) if scene.passages else [Offered(text, {"is_option": 1.0}) for text in question.options]
    return _yes_and_no(scene) if question.kind == "yn" else []


def _options(scene: Scene) -> list[Offered]:
    """Both options, and how they compare."""
    question = scene.question
    subjects = [_passage_about(scene, norm) for norm in question.option_norms]
    values = [compared_value(scene.passages[index], question) for index in subjects]
    names = {term_of(word) for norm in question.option_norms for word in norm.split()}
    covered = [_predicate_coverage(scene, index, names) for index in subjects]
    won = _winner(question, values)
    return [
        Offered(
            question.options[side],
            {
                "is_option": 1.0,
                "option_compared": 0.0 if won is None else 1.0 if won == side else -1.0,
                "option_coverage": covered[side] - covered[1 - side],
            },
        )
        for side in (0, 1)
    ]


def _passage_about(scene: Scene, norm: str) -> int:
    """The passage whose title is the option, or shares most words with it."""

    def fit(index: int) -> tuple[bool, float, float]:
        view = scene.passages[index]
        title = normalize(view.title).split()
        shared = len(set(norm.split()) & set(title))
        return (
            normalize(view.base_title) == norm,
            shared / (1 + len(title)),
            float(scene.passage_coverage[index]),
        )

    return max(range(len(scene.passages)), key=fit)


def _winner(question: QuestionView, values: list[float | None]) -> int | None:
    first, second = values
    if first is None or second is None or first == second or not (question.smaller or question.larger):
        return None
    return 0 if (first < second) == question.smaller else 1


def _predicate_coverage(scene: Scene, passage: int, names: set[int]) -> float:
    """The share of the question's other terms (those that name nothing) that the passage has."""
    said = np.array([term not in names for term in scene.question.terms], dtype=bool)
    weights = scene.term_weights[said]
    total = weights.sum()
    return float(scene.passage_terms[passage][said] @ weights / total) if total else 0.0


def _yes_and_no(scene: Scene) -> list[Offered]:
    agreement, same = _agreement(scene)
    return [Offered("yes", {"yes": 1.0, "yes_coverage": agreement, "yes_same": same}), Offered("no", {"no": 1.0})]


def _agreement(scene: Scene) -> tuple[float, float]:
    """How much both subjects are said to be what is asked, and how alike their definitions are; each 0 … 1."""
    standing = scene.title_in_question + scene.title_coverage
    named = (scene.title_in_question > 0) | (scene.title_coverage > _MENTIONED)
    order = [int(index) for index in np.argsort(-standing, kind="stable") if named[index]][:_PAIR]
    if len(order) < _PAIR:
        return 0.5, 0.0
    views = [scene.passages[index] for index in order]
    alike = said_the_same(views[0], views[1], scene.question)
    if alike is not None:
        return float(alike), float(alike)
    names: set[int] = set()
    if all(view.title for view in views):
        names = {int(term) for view in views for term in view.terms[view.sentence_of == 0]}
    open_terms = any(term not in names for term in scene.question.terms)
    agreement = min(_predicate_coverage(scene, index, names) for index in order) if open_terms else 0.5
    first, second = views[0].definition, views[1].definition
    return agreement, len(first & second) / (min(len(first), len(second)) or 1)
