"""Works: books, plays, films, music and paintings, with their makers, houses and sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsp.data.world.entity import Entity
from dsp.data.world.people import standing
from dsp.data.world.titles import SITES

if TYPE_CHECKING:
    from dsp.data.world.region import Region

_MAKES = {
    "novelist": "novel", "poet": "poetry collection", "playwright": "play", "film director": "film",
    "composer": "opera", "singer": "album", "painter": "painting",
}  # fmt: skip
_HOUSES = {
    "novel": "publisher", "poetry collection": "publisher", "play": "publisher", "film": "film studio",
    "opera": "opera house", "album": "record label", "painting": "museum",
}  # fmt: skip
_THEMES = (
    "a bankrupt circus family", "a missing mapmaker", "two rival lighthouse keepers", "a winter without bread",
    "a forged will", "the last days of a salt mine", "a surgeon who loses her memory", "a village under a dam",
    "a stolen bell", "a wedding that never happens", "an exiled judge", "three sisters and a ferry",
    "a plague ship", "a chess master's fall", "a train stuck in snow", "a blind organist",
    "an abandoned observatory", "a mutiny of apprentices", "a poisoned orchard",
)  # fmt: skip
_KEEPS = {"painting": "hangs_in", "opera": "staged_at"}
_AGAIN = ("Return to", "Before", "After", "Beyond")
_SCENES = {"album": "recorded", "painting": "shows"}
_STYLES = {
    "album": ("folk", "jazz", "chamber pop", "electronic", "soul"),
    "painting": ("oil on canvas", "tempera on panel", "watercolour", "oil on copper"),
}


def add_works(region: Region) -> None:
    """The region's works, spread over those who make such works; the first of each is what they are known
    for."""
    dice = region.dice
    makers = [person for person in region.by_kind["person"] if person.sort in _MAKES]
    makers = makers or region.by_kind["person"]
    houses: dict[str, list[Entity]] = {}
    for organisation in region.by_kind["org"]:
        houses.setdefault(organisation.sort, []).append(organisation)
    actors = [person for person in region.by_kind["person"] if person.sort in ("actor", "singer")]
    dice.shuffle(makers)
    for turn in region.missing("work"):
        maker = makers[turn] if turn < len(makers) else dice.pick(makers)
        work = _work(region, maker, turn)
        _publish(region, work, houses, actors)
        region.add(work)
        if "known_for" not in maker.facts:
            maker.link("known_for", work)
            maker.facts["known_sort"] = work.sort


def _publish(region: Region, work: Entity, houses: dict[str, list[Entity]], actors: list[Entity]) -> None:
    """Who brought the work out, played in it, and wrote or was talked about beside it."""
    dice = region.dice
    year = work.numbers["year"]
    house = standing(houses.get(_HOUSES[work.sort], []), year)
    if house:
        work.link(_KEEPS.get(work.sort, "house"), dice.pick(house))
    papers = standing(houses.get("newspaper", []), year)
    if papers and dice.chance(60):
        work.link("critic", dice.pick(papers))
    elif region.by_kind["work"]:
        rival = dice.pick(region.by_kind["work"])
        work.link("rival", rival)
        work.facts["rival_sort"] = rival.sort
    if work.sort == "film":
        cast = [actor for actor in actors if 16 <= year - actor.numbers["year"] <= 60]
        if cast:
            work.link("star", dice.pick(cast))


def _work(region: Region, maker: Entity, turn: int) -> Entity:
    dice = region.dice
    sort = _MAKES.get(maker.sort, "novel")
    city = dice.pick(region.by_kind["city"])
    year = maker.numbers["year"] + dice.between(22, 41)
    source = _source(region, sort, year)
    work = Entity("work", sort, _name(region, turn, city, source))
    work.numbers["year"] = year
    work.facts |= {
        "year": str(year),
        "theme": dice.pick(_THEMES),
        "maker_adjective": maker.facts["adjective"],
    }
    work.link("maker", maker)
    work.link(_SCENES.get(sort, "setting"), city)
    if sort in _STYLES:
        work.facts["style"] = dice.pick(_STYLES[sort])
    if source is not None:
        work.link("source", source)
        if work.name == source.name:
            work.disambiguate()
            source.disambiguate()
    return work


def _source(region: Region, sort: str, year: int) -> Entity | None:
    """The older novel or play that a film or an opera is made from, no work twice; most have none."""
    if sort not in ("film", "opera") or not region.dice.chance(60):
        return None
    older = [
        work
        for work in region.by_kind["work"]
        if work.sort in ("novel", "play") and work.numbers["year"] < year and "adapted" not in work.facts
    ]
    if not older:
        return None
    source = region.dice.pick(older)
    source.facts["adapted"] = "yes"
    return source


def _name(region: Region, turn: int, city: Entity, source: Entity | None) -> str:
    dice = region.dice
    if source is not None and dice.chance(45):
        return source.name
    rank = region.plan.starts["work"] + turn
    if dice.chance(12) and region.by_kind["work"]:
        elder = dice.pick(region.by_kind["work"])
        sequel = f"{dice.pick(_AGAIN)} {elder.name}"
        return sequel if sequel not in region.taken and not elder.name.startswith(_AGAIN) else region.titles.title(rank)
    if dice.chance(15):
        site = f"The {dice.pick(SITES)} at {city.name}"
        return site if site not in region.taken else region.titles.title(rank)
    return region.titles.title(rank)
