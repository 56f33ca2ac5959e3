"""Countries, towns and rivers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsp.data.world.dice import Dice, mix
from dsp.data.world.entity import Entity
from dsp.data.world.languages import LANGUAGES

if TYPE_CHECKING:
    from dsp.data.world.region import Region

TOWNS = (
    "port", "market town", "mining town", "spa town", "cathedral city", "fishing town", "mill town", "hill town",
    "border town", "garrison town", "railway town", "river port",
)  # fmt: skip
GOODS = (
    "blown glass", "salted herring", "church bells", "woollen cloth", "plum brandy", "brass clocks", "goat cheese",
    "fine lace", "roof slate", "smoked eel", "copper kettles", "paper mills", "saffron fields", "wooden toys",
    "stone bridges", "thermal springs", "horse fairs", "rope walks", "painted tiles", "honey cakes",
    "pearl fisheries", "iron foundries", "cherry orchards", "puppet theatres", "salt pans", "violin makers",
    "ice cellars", "tobacco sheds", "marble quarries", "silk looms", "mustard works", "oyster beds",
    "cliff gardens", "pipe organs", "carnival masks",
)  # fmt: skip
SEAS = (
    "Amber Sea", "Sea of Glass", "Gulf of Herons", "Northern Shallows", "Iron Bay", "Sea of Larks", "Strait of Embers",
    "Quiet Ocean", "Bay of Widows", "Salt Gulf", "Green Sound", "Sea of Pilgrims", "Wolf Strait", "Candle Bay",
)  # fmt: skip
HEIGHTS = ("Hills", "Mountains", "Fens", "Highlands")
RIVER_GOODS = ("grain barges", "timber rafts", "salmon runs", "spring floods", "water mills", "heron colonies")
_NEAR = ("New", "Upper", "Lower", "Port", "North", "South")


def add_places(region: Region) -> None:
    """The region's countries with their capitals, then rivers, then all other towns."""
    dice = region.dice
    for _ in region.missing("country"):
        region.add(_country(region))
    countries = region.by_kind["country"]
    for _ in region.missing("river"):
        country = countries[len(region.by_kind["river"]) % len(countries)]
        region.add(_river(region, country))
    for _ in region.missing("city"):
        number = len(region.by_kind["city"])
        capital = number < len(countries)
        country = countries[number] if capital else dice.pick(countries)
        city = region.add(_city(region, country, capital=capital))
        if capital:
            country.link("capital", city)


def language_of(country: Entity) -> int:
    return country.numbers["language"]


def _country(region: Region) -> Entity:
    dice = region.dice
    rank = region.rank("country")
    language = mix(region.seed, 3, rank) % len(LANGUAGES)
    name, adjective = region.namer.country(language, rank)
    country = Entity("country", dice.pick(("republic", "kingdom", "federation", "duchy")), name)
    year = dice.between(1480, 1930)
    country.numbers |= {"language": language, "independent": year}
    country.facts |= {
        "adjective": adjective,
        "independent": str(year),
        "currency": region.namer.word(language, dice),
        "sea": dice.pick(SEAS),
        "people": f"{dice.between(12, 480) / 10:.1f} million",
        "goods": dice.pick(GOODS),
    }
    return country


def _river(region: Region, country: Entity) -> Entity:
    dice = region.dice
    river = Entity("river", "river", region.namer.river(language_of(country), region.rank("river")))
    length = dice.between(41, 1280)
    river.numbers["length"] = length
    river.facts |= {
        "length": f"{length:,} km",
        "source": f"{region.namer.word(language_of(country), dice).capitalize()} {dice.pick(HEIGHTS)}",
        "mouth": dice.pick(SEAS),
        "goods": dice.pick(RIVER_GOODS),
    }
    river.link("country", country)
    return river


def _city(region: Region, country: Entity, *, capital: bool) -> Entity:
    dice = region.dice
    name = region.namer.place(language_of(country), region.rank("city"))
    elders = [city for city in region.by_kind["city"] if city.links["country"] is country and " " not in city.name]
    if elders and not capital and dice.chance(18):
        name = region.free([f"{dice.pick(_NEAR)} {dice.pick(elders).name}", name])
    city = Entity("city", dice.pick(TOWNS), name)
    year, people = dice.between(780, 1790), _people(dice, capital)
    city.numbers |= {"founded": year, "population": people}
    city.facts |= {"founded": str(year), "population": f"{people:,}", "goods": dice.pick(GOODS)}
    city.link("country", country)
    rivers = [river for river in region.by_kind["river"] if river.links["country"] is country]
    if rivers and dice.chance(75):
        river = dice.pick(rivers)
        city.link("river", river)
        if "town" not in river.links:
            river.link("town", city)
    return city


def _people(dice: Dice, capital: bool) -> int:
    return (
        dice.between(210_000, 2_900_000) if capital else dice.between(21, 990) * dice.between(90, 330) + dice.below(90)
    )
