"""How much of the question stands in the candidate's sentence, its passage, and a passage linked to it.

Of all features these carry the most: a two-hop question is covered by two passages together, one of which
mentions the title of the other.
"""

from __future__ import annotations

import numpy as np

from dsp.lms.extractive.arrays import Floats
from dsp.lms.extractive.scene import Scene, best_with_link

_SHORTEST_ENTITY = 4


def coverage_features(scene: Scene) -> dict[str, Floats]:
    """The columns of `names.COVERAGE`."""
    sentence, passage = scene.sentence, scene.passage
    return {
        "sentence_coverage": scene.best_sentence_coverage[sentence],
        "title_coverage": scene.title_coverage[passage],
        "passage_coverage": scene.passage_coverage[passage],
        "linked_coverage": scene.linked_coverage[passage],
        "sentence_linked_coverage": _sentence_linked(scene)[sentence],
        "rest_coverage": _rest(scene)[sentence],
        "title_in_question": scene.title_in_question[passage],
        **_entities(scene),
    }


def _sentence_linked(scene: Scene) -> Floats:
    """float64 [S]: the most of the question that a sentence covers with a whole passage linked to its own."""
    alone = scene.best_sentence_coverage
    shared = (scene.sentence_terms * scene.shares) @ scene.passage_terms.T
    together = scene.sentence_coverage[:, None] + scene.passage_coverage[None, :] - shared
    linked = scene.linked[scene.passage_of_sentence]
    return np.maximum(alone, best_with_link(together, linked, alone))


def _rest(scene: Scene) -> Floats:
    """float64 [S]: the share of what the question says beside the passage's title that each sentence holds."""
    first = scene.bounds.sentences[:-1]
    titled = np.array([bool(view.title) for view in scene.passages])
    others = (1 - scene.sentence_terms[first] * titled[:, None])[scene.passage_of_sentence] * scene.shares
    totals = others.sum(1)
    held = (scene.sentence_terms * others).sum(1)
    return np.asarray(np.divide(held, totals, out=np.zeros_like(held), where=totals > 0))


def _entities(scene: Scene) -> dict[str, Floats]:
    """The question's names found whole; a longer name weighs more."""
    names = [f" {name} " for name in scene.question.entities if len(name) >= _SHORTEST_ENTITY]
    if not names:
        none = np.zeros(len(scene.starts))
        return {"entities_in_passage": none, "entities_in_sentence": none, "entities_in_linked": none}
    lengths = np.array([len(name.split()) for name in names], dtype=float)
    shares = lengths / lengths.sum()
    in_passage = np.array([[name in view.normal_text for name in names] for view in scene.passages], dtype=float)
    in_sentence = np.array(
        [[name in line for name in names] for view in scene.passages for line in view.normal_sentences],
        dtype=float,
    )
    alone = in_passage @ shares
    together = alone[:, None] + alone[None, :] - (in_passage * shares) @ in_passage.T
    return {
        "entities_in_passage": alone[scene.passage],
        "entities_in_sentence": (in_sentence @ shares)[scene.sentence],
        "entities_in_linked": best_with_link(together, scene.linked, alone)[scene.passage],
    }
