"""Two-hop questions over a region: bridges and comparisons, each with one right answer and its two gold
passages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dsp.data.world.asking import (
    ANSWER_KINDS,
    ASKS,
    BRIDGES,
    CHECKS,
    COMPARISONS,
    MAKERS,
    SAME,
    WHICH,
    Comparison,
    Wordings,
)
from dsp.data.world.dice import Dice
from dsp.data.world.entity import Entity
from dsp.data.world.region import Region
from dsp.types.example import Example

_COMPARISON_PERCENT = 30
_WHICH_PERCENT = 20
_PATIENCE = 60
Evidence = tuple[str, str, str]
"""A fact: of which passage's entity, which relation, and its value."""


class Asker:
    """Draws the questions of one region and one half of its entities.

    Laws: both gold passages of a question belong to the half, so that the halves share no passage; no
    pair of passages is asked about twice; the answer stands word for word in the last gold passage (or is
    yes or no), not in the first passage of a bridge, and not in the question; the entity in the middle is
    not named."""

    def __init__(self, region: Region, *, dev: bool) -> None:
        self.region = region
        self.dice = Dice(region.seed, 5, region.plan.number, dev)
        self.used: set[tuple[str, str]] = set()
        self.entities = [entity for entity in region.passages if entity.dev == dev]
        self.paths = self._paths()
        self.paths_by_answer = [[path for path in self.paths if path[2] in asked] for _, asked in ANSWER_KINDS]

    def questions(self) -> Iterator[Example]:
        """One after the other, bridges and comparisons in a steady mix, until one of the two gives out."""
        while True:
            draw = self._comparison if self.dice.chance(_COMPARISON_PERCENT) else self._bridge
            question = next((found for found in (draw() for _ in range(_PATIENCE)) if found is not None), None)
            if question is None:
                return
            yield question

    def _paths(self) -> dict[tuple[str, str, str], list[Entity]]:
        """For every way of two hops the entities where it starts: (kind, relation to the next, relation
        asked)."""
        paths: dict[tuple[str, str, str], list[Entity]] = {}
        for entity in self.entities:
            for relation, other in entity.links.items():
                if relation not in entity.told or other.dev != entity.dev:
                    continue
                if relation != "maker" and (entity.kind, relation) not in BRIDGES:
                    continue
                for kind, asked in ASKS:
                    if kind == other.kind and asked in other.told:
                        paths.setdefault((entity.kind, relation, asked), []).append(entity)
        return paths

    def _bridge(self) -> Example | None:
        dice = self.dice
        if dice.chance(_WHICH_PERCENT):
            return self._which()
        paths = self.paths_by_answer[self._answer_kind()]
        if not paths:
            return None
        path = dice.pick(paths)
        first = dice.pick(self.paths[path])
        _, relation, asked = path
        second = first.links[relation]
        answer = second.facts[asked]
        ways = MAKERS[first.sort] if relation == "maker" else BRIDGES[first.kind, relation]
        partner = "wife" if second.woman else "husband"
        described = dice.pick(ways).format(a=_mention(first, dice), s=_what(second, asked, dice), partner=partner)
        text = dice.pick(ASKS[second.kind, asked]).format(x=described)
        if not _is_clear(first, relation, second, text) or answer in text or second.name in text:
            return None
        if answer in " ".join(first.sentences):
            return None
        evidence = [(first.title, relation, second.name), (second.title, asked, answer)]
        return self._example(first, second, text, answer, "bridge", evidence)

    def _answer_kind(self) -> int:
        drawn = self.dice.below(100)
        for number, (percent, _) in enumerate(ANSWER_KINDS):
            drawn -= percent
            if drawn < 0:
                return number
        return 0

    def _which(self) -> Example | None:
        """A bridge whose middle is the answer: one passage names it, its own passage tells the second
        fact."""
        dice = self.dice
        first = dice.pick(self.entities)
        ways = [relation for relation in first.links if (first.kind, relation) in WHICH and relation in first.told]
        relation = dice.pick(ways) if ways else ""
        second = first.links.get(relation)
        if second is None or second.dev != first.dev:
            return None
        checks = [fact for kind, fact in CHECKS if kind == second.kind and fact in second.told]
        checked = dice.pick(checks) if checks else ""
        if not checked or second.links[checked] is first:
            return None
        check = CHECKS[second.kind, checked].format(v=second.facts[checked])
        text = WHICH[first.kind, relation].format(s=second.sort, check=check, a=_mention(first, dice))
        if not _is_clear(first, relation, second, text) or second.name in text:
            return None
        if second.facts[checked] in " ".join(first.sentences):
            return None
        evidence = [(first.title, relation, second.name), (second.title, checked, second.facts[checked])]
        return self._example(first, second, text, second.name, "bridge", evidence)

    def _comparison(self) -> Example | None:
        if self.dice.chance(40):
            return self._same()
        comparison = self.dice.pick(COMPARISONS)
        pair = self._pair(comparison.kind, comparison.told)
        if pair is None or pair[0].numbers[comparison.number] == pair[1].numbers[comparison.number]:
            return None
        return self._compared(comparison, *pair)

    def _compared(self, comparison: Comparison, one: Entity, other: Entity) -> Example | None:
        by_number = sorted((one, other), key=lambda entity: entity.numbers[comparison.number])
        more = self.dice.chance(50)
        text = self._both(comparison.more if more else comparison.less, one, other)
        evidence = [(entity.title, comparison.told, entity.facts[comparison.told]) for entity in (one, other)]
        return self._example(one, other, text, by_number[more].name, "comparison", evidence)

    def _same(self) -> Example | None:
        dice = self.dice
        kind, relation = dice.pick(list(SAME))
        pair = self._pair(kind, relation, same=dice.chance(50))
        if pair is None:
            return None
        one, other = pair
        alike = one.facts[relation] == other.facts[relation]
        if alike and one.links.get(relation) is not other.links.get(relation):
            return None
        text = self._both(SAME[kind, relation], one, other)
        answer = "yes" if alike else "no"
        evidence = [(entity.title, relation, entity.facts[relation]) for entity in pair]
        return self._example(one, other, text, answer, "comparison", evidence)

    def _pair(self, kind: str, relation: str, *, same: bool = False) -> tuple[Entity, Entity] | None:
        """Two entities of one kind, and with `same` of one value, whose passages tell the relation."""
        fit = [entity for entity in self.entities if entity.kind == kind and relation in entity.told]
        if not fit:
            return None
        one = self.dice.pick(fit)
        alike = [
            entity
            for entity in fit
            if entity.name != one.name
            and (not same or entity.facts[relation] == one.facts[relation])
            and (kind not in ("person", "work") or relation in ("calling", "maker") or entity.sort == one.sort)
        ]
        return (one, self.dice.pick(alike)) if alike else None

    def _both(self, wordings: Wordings, one: Entity, other: Entity) -> str:
        return self.dice.pick(wordings).format(a=_named(one), b=_named(other))

    def _example(
        self, first: Entity, second: Entity, question: str, answer: str, kind: str, evidence: list[Evidence]
    ) -> Example | None:
        pair = (min(first.title, second.title), max(first.title, second.title))
        if pair in self.used:
            return None
        self.used.add(pair)
        facts: list[list[Any]] = [
            [entity.title, entity.told[relation]]
            for entity, (_, relation, _) in zip((first, second), evidence, strict=True)
        ]
        return Example(
            question=question[0].upper() + question[1:],
            answer=answer,
            gold_titles=[first.title, second.title],
            supporting_facts=facts,
            type=kind,
            level="hard" if kind == "bridge" else "easy" if answer in ("yes", "no") else "medium",
            evidences=[list(fact) for fact in evidence],
        ).with_inputs("question")


def _is_clear(first: Entity, relation: str, second: Entity, question: str) -> bool:
    """Whether it is beyond doubt whom the first passage names: of namesakes, somebody must say the sort."""
    if second.title == second.name:
        return True
    return second.sort in first.sentences[first.told[relation]] or second.sort in question


def _mention(entity: Entity, dice: Dice) -> str:
    """The entity as a question calls it: with its sort where the name alone would not do, and sometimes
    elsewhere."""
    wordy = entity.kind in ("person", "work") and dice.chance(50)
    return f"the {entity.sort} {entity.name}" if wordy else _named(entity)


def _what(entity: Entity, asked: str, dice: Dice) -> str:
    """What the entity is, without its name: its sort, and for people sometimes the nationality."""
    nationality = entity.facts.get("adjective") if entity.kind == "person" and asked != "adjective" else None
    if asked == "calling":
        return "person"
    return f"{nationality} {entity.sort}" if nationality and dice.chance(50) else entity.sort


def _named(entity: Entity) -> str:
    return entity.name if entity.title == entity.name else f"the {entity.sort} {entity.name}"
