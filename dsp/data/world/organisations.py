"""Organisations and the awards they give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dsp.data.world.entity import Entity

if TYPE_CHECKING:
    from dsp.data.world.region import Region

_NAMES = {
    "university": ("University of {city}", "{city} College", "{city} Institute", "{city} Academy"),
    "publisher": ("{family} Press", "{family} Publishing Company", "{family} Book Club"),
    "film studio": ("{family} Pictures", "{family} Studios", "{family} Productions"),
    "record label": ("{family} Records", "{family} Music Group", "{family} Recording Company"),
    "newspaper": ("The {city} Gazette", "The {city} Courier", "The {city} Observer", "The {city} Messenger"),
    "football club": ("{city} United", "{city} Football Club", "{city} Athletic Club"),
    "company": ("{family} Company", "{family} Instrument Company", "{family} Motor Corporation", "{family} Shipyard"),
    "museum": ("{city} Museum", "{city} Museum of Art", "Museum of {city}"),
    "opera house": ("{city} Opera House", "{city} Theatre Company", "Opera of {city}"),
}
_FOUNDERS = {
    "university": ("historian", "botanist", "physicist", "politician", "astronomer"),
    "publisher": ("novelist", "poet", "journalist"),
    "film studio": ("film director", "actor"),
    "record label": ("singer", "composer"),
    "newspaper": ("journalist", "politician", "poet"),
    "football club": ("footballer", "engineer", "journalist"),
    "company": ("engineer", "chemist", "explorer"),
    "museum": ("painter", "architect", "historian"),
    "opera house": ("composer", "playwright", "architect"),
}
_SORTS = tuple(_NAMES)
_COLOURS = ("green and white", "black and gold", "sky blue", "claret", "orange and grey", "red and black", "violet")
_FIELDS = {
    "fiction": ("novelist", "playwright"),
    "verse": ("poet", "singer"),
    "film": ("film director", "actor"),
    "music": ("composer", "singer"),
    "the fine arts": ("painter", "architect"),
    "natural science": ("physicist", "botanist", "chemist", "astronomer"),
    "scholarship": ("historian", "cartographer", "explorer"),
    "reporting": ("journalist", "politician"),
}


def add_organisations(region: Region) -> None:
    """The region's organisations, each with a seat and a founder who could have founded it."""
    dice = region.dice
    people: dict[str, list[Entity]] = {}
    for person in region.by_kind["person"]:
        people.setdefault(person.sort, []).append(person)
    living = [person for person in region.by_kind["person"] if "died" not in person.facts] or region.by_kind["person"]
    for _ in region.missing("org"):
        sort = _SORTS[len(region.by_kind["org"]) % len(_SORTS)]
        fit = [person for calling in _FOUNDERS[sort] for person in people.get(calling, [])]
        founder = dice.pick(fit or region.by_kind["person"])
        region.add(_organisation(region, sort, founder, living))


def _organisation(region: Region, sort: str, founder: Entity, living: list[Entity]) -> Entity:
    dice = region.dice
    city = dice.pick(region.by_kind["city"])
    family = founder if dice.chance(40) else dice.pick(region.by_kind["person"])
    patterns = list(_NAMES[sort])
    dice.shuffle(patterns)
    organisation = Entity("org", sort, region.free(_names(region, patterns, city, family)))
    year = founder.numbers["year"] + dice.between(24, 41)
    size = dice.between(34, 980) * dice.between(6, 40)
    organisation.numbers |= {"founded": year, "size": size}
    organisation.facts |= {
        "founded": str(year),
        "size": f"{size:,}",
        "founder_sort": founder.sort,
        "colours": dice.pick(_COLOURS),
    }
    organisation.link("founder", founder)
    organisation.link("city", city)
    head = dice.pick(living)
    if head.name != founder.name:
        organisation.link("head", head)
        organisation.facts["head_sort"] = head.sort
    return organisation


def _names(region: Region, patterns: list[str], city: Entity, family: Entity) -> Iterator[str]:
    """Names to try, best first: of this seat and family, then of any. No region has organisations enough
    for all."""
    for pattern in patterns:
        yield pattern.format(city=city.name, family=family.facts["eponym"])
    for seat in region.by_kind["city"]:
        for person in region.by_kind["person"]:
            for pattern in patterns:
                yield pattern.format(city=seat.name, family=person.facts["eponym"])


def add_awards(region: Region) -> None:
    """Awards of the region's organisations, and who received them."""
    dice = region.dice
    fields = list(_FIELDS)
    for _ in region.missing("award"):
        field = fields[len(region.by_kind["award"]) % len(fields)]
        giver = dice.pick(region.by_kind["org"])
        namers = list(region.by_kind["person"])
        dice.shuffle(namers)
        words = ["Prize", "Medal", "Award", "Laurel", "Cross"]
        dice.shuffle(words)
        name = region.free(f"{namer.facts['eponym']} {word}" for namer in namers for word in words)
        award = Entity("award", "award", name)
        year = min(2005, giver.numbers["founded"] + dice.between(3, 60))
        award.numbers["founded"] = year
        award.facts |= {"founded": str(year), "field": field, "sum": f"{dice.between(4, 180) * 500:,}"}
        award.link("giver", giver)
        region.add(award)
        fit = [p for p in region.by_kind["person"] if p.sort in _FIELDS[field] and p.numbers["year"] + 30 > year]
        dice.shuffle(fit)
        for person in fit[:6]:
            if "award" not in person.facts:
                person.link("award", award)
                person.facts["award_year"] = str(max(year, person.numbers["year"] + dice.between(30, 55)))
