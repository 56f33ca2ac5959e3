"""The candidates of one question with their features: what the ranker ranks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dsp.lms.extractive.arrays import Bools, Ints, Matrix
from dsp.lms.extractive.caches import BoundedCache
from dsp.lms.extractive.candidates import NAME_TYPES
from dsp.lms.extractive.features.choices import SHARED, Offered, offered_answers
from dsp.lms.extractive.features.coverage import coverage_features
from dsp.lms.extractive.features.kinds import kind_block
from dsp.lms.extractive.features.names import COMMON, SHAPE, common_columns, kind_columns
from dsp.lms.extractive.features.parts import part_features
from dsp.lms.extractive.features.titles import title_features
from dsp.lms.extractive.features.windows import window_features
from dsp.lms.extractive.passages import MOST_PASSAGES, view
from dsp.lms.extractive.questions import analyse
from dsp.lms.extractive.rarity import TermWeights
from dsp.lms.extractive.scene import Scene
from dsp.lms.extractive.shapes import SHAPES
from dsp.lms.extractive.text import normalize
from dsp.lms.extractive.weights import load

OFFERED = -1
"""The sentence and the passage of an answer that the question offers itself."""

_LONGEST_OPTION = 6


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Candidates as rows. `values` float32 [n, d]; column j has the weight `weights[columns[j]]`.

    `group` int64 [n] is equal for equal normalised strings, and counts from 0 in order of first appearance.
    `sentence` and `passage` say where a candidate stands in the scene, or OFFERED.
    """

    scene: Scene
    texts: tuple[str, ...]
    norms: tuple[str, ...]
    group: Ints
    groups: int
    sentence: Ints
    passage: Ints
    columns: Ints
    values: Matrix

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def weight(self) -> int:
        """Roughly the bytes that it holds."""
        return int(self.values.nbytes) + 400 * len(self.texts) + 20_000


def answer_table(passages: tuple[str, ...], question: str) -> Table:
    """The candidate answers to a question in passages (`Title | text`); what was made lately is remembered."""
    return _TABLES.get_or((passages, question), lambda: build(scene_of(passages, question, load().terms)))


_TABLES: BoundedCache[tuple[tuple[str, ...], str], Table] = BoundedCache(
    128_000_000, lambda key, table: key_size(key) + table.weight
)


def key_size(key: tuple[tuple[str, ...], str]) -> int:
    """The characters that remembering a question over passages holds on to."""
    passages, question = key
    return len(question) + sum(map(len, passages))


def scene_of(passages: tuple[str, ...], question: str, rarity: TermWeights) -> Scene:
    return Scene(analyse(question), [view(passage) for passage in passages[:MOST_PASSAGES]], rarity)


def groups_of(norms: list[str]) -> tuple[Ints, int]:
    """A number for each string, equal for equal strings, from 0 in order of first appearance; and how many."""
    numbers: dict[str, int] = {}
    group = [numbers.setdefault(norm, len(numbers)) for norm in norms]
    return np.array(group, dtype=np.int64), len(numbers)


def build(scene: Scene) -> Table:
    """The candidate answers of a scene, not remembered."""
    offered = offered_answers(scene)
    keep = np.flatnonzero(_allowed(scene, bool(offered)))
    columns = np.concatenate([common_columns(), kind_columns(scene.question.kind)])
    values = np.zeros((len(keep) + len(offered), len(columns)), dtype=np.float32)
    if len(keep):
        values[: len(keep)] = span_block(scene)[keep]
    for row, answer in enumerate(offered, start=len(keep)):
        exact, longer = _forms_of(scene, keep, answer)
        for name, value in answer.features.items():
            values[[row, *exact, *(longer if name in SHARED else ())], COMMON.index(name)] = value
    extra = np.full(len(offered), OFFERED, dtype=np.int64)
    norms = [scene.norms[index] for index in keep.tolist()] + [normalize(answer.text) for answer in offered]
    group, groups = groups_of(norms)
    return Table(
        scene=scene,
        texts=tuple(_surfaces(scene, keep, offered)),
        norms=tuple(norms),
        group=group,
        groups=groups,
        sentence=np.concatenate([scene.sentence[keep], extra]),
        passage=np.concatenate([scene.passage[keep], extra]),
        columns=columns,
        values=values,
    )


def _forms_of(scene: Scene, keep: Ints, answer: Offered) -> tuple[list[int], list[int]]:
    """The rows whose span is the offered answer, and those whose span is a longer form of it."""
    norm = normalize(answer.text)
    words = set(norm.split())
    norms = [scene.norms[index] for index in keep.tolist()]
    exact = [row for row, other in enumerate(norms) if other == norm]
    longer = [row for row, other in enumerate(norms) if other != norm and words and words <= set(other.split())]
    return exact, longer


def _surfaces(scene: Scene, keep: Ints, offered: list[Offered]) -> Iterator[str]:
    yield from (scene.texts[index] for index in keep.tolist())
    yield from (answer.text for answer in offered)


def span_block(scene: Scene) -> Matrix:
    """The features of every span: float32 [N, d], columns as `common_columns`, then `kind_columns`."""
    return np.hstack([_common_block(scene), kind_block(scene)])


def _common_block(scene: Scene) -> Matrix:
    block = np.zeros((len(scene.starts), len(COMMON)), dtype=np.float32)
    for name in SHAPE:
        block[:, COMMON.index(name)] = scene.shapes[:, SHAPES.index(name)]
    for features in (coverage_features(scene), window_features(scene), title_features(scene), part_features(scene)):
        for name, values in features.items():
            block[:, COMMON.index(name)] = values
    return block


def _allowed(scene: Scene, offered: bool) -> Bools:
    """Which spans may answer: a yes/no question is answered by yes or no, a choice by a form of an option's name."""
    everything = np.array([bool(norm) for norm in scene.norms], dtype=bool)
    if not offered:
        return everything
    if scene.question.kind != "choice":
        return np.zeros_like(everything)
    options = [set(norm.split()) for norm in scene.question.option_norms if norm]
    name_like = np.isin(scene.types, NAME_TYPES) | (scene.shapes[:, SHAPES.index("name_shape")] > 0)
    for index in np.flatnonzero(name_like).tolist():
        words = set(scene.norms[index].split())
        name_like[index] = len(words) <= _LONGEST_OPTION and any(option <= words for option in options)
    return everything & name_like
