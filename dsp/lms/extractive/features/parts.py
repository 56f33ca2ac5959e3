"""The candidate as a part of something longer: of "Portland, Oregon", of "(1820 – 1910)", of "a Dutch painter"."""

from __future__ import annotations

import numpy as np

from dsp.lms.extractive.arrays import Floats
from dsp.lms.extractive.candidates import NAME_TYPES, TYPE_INDEX
from dsp.lms.extractive.lexicon import CALLING_NOUNS, FIRST_PLACE_NOUNS, LAST_PLACE_NOUNS, NATIONALITY_NOUNS
from dsp.lms.extractive.scene import Scene
from dsp.lms.extractive.shapes import SHAPES
from dsp.lms.extractive.text import root

_FIRST = frozenset(map(root, FIRST_PLACE_NOUNS))
_LAST = frozenset(map(root, LAST_PLACE_NOUNS))
_DATES = (TYPE_INDEX["date"], TYPE_INDEX["year"])
_NATIONS = frozenset(map(root, NATIONALITY_NOUNS))
_CALLINGS = frozenset(map(root, CALLING_NOUNS))
_BIRTH, _DEATH = root("born"), root("died")


def part_features(scene: Scene) -> dict[str, Floats]:
    """The columns of `names.PART`: 1 for the part that is asked for, -1 for the other."""
    head = set(scene.question.head)
    roots = {root(word) for word in scene.question.low}
    place = _shape(scene, "first_of_place") - _shape(scene, "last_of_place")
    dated = np.isin(scene.types, _DATES)
    death = dated * _shape(scene, "closes_range") * _shape(scene, "first_sentence")
    birth = dated * _shape(scene, "before_definition") * (1 - death)
    in_definition = _shape(scene, "in_definition")
    modifier = in_definition * _shape(scene, "modifies_noun") * np.isin(scene.types, NAME_TYPES)
    return {
        "nationality_fits": bool(head & _NATIONS) * np.maximum(modifier, _shape(scene, "nationality")),
        "profession_fits": bool(head & _CALLINGS) * in_definition * _shape(scene, "person_noun_last"),
        "place_part_fits": _lean(head & _FIRST, head & _LAST) * place,
        "life_date_fits": _lean({_BIRTH} & roots, {_DEATH} & roots) * (birth - death),
    }


def _lean(first: set[str], last: set[str]) -> int:
    return bool(first) - bool(last)


def _shape(scene: Scene, name: str) -> Floats:
    return np.asarray(scene.shapes[:, SHAPES.index(name)], dtype=float)
