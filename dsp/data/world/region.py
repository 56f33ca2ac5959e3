"""One region of a world: its places, people, organisations, works and awards, and how they hang together."""

from __future__ import annotations

from collections.abc import Iterable

from dsp.data.world.dice import Dice
from dsp.data.world.entity import Entity
from dsp.data.world.names import Namer
from dsp.data.world.organisations import add_awards, add_organisations
from dsp.data.world.people import add_people, marry, settle
from dsp.data.world.places import add_places
from dsp.data.world.plan import KINDS, RegionPlan
from dsp.data.world.titles import Titles
from dsp.data.world.wording import tell
from dsp.data.world.works import add_works


class Region:
    """All entities of a region by kind, made from the world's seed and the region's number alone.

    Names differ over the whole world; whatever else must be told apart is told apart here, since no fact
    leads out of its region."""

    def __init__(self, seed: int, plan: RegionPlan, namer: Namer, titles: Titles) -> None:
        self.seed, self.plan, self.namer, self.titles = seed, plan, namer, titles
        self.dice = Dice(seed, 1, plan.number)
        self.taken: set[str] = set()
        self.by_kind: dict[str, list[Entity]] = {kind: [] for kind in KINDS}
        add_places(self)
        add_people(self)
        add_organisations(self)
        settle(self)
        add_works(self)
        add_awards(self)
        marry(self)
        telling = Dice(seed, 2, plan.number)
        self.passages: list[Entity] = [entity for kind in KINDS for entity in self.by_kind[kind]]
        for entity in self.passages:
            entity.dev = telling.chance(50)
            tell(entity, telling)
        telling.shuffle(self.passages)

    def add(self, entity: Entity) -> Entity:
        self.by_kind[entity.kind].append(entity)
        self.taken.add(entity.name)
        return entity

    def rank(self, kind: str) -> int:
        """The next entity's rank among all of its kind in the world."""
        return self.plan.starts[kind] + len(self.by_kind[kind])

    def missing(self, kind: str) -> range:
        """One turn for each entity of that kind that is still to be made."""
        return range(self.plan.counts[kind] - len(self.by_kind[kind]))

    def free(self, choices: Iterable[str]) -> str:
        """The first name that nothing here bears yet."""
        return next(name for name in choices if name not in self.taken)

    def release(self) -> None:
        """Cut the links between entities, which go round in circles, so that the memory is free at once."""
        for entity in self.passages:
            entity.links.clear()
