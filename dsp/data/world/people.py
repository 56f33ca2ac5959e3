"""People: their names, dates and callings, and then whom they marry and where they learn and work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsp.data.world.dice import Dice
from dsp.data.world.entity import Entity
from dsp.data.world.names import FAMILY_SIZE, PersonName
from dsp.data.world.places import language_of

if TYPE_CHECKING:
    from dsp.data.world.region import Region

CALLINGS = (
    *(["novelist"] * 7), *(["film director"] * 5), *(["composer"] * 4), *(["painter"] * 4), *(["poet"] * 3),
    *(["playwright"] * 3), *(["singer"] * 4), *(["actor"] * 4), *(["physicist"] * 2), *(["botanist"] * 2),
    *(["historian"] * 2), *(["footballer"] * 4), *(["journalist"] * 3), *(["engineer"] * 3), "architect", "explorer",
    *(["politician"] * 2), "chemist", "astronomer", "mountaineer", "chess player", "cartographer",
)  # fmt: skip
WORKPLACES = {
    "footballer": "football club", "journalist": "newspaper", "physicist": "university", "botanist": "university",
    "historian": "university", "chemist": "university", "astronomer": "university", "engineer": "company",
}  # fmt: skip
_FROM = {"film director": 1870, "footballer": 1880, "singer": 1880, "actor": 1850}
_PARENTS = (
    "a glassmaker", "a schoolteacher", "a ferryman", "a country doctor", "a tailor", "a stonemason", "a judge",
    "a beekeeper", "a customs officer", "a clockmaker", "a baker", "a sea captain", "an innkeeper", "a pharmacist",
    "a miller",
)  # fmt: skip
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def add_people(region: Region) -> None:
    """The region's people, each of a family, a country and a birthplace; a few bear another one's name."""
    countries = region.by_kind["country"]
    homes = {
        country.name: [c for c in region.by_kind["city"] if c.links["country"] is country] for country in countries
    }
    for _ in region.missing("person"):
        rank = region.rank("person")
        country = countries[Dice(region.seed, 4, rank // FAMILY_SIZE, region.plan.number).below(len(countries))]
        person = _person(region, rank, country)
        person.link("born_in", region.dice.pick(homes[country.name]))
        _namesake(region, person)
        region.add(person)


def settle(region: Region) -> None:
    """Where people studied, worked and lived and whom they knew, now that there are organisations."""
    dice = region.dice
    by_sort: dict[str, list[Entity]] = {}
    for organisation in region.by_kind["org"]:
        by_sort.setdefault(organisation.sort, []).append(organisation)
    by_age = by_birth(region)
    for place, person in enumerate(by_age):
        year = person.numbers["year"]
        universities = standing(by_sort.get("university", []), year + 22)
        if universities and dice.chance(60):
            person.link("studied", dice.pick(universities))
        workplaces = standing(by_sort.get(WORKPLACES.get(person.sort, ""), []), year + 40)
        if workplaces:
            person.link("employer", dice.pick(workplaces))
        friend = by_age[min(len(by_age) - 1, max(0, place + dice.between(-8, 8)))]
        if friend.name != person.name:
            person.link("friend", friend)
            person.facts["friend_sort"] = friend.sort
        if dice.chance(35):
            person.link("lived", dice.pick(region.by_kind["city"]))
    for city in region.by_kind["city"]:
        native = dice.pick(by_age)
        city.link("native", native)
        city.facts["native_sort"] = native.sort


def by_birth(region: Region) -> list[Entity]:
    """The region's people, the oldest first."""
    return sorted(region.by_kind["person"], key=lambda person: person.numbers["born"])


def standing(organisations: list[Entity], year: int) -> list[Entity]:
    """Those that were founded by that year."""
    return [organisation for organisation in organisations if organisation.numbers["founded"] <= year]


def marry(region: Region) -> None:
    """Couples of about one age, each mentioned in the other's passage or in one of the two."""
    by_age = by_birth(region)
    at = 0
    while at + 3 < len(by_age):
        one, other = by_age[at], by_age[at + 1 + region.dice.below(3)]
        if (
            region.dice.chance(50)
            and one.woman != other.woman
            and "spouse" not in other.facts
            and "spouse" not in one.facts
        ):
            year = max(one.numbers["year"], other.numbers["year"]) + region.dice.between(20, 38)
            for person, partner in ((one, other), (other, one)):
                person.link("spouse", partner)
                person.facts |= {"spouse_sort": partner.sort, "married": str(year)}
        at += 2


def date(day_number: int) -> str:
    """A day written out: "12 March 1871". Days are counted in years of 12 months of 28 days."""
    year, rest = divmod(day_number, 336)
    month, day = divmod(rest, 28)
    return f"{day + 1} {_MONTHS[month]} {year}"


def _person(region: Region, rank: int, country: Entity) -> Entity:
    dice = region.dice
    woman, calling = dice.chance(50), dice.pick(CALLINGS)
    name = region.namer.person(language_of(country), rank, woman=woman)
    person = Entity("person", calling, str(name), woman=woman)
    year = dice.between(_FROM.get(calling, 1740), 1962)
    born = year * 336 + dice.below(336)
    person.numbers |= {"year": year, "born": born}
    person.facts |= {
        "born": date(born),
        "adjective": country.facts["adjective"],
        "calling": calling,
        "parents": dice.pick(_PARENTS),
        "eponym": name.family if _alone(region, rank, name) else str(name),
    }
    death = born + dice.between(41 * 336, 92 * 336)
    if death < 2015 * 336:
        person.facts["died"] = date(death)
        person.numbers["died"] = death
    person.link("country", country)
    return person


def _alone(region: Region, rank: int, name: PersonName) -> bool:
    """Whether no other region has the family, so that what is called after it can do without the given name."""
    first = rank - rank % FAMILY_SIZE
    start = region.plan.starts["person"]
    return name.first_bearers and start <= first <= start + region.plan.counts["person"] - FAMILY_SIZE


def _namesake(region: Region, person: Entity) -> None:
    """Now and then the name of somebody here with another calling; both titles then say the calling."""
    elders = region.by_kind["person"]
    if not elders or not region.dice.chance(6):
        return
    elder = region.dice.pick(elders)
    same = elder.woman == person.woman and elder.links["country"] is person.links["country"]
    if same and elder.sort != person.sort and elder.title == elder.name:
        person.name = elder.name
        person.facts["eponym"] = elder.facts["eponym"]
        person.disambiguate()
        elder.disambiguate()
