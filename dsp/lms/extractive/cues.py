"""What the reader understands of instructions: a small lexicon of wordings, and nothing beyond it.

A cue is looked for in the instructions and in the descriptions of the fields, in any case. Query cues add to the
counts of styles (as two demonstrated queries would); answer cues shift the weight of an answer's length.

| wording                                              | effect                                            |
|------------------------------------------------------|---------------------------------------------------|
| only the name / entity / title, just the name        | queries name a bridge and nothing else            |
| with / and / plus the (whole / original) question    | queries name a bridge and repeat the question     |
| keywords, key words                                  | queries name a bridge and words near the wh-word  |
| missing words, what is (still) missing               | queries name a bridge and the words not yet read  |
| several, two or three, up to three (names)           | queries name three bridges                        |
| rephrase, restate, repeat the question               | queries restate the question                      |
| full name, complete, in full                         | longer answers                                    |
| shortest, minimal, one word                          | shorter answers                                   |
"""

from __future__ import annotations

import re
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
_LENGTH_CUES = (
    (_cue(r"full name|complete|in full"), 0.6),
    (_cue(r"shortest|minimal|one word"), -0.6),
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


def length_offset(instructions: str) -> float:
    """What the instructions add to the weight of an answer's (logarithmic) length."""
    return sum(offset for wording, offset in _LENGTH_CUES if wording.search(instructions))


def _more(counts: tuple[float, ...], index: int) -> tuple[float, ...]:
    return tuple(count + CUE_WEIGHT * (place == index) for place, count in enumerate(counts))
