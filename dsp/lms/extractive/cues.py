"""What the reader understands of instructions: a small lexicon of wordings, and nothing beyond it.

A cue is looked for in the instructions and in the descriptions of the fields, in any case. Query cues add to the
counts of styles (as two demonstrated queries would); answer cues shift the weights of a few features.

| wording                                              | effect                                            |
|------------------------------------------------------|---------------------------------------------------|
| only the name / entity / title, just the name        | queries name a bridge and nothing else            |
| with / and / plus the (whole / original) question    | queries name a bridge and repeat the question     |
| keywords, key words                                  | queries name a bridge and words near the wh-word  |
| missing words, what is (still) missing               | queries name a bridge and the words not yet read  |
| several, two or three, up to three (names)           | queries name three bridges                        |
| rephrase, restate, repeat the question               | queries restate the question                      |
| full name, complete name, in full                    | longer answers                                    |
| shortest, minimal, one word                          | shorter answers                                   |
| combine two passages, both passages, linked          | more weight on passages linked by a title         |
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from dsp.lms.extractive.queries import WORDS, StyleCounts

CUE_WEIGHT = 2.0
"""How many demonstrated queries a cue is worth."""


@dataclass(frozen=True, slots=True)
class _QueryCue:
    wording: re.Pattern[str]
    restates: bool = False
    names: int | None = None
    words: str | None = None


def _cue(wording: str) -> re.Pattern[str]:
    return re.compile(wording, re.I)


_QUERY_CUES = (
    _QueryCue(_cue(r"only the (?:name|entity|title)|just the name"), words="none"),
    _QueryCue(_cue(r"(?:with|and|plus) the (?:whole |original )?question"), words="question"),
    _QueryCue(_cue(r"key ?words"), words="near"),
    _QueryCue(_cue(r"missing words|what is (?:still )?missing"), words="rest"),
    _QueryCue(_cue(r"several|two or three|up to three"), names=3),
    _QueryCue(_cue(r"rephrase|restate|repeat the question"), restates=True),
)
_ANSWER_CUES: tuple[tuple[re.Pattern[str], Mapping[str, float]], ...] = (
    (_cue(r"full names?|complete names?|in full"), {"length": 0.6}),
    (_cue(r"shortest|minimal|one word"), {"length": -0.6}),
    (
        _cue(r"combine|both passages|two passages|multi-?hop|linked"),
        {"linked_coverage": 1.5, "sentence_linked_coverage": 1.0},
    ),
)


def style_after(instructions: str, style: StyleCounts) -> StyleCounts:
    """The style counts with what the instructions say added."""
    for cue in _QUERY_CUES:
        if not cue.wording.search(instructions):
            continue
        if cue.restates:
            style = replace(style, restate=style.restate + CUE_WEIGHT)
            continue
        style = replace(style, name=style.name + CUE_WEIGHT)
        if cue.names is not None:
            style = replace(style, names=_more(style.names, cue.names - 1))
        if cue.words is not None:
            style = replace(style, words=_more(style.words, WORDS.index(cue.words)))
    return style


def answer_offsets(instructions: str) -> dict[str, float]:
    """What the instructions add to the weights of answer features, by name."""
    offsets: dict[str, float] = {}
    for wording, shifts in _ANSWER_CUES:
        if wording.search(instructions):
            for name, shift in shifts.items():
                offsets[name] = offsets.get(name, 0.0) + shift
    return offsets


def _more(counts: tuple[float, ...], index: int) -> tuple[float, ...]:
    return tuple(count + CUE_WEIGHT * (place == index) for place, count in enumerate(counts))
