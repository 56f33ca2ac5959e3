"""What a next search could be about: names in the passages read so far, and names in the question itself.

The *bridge* of a two-hop question is the thing that joins its two halves. The rows are the answer table's name-like
candidates with more features (is it a title that was read already, does it stand in a definition, …) and a row for
each name in the question, since one that no passage is about is worth a search.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dsp.lms.extractive.arrays import Bools, Floats, Ints, Matrix, running_sum
from dsp.lms.extractive.caches import BoundedCache
from dsp.lms.extractive.candidates import NAME_TYPES
from dsp.lms.extractive.features.names import ANSWER_FEATURES, BRIDGE, COMMON, common_columns, kind_columns
from dsp.lms.extractive.features.titles import titled_passage
from dsp.lms.extractive.features.windows import terms_within
from dsp.lms.extractive.lexicon import MONTHS
from dsp.lms.extractive.scene import Scene
from dsp.lms.extractive.shapes import SHAPES
from dsp.lms.extractive.table import groups_of, key_size, scene_of, span_block
from dsp.lms.extractive.text import NO_TERM, normalize, number_of, root, term_of
from dsp.lms.extractive.weights import load

_RARITY_UNIT = 7.0
_CLOSED = ("yn", "choice")
"""Questions whose two halves are both named in them: there is no bridge to be found in a passage."""


@dataclass(frozen=True, slots=True, eq=False)
class BridgeTable:
    """Bridge candidates as rows, in the form of `table.Table`; columns index QUERY_FEATURES."""

    scene: Scene
    texts: tuple[str, ...]
    norms: tuple[str, ...]
    group: Ints
    groups: int
    columns: Ints
    values: Matrix

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def weight(self) -> int:
        """Roughly the bytes that it holds."""
        return int(self.values.nbytes) + 400 * len(self.texts) + 20_000


def bridge_table(passages: tuple[str, ...], question: str) -> BridgeTable:
    """What a search after these passages could be about; what was made lately is remembered."""
    return _TABLES.get_or((passages, question), lambda: build(scene_of(passages, question, load().terms)))


_TABLES: BoundedCache[tuple[tuple[str, ...], str], BridgeTable] = BoundedCache(
    64_000_000, lambda key, table: key_size(key) + table.weight
)


def build(scene: Scene) -> BridgeTable:
    """The bridge candidates of a scene, not remembered."""
    names = scene.question.entities
    columns = np.concatenate(
        [common_columns(), kind_columns(scene.question.kind), len(ANSWER_FEATURES) + np.arange(len(BRIDGE))]
    )
    keep = np.flatnonzero(_searchable(scene)) if not (names and scene.question.kind in _CLOSED) else np.zeros(0, int)
    spans = np.zeros((0, len(columns)), dtype=np.float32)
    if len(keep):
        block = span_block(scene)
        spans = np.hstack([block, _columns(_span_features(scene, block), len(block))])[keep]
    asked = np.zeros((len(names), len(columns)), dtype=np.float32)
    asked[:, len(columns) - len(BRIDGE) :] = _columns(_question_features(scene, names), len(names))
    norms = [scene.norms[index] for index in keep.tolist()] + list(names)
    group, groups = groups_of(norms)
    return BridgeTable(
        scene=scene,
        texts=(*(scene.texts[index] for index in keep.tolist()), *scene.question.entity_texts),
        norms=tuple(norms),
        group=group,
        groups=groups,
        columns=columns,
        values=np.vstack([spans, asked]),
    )


def _searchable(scene: Scene) -> Bools:
    """bool [N]: spans that look like names."""
    named = np.array([bool(norm) for norm in scene.norms], dtype=bool)
    return np.asarray(named & np.isin(scene.types, NAME_TYPES))


def _columns(features: dict[str, Floats], count: int) -> Matrix:
    block = np.zeros((count, len(BRIDGE)), dtype=np.float32)
    for name, values in features.items():
        block[:, BRIDGE.index(name)] = values
    return block


def _titles(scene: Scene) -> set[str]:
    return {
        name for view in scene.passages if view.title for name in (normalize(view.base_title), normalize(view.title))
    }


def _rarity(scene: Scene, name: str) -> float:
    weights = [scene.rarity.of(number_of(root(word))) for word in name.split()]
    return sum(weights) / len(weights) / _RARITY_UNIT if weights else 0.0


def _span_features(scene: Scene, block: Matrix) -> dict[str, Floats]:
    """The BRIDGE columns of the spans in the passages."""
    asked = scene.question.kinds_named
    titles = _titles(scene)
    joined = " | ".join(sorted(titles))
    distinct = {norm: index for index, norm in enumerate(dict.fromkeys(scene.norms))}
    of_row = np.array([distinct[norm] for norm in scene.norms], dtype=np.int64)

    def by_name(values: list[float]) -> Floats:
        return np.array(values, dtype=float)[of_row]

    def shape(name: str) -> Floats:
        return scene.shapes[:, SHAPES.index(name)].astype(float)

    defines = shape("first_sentence")
    person, place, organisation = (float(kind in asked) for kind in ("person", "place", "org"))
    thing = float(bool(asked & {"org", "work"}))
    nouns = _asked_nouns(scene)
    holds = running_sum(nouns)
    return {
        "definition_of_asked_title": defines * block[:, COMMON.index("title_in_question")],
        "definition_title_coverage": defines * block[:, COMMON.index("title_coverage")],
        "person_asked_and_name": person * shape("name_shape"),
        "person_asked_and_after_person": person * shape("after_person_noun"),
        "thing_asked_and_after_organisation": thing * shape("after_organisation_noun"),
        "begins_with_month": by_name([norm.partition(" ")[0] in MONTHS for norm in distinct]),
        "rarity": by_name([_rarity(scene, norm) for norm in distinct]),
        "is_title_read": by_name([norm in titles for norm in distinct]),
        "is_in_title_read": by_name([norm not in titles and norm in joined for norm in distinct]),
        "two_words": by_name([" " in norm for norm in distinct]),
        "first_passage": (scene.passage == 0).astype(float),
        "second_passage": (scene.passage == 1).astype(float),
        "single_token": shape("single_token"),
        "is_own_title": (titled_passage(scene) == scene.passage).astype(float),
        "terms_within_10": terms_within(scene, 10),
        "holds_asked_noun": (holds[scene.ends] > holds[scene.starts]) * (1 - shape("single_token")),
        "after_asked_noun": nouns[np.maximum(scene.starts - 1, 0)] * (1 - shape("sentence_start")),
        "place_asked_and_shape": place * shape("place_shape"),
        "organisation_asked_and_suffix": organisation * shape("organisation_suffix"),
        "other_name_of_title": shape("before_definition"),
    }


def _asked_nouns(scene: Scene) -> Bools:
    """bool [T]: tokens that the question writes in small letters, as it writes nouns ("the museum where …")."""
    nouns = {term_of(token) for token in scene.question.tokens if token[0].islower()} - {NO_TERM}
    return np.isin(scene.terms, np.array(sorted(nouns), dtype=np.int64))


def _question_features(scene: Scene, names: tuple[str, ...]) -> dict[str, Floats]:
    """The BRIDGE columns of the names in the question."""
    titles = _titles(scene)
    read = " ".join(view.normal_text for view in scene.passages)

    def column(values: list[float]) -> Floats:
        return np.array(values, dtype=float)

    return {
        "in_question": np.ones(len(names)),
        "in_question_unread": column([not any(name in title for title in titles) for name in names]),
        "in_question_is_title": column([name in titles for name in names]),
        "in_question_length": np.log(column([len(name.split()) for name in names])),
        "in_question_rarity": column([_rarity(scene, name) for name in names]),
        "in_question_nowhere": column([f" {name} " not in read for name in names]),
    }
