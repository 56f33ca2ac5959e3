from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.data.world.dice import Dice, Scatter
from dsp.data.world.languages import LANGUAGES, Language
from dsp.data.world.names import FAMILY_SIZE, Namer
from dsp.data.world.plan import KINDS, MAX_SIZE, MIN_SIZE, WorldPlan
from dsp.data.world.titles import Titles

VOWELS = set("aeiouyö")
LAST = WorldPlan(MAX_SIZE)
MOST = LAST.region(LAST.regions - 1)


def ranks(kind: str) -> st.SearchStrategy[list[int]]:
    """Ranks as they occur in the largest world there can be."""
    return st.lists(st.integers(0, MOST.starts[kind] + MOST.counts[kind]), min_size=2, max_size=40, unique=True)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.place[0])
def test_the_parts_of_a_name_can_be_told_apart(language: Language) -> None:
    assert all(not VOWELS & set(part) for part in (*language.onsets, *language.middles))
    assert all(set(part) <= VOWELS for part in language.vowels)
    countries = tuple(noun for noun, _ in language.country)
    for parts in (language.onsets, language.vowels, language.middles):
        assert len(set(parts)) == len(parts)
    for endings in (language.family, language.place, language.woman, language.man, countries):
        assert all(ending[0] in VOWELS for ending in endings)
        assert len(set(endings)) == len(endings)
    assert not set(language.woman) & set(language.man)


@pytest.mark.parametrize("kind", ["family", "place", "country"])
def test_no_two_languages_share_an_ending(kind: str) -> None:
    endings = [ending for language in LANGUAGES for ending in getattr(language, kind)]
    nouns = [ending[0] if kind == "country" else ending for ending in endings]
    assert len(set(nouns)) == len(nouns)


@given(st.integers(0, 2**64), ranks("city"), st.data())
def test_different_places_have_different_names(seed: int, places: list[int], data: st.DataObject) -> None:
    namer = Namer(seed)
    languages = data.draw(st.lists(st.integers(0, len(LANGUAGES) - 1), min_size=len(places), max_size=len(places)))
    for name in (namer.place, namer.river):
        assert len({name(*place) for place in zip(languages, places, strict=True)}) == len(places)


@given(st.integers(0, 2**64), ranks("country"), st.integers(0, len(LANGUAGES) - 1))
def test_different_countries_have_different_names(seed: int, countries: list[int], language: int) -> None:
    namer = Namer(seed)
    assert len({namer.country(language, rank)[0] for rank in countries}) == len(countries)


@given(st.integers(0, 2**64), ranks("person"), st.data())
def test_different_people_have_different_names_and_families_share_one(
    seed: int, people: list[int], data: st.DataObject
) -> None:
    namer = Namer(seed)
    language = data.draw(st.integers(0, len(LANGUAGES) - 1))
    women = data.draw(st.lists(st.booleans(), min_size=len(people), max_size=len(people)))
    names = [namer.person(language, rank, woman=woman) for rank, woman in zip(people, women, strict=True)]
    assert len({str(name) for name in names}) == len(people)
    first = people[0] // FAMILY_SIZE * FAMILY_SIZE
    assert len({namer.person(language, first + i, woman=True).family for i in range(FAMILY_SIZE)}) == 1


def test_a_family_name_that_comes_round_again_is_marked() -> None:
    namer = Namer(0)
    seen: dict[str, int] = {}
    for number in range(25_000):
        name = namer.person(5, number * FAMILY_SIZE, woman=True)
        assert name.first_bearers == (name.family not in seen)
        seen[name.family] = number
    assert len(seen) < 25_000


@given(st.integers(0, 2**64), ranks("work"))
def test_different_works_have_different_titles(seed: int, works: list[int]) -> None:
    titles = Titles(seed)
    assert len({titles.title(rank) for rank in works}) == len(works)


@given(st.integers(1, 500), st.integers())
def test_scattering_leaves_nothing_out(n: int, seed: int) -> None:
    assert sorted(map(Scatter(n, seed), range(n))) == list(range(n))


@given(st.lists(st.integers(), max_size=4), st.integers(1, 2**64))
def test_dice_fall_within_their_range(keys: list[int], n: int) -> None:
    one, same = Dice(*keys), Dice(*keys)
    drawn = [one.below(n) for _ in range(5)]
    assert all(0 <= number < n for number in drawn)
    assert drawn == [same.below(n) for _ in range(5)]


def test_dice_follow_the_published_splitmix64() -> None:
    dice = Dice()
    assert [dice.below(2**64) for _ in range(3)] == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


@given(st.integers(MIN_SIZE, MAX_SIZE), st.data())
def test_regions_follow_one_another_without_gap_or_overlap(size: int, data: st.DataObject) -> None:
    plan = WorldPlan(size)
    number = data.draw(st.integers(0, plan.regions - 1))
    region = plan.region(number)
    assert all(count > 0 for count in region.counts.values())
    if number + 1 < plan.regions:
        after = plan.region(number + 1)
        assert all(after.starts[kind] == region.starts[kind] + region.counts[kind] for kind in KINDS)
    else:
        assert region.first + region.size == size
