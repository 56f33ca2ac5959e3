"""The candidate as a passage's title: what that passage says its subject is, and whether that was asked for."""

from __future__ import annotations

import numpy as np

from dsp.lms.extractive.arrays import Floats, Ints
from dsp.lms.extractive.candidates import TYPE_INDEX
from dsp.lms.extractive.scene import Scene
from dsp.lms.extractive.text import normalize, number_of

_ENTITY_KINDS = ("person", "place", "org", "work")
_NARROW_KINDS = (*_ENTITY_KINDS, "date", "year", "num", "attr")


def title_features(scene: Scene) -> dict[str, Floats]:
    """The columns of `names.TITLE`."""
    question, views = scene.question, scene.passages
    titled = titled_passage(scene)
    is_title = titled >= 0
    other = is_title & (titled != scene.passage)
    head = frozenset(question.head)
    last = question.head[-1] if question.head else None
    defined = np.array([float(last in view.definition) if last else 0.0 for view in views])
    share = np.array([len(head & view.definition) / len(head) if head else 0.0 for view in views])
    kind = np.array([float(view.kind == question.kind and view.kind in _ENTITY_KINDS) for view in views])
    differs = np.array([_of_other_kind(view.kind, question.kind) for view in views])
    late = ((scene.types == TYPE_INDEX["title"]) | other).astype(float)
    return {
        "is_other_title": other.astype(float),
        "title_asked_late": late if question.asks_late else np.zeros(len(late)),
        "title_defined_as_head": is_title * defined[titled],
        "title_definition_share": is_title * share[titled],
        "title_of_kind": is_title * kind[titled],
        "title_of_other_kind": is_title * differs[titled],
        "passages_with_it": np.log(_passages_with_it(scene)),
    }


def _of_other_kind(kind: str | None, asked: str) -> float:
    """1 where a thing of this kind cannot be what is asked for; an organisation may be a place."""
    if kind is None or kind == asked or asked not in _NARROW_KINDS:
        return 0.0
    return float((kind, asked) != ("org", "place"))


def titled_passage(scene: Scene) -> Ints:
    """int64 [N]: the first passage whose title each candidate is, or -1."""
    titles: dict[int, int] = {}
    for index, view in enumerate(scene.passages):
        if view.title:
            titles.setdefault(number_of(normalize(view.base_title)), index)
    return np.array([titles.get(string, -1) for string in scene.string_ids.tolist()], dtype=np.int64)


def _passages_with_it(scene: Scene) -> Floats:
    """float64 [N]: in how many passages the candidate's string stands, as a candidate."""
    strings, group = np.unique(scene.string_ids, return_inverse=True)
    count = len(scene.passages)
    pairs = np.unique(group * count + scene.passage)
    return np.bincount(pairs // count, minlength=len(strings))[group].astype(float)
