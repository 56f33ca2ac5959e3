"""The question's words around a candidate and inside it."""

from __future__ import annotations

import numpy as np

from dsp.lms.extractive.arrays import Floats, Ints, running_sum
from dsp.lms.extractive.scene import Scene
from dsp.lms.extractive.text import NO_TERM


def window_features(scene: Scene) -> dict[str, Floats]:
    """The columns of `names.WINDOW`."""
    question, starts, ends = scene.question, scene.starts, scene.ends
    near = running_sum(_is_in(scene, question.near))
    head = running_sum(_is_in(scene, frozenset(question.head_terms)))
    hits = running_sum(scene.hit)
    content = running_sum(scene.terms != NO_TERM)
    length = np.maximum(ends - starts, 1)
    held = hits[ends] - hits[starts]
    last_head = question.head_terms[-1] if question.head_terms else None
    following = np.minimum(ends, len(scene.terms) - 1)
    inside = ends < _sentence_ends(scene)
    return {
        "terms_within_4": around(scene, _weighted_hits(scene), 4),
        "near_within_4": around(scene, near, 4),
        "near_within_10": around(scene, near, 10),
        "holds_head": (head[ends] - head[starts] > 0).astype(float),
        "ends_with_head": (scene.terms[ends - 1] == last_head).astype(float) if last_head else np.zeros(len(starts)),
        "before_head": ((scene.terms[following] == last_head) & inside).astype(float)
        if last_head
        else np.zeros(len(starts)),
        "share_in_question": held / length,
        "all_in_question": (held >= np.maximum(content[ends] - content[starts], 1)).astype(float),
    }


def terms_within(scene: Scene, reach: int) -> Floats:
    """The weight of the question's terms within `reach` tokens of each candidate, in its sentence."""
    return around(scene, _weighted_hits(scene), reach)


def around(scene: Scene, sums: Floats, reach: int) -> Floats:
    """What `sums` counts within `reach` tokens of each candidate, in its sentence, the candidate left out."""
    first = np.maximum(scene.starts - reach, _sentence_starts(scene))
    last = np.minimum(scene.ends + reach, _sentence_ends(scene))
    return np.asarray(sums[last] - sums[first] - (sums[scene.ends] - sums[scene.starts]))


def _weighted_hits(scene: Scene) -> Floats:
    if not scene.question.terms:
        return np.zeros(len(scene.terms) + 1)
    weights = scene.term_weights / scene.term_weights.max()
    return running_sum(np.where(scene.hit, weights[scene.term_at], 0.0))


def _is_in(scene: Scene, terms: frozenset[int]) -> Floats:
    return np.isin(scene.terms, np.array(sorted(terms), dtype=np.int64)).astype(float)


def _sentence_starts(scene: Scene) -> Ints:
    return np.searchsorted(scene.sentence_of, scene.sentence, "left").astype(np.int64)


def _sentence_ends(scene: Scene) -> Ints:
    return np.searchsorted(scene.sentence_of, scene.sentence, "right").astype(np.int64)
