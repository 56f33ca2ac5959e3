"""What a world is made of: an entity with its facts, and the passage that tells some of them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Entity:
    """A person, place, work, organisation or award.

    `name` is what others call it; `title` heads its passage, with a word in brackets where two share a
    name. `facts` maps a relation ("born_in") to the text as passages write it; `links` to the entity that
    the text names, where it names one; `numbers` to a value that can be compared. `told` says in which
    sentence, from 0, the entity's own passage tells a fact; a fact that is not in it is not told. `dev`
    says to which half of the questions the entity belongs."""

    kind: str
    sort: str
    name: str
    title: str = ""
    woman: bool = False
    dev: bool = False
    facts: dict[str, str] = field(default_factory=dict)
    links: dict[str, Entity] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    sentences: list[str] = field(default_factory=list)
    told: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.title = self.title or self.name

    def link(self, relation: str, other: Entity) -> None:
        self.links[relation] = other
        self.facts[relation] = other.name

    def disambiguate(self) -> None:
        """Put the sort in brackets behind the title, because the name has another bearer."""
        self.title = f"{self.name} ({self.sort})"
