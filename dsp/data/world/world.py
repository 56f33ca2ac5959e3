"""A world: passages one by one, and questions over them, from a size and a seed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Literal

from dsp.data.world.entity import Entity
from dsp.data.world.names import Namer
from dsp.data.world.plan import WorldPlan
from dsp.data.world.questions import Asker
from dsp.data.world.region import Region
from dsp.data.world.titles import Titles
from dsp.errors import InputError
from dsp.types.example import Example
from indexes.passage import Passage

Split = Literal["train", "dev"]
SPLITS: tuple[Split, ...] = ("train", "dev")

_FROM_ONE_REGION = 10
"""A region is worth making for so many questions; fewer come from fewer regions."""


class World:
    """A fictional world of `size` passages.

    Laws: equal sizes and seeds give equal worlds, in any process and any Python version; titles are unique;
    passages come region by region (about a thousand each), and no more than one region is held at a time.
    """

    def __init__(self, size: int, seed: int) -> None:
        self.size, self.seed = size, seed
        self.plan = WorldPlan(size)
        self._namer, self._titles = Namer(seed), Titles(seed)

    def passages(self) -> Iterator[Passage]:
        """All passages, in order; ids count from "0"."""
        for number in range(self.plan.regions):
            region = self.region(number)
            for place, entity in enumerate(region.passages, start=region.plan.first):
                yield _passage(entity, place)
            region.release()

    def questions(self, split: Split, count: int) -> Iterator[Example]:
        """`count` questions of one split, each with HotpotQA's fields and `evidences`, the two facts
        behind it.

        The splits share no question and no gold passage. Raises InputError for an unknown split or a
        count below 1 at once, and where the world runs out of questions when it does."""
        if split not in SPLITS:
            raise InputError(f'the split must be "train" or "dev", but got "{split}"; choose one of the two')
        if count < 1:
            raise InputError(f"the number of {split} questions must be at least 1, but got {count}; ask for more")
        return (example for example, _ in self.asked(split, count))

    def asked(self, split: Split, count: int) -> Iterator[tuple[Example, Region]]:
        """The questions, each with the region that it is about."""
        used = min(self.plan.regions, -(-count // _FROM_ONE_REGION))
        found = 0
        for turn in range(used):
            region = self.region(turn * self.plan.regions // used)
            share = -(-(count - found) // (used - turn))
            for example in islice(Asker(region, dev=split == "dev").questions(), share):
                found += 1
                yield example.with_(id=f"{split}-{self.seed}-{self.size}-{found}"), region
            region.release()
        if found < count:
            raise InputError(
                f"a world of {self.size} passages has {found} {split} questions, but {count} were asked for; "
                "ask for fewer, or make the world larger"
            )

    def region(self, number: int) -> Region:
        """One region, made anew."""
        return Region(self.seed, self.plan.region(number), self._namer, self._titles)


def generate_world(size: int, seed: int = 0) -> World:
    """The world of that size (passages) and seed; nothing is made before it is asked for.

    Raises InputError for a size that no world can have, or a negative seed.
    """
    if seed < 0:
        raise InputError(f"the seed of a world must be 0 or more, but got {seed}; any whole number from 0 will do")
    return World(size, seed)


def _passage(entity: Entity, number: int) -> Passage:
    return Passage(str(number), entity.title, " ".join(entity.sentences), {"kind": entity.kind})
