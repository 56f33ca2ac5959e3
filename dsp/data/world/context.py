"""The ten paragraphs that go with a question in HotpotQA's files: its gold passages among others that
look right."""

from __future__ import annotations

from dsp.data.world.dice import Dice
from dsp.data.world.entity import Entity
from dsp.data.world.region import Region
from dsp.types.example import Example

PARAGRAPHS = 10
Paragraph = tuple[str, list[str]]
"""A title and its sentences; joined without anything between they are the passage's text."""


def context_of(example: Example, region: Region) -> list[Paragraph]:
    """The paragraphs in random order: the golds, entities whose names share a word with theirs, and more
    of the same kinds."""
    golds = [entity for entity in region.passages if entity.title in example["gold_titles"]]
    dice = Dice(region.seed, 6, region.plan.number, *(ord(letter) for letter in example["question"]))
    chosen = list(golds)
    for gold in golds:
        _add(chosen, _likenesses(gold, region.by_kind[gold.kind], dice), len(chosen) + 2)
    for turn in range(PARAGRAPHS):
        kind = golds[turn % len(golds)].kind
        _add(chosen, [dice.pick(region.by_kind[kind])], PARAGRAPHS)
    rest = list(region.passages)
    dice.shuffle(rest)
    _add(chosen, rest, PARAGRAPHS)
    dice.shuffle(chosen)
    return [
        (entity.title, [text if place == 0 else f" {text}" for place, text in enumerate(entity.sentences)])
        for entity in chosen
    ]


def _likenesses(gold: Entity, kind: list[Entity], dice: Dice) -> list[Entity]:
    words = set(gold.name.split()) - {"The", "of", "and", "at", "River"}
    alike = [entity for entity in kind if words & set(entity.name.split())]
    dice.shuffle(alike)
    return alike


def _add(chosen: list[Entity], more: list[Entity], until: int) -> None:
    for entity in more:
        if len(chosen) >= until:
            return
        if entity not in chosen:
            chosen.append(entity)
