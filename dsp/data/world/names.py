"""Names by rank: the same rank and seed give the same name, different ranks different names, nothing is
held."""

from __future__ import annotations

from dataclasses import dataclass

from dsp.data.world.dice import Dice, Scatter
from dsp.data.world.languages import LANGUAGES, Language

_BEFORE = (
    "Old", "High", "Little", "Long", "White", "Far", "Nether", "Saint", "Black", "Red", "Green", "Great", "Deep",
    "Cold", "Fair", "Broad", "Stone", "Grey", "Near", "Silver", "Hollow", "Outer", "Inner", "Twin",
)  # fmt: skip
_AFTER = ("Cross", "Vale", "Reach", "Ferry", "Mill", "Quay", "Heath", "Gate", "Rise", "Sands", "Moor", "Spring")
_GIVEN_NAMES = 240
FAMILY_SIZE = 3
"""People of one family name in a row of ranks."""


@dataclass(frozen=True)
class PersonName:
    """A name; `first_bearers` is False where the family's name is one that another family has, too, which
    happens in worlds so large that such names come round again."""

    given: str
    family: str
    first_bearers: bool

    def __str__(self) -> str:
        return f"{self.given} {self.family}"


class Namer:
    """All names of one world. Names of one kind differ wherever their ranks do, in whatever language."""

    def __init__(self, seed: int) -> None:
        self._sounds = [_Sounds(seed, number, language) for number, language in enumerate(LANGUAGES)]

    def place(self, language: int, rank: int) -> str:
        return self._sounds[language].paged(self._sounds[language].places, rank)

    def river(self, language: int, rank: int) -> str:
        return "River " + self._sounds[language].paged(self._sounds[language].rivers, rank)

    def country(self, language: int, rank: int) -> tuple[str, str]:
        """The country's name and its adjective."""
        sounds = self._sounds[language]
        page, rest = divmod(rank, sounds.countries.n)
        stem, ending = sounds.parts(sounds.countries(rest))
        noun, adjective = sounds.language.country[ending]
        return _on_page(stem + noun, page), _on_page(stem + adjective, page)

    def word(self, language: int, dice: Dice) -> str:
        """A common noun or a lesser name; others may be spelled the same."""
        sounds = self._sounds[language]
        return sounds.spell(dice.below(sounds.stems * len(sounds.language.man)), sounds.language.man).lower()

    def person(self, language: int, rank: int, *, woman: bool) -> PersonName:
        sounds = self._sounds[language]
        number, member = divmod(rank, FAMILY_SIZE)
        page, rest = divmod(number, sounds.families.n)
        code = sounds.families(rest)
        given = (code + page * FAMILY_SIZE + member) % _GIVEN_NAMES
        names = sounds.women if woman else sounds.men
        return PersonName(names[given], sounds.spell(code, sounds.language.family), page == 0)


class _Sounds:
    """One language's names in one world: which number means which name."""

    def __init__(self, seed: int, number: int, language: Language) -> None:
        self.language = language
        self.stems = len(language.onsets) * len(language.vowels) * len(language.middles)
        self.places = Scatter(self.stems * len(language.place), seed, number, 1)
        self.rivers = Scatter(self.stems * len(language.place), seed, number, 2)
        self.countries = Scatter(self.stems * len(language.country), seed, number, 3)
        self.families = Scatter(self.stems * len(language.family), seed, number, 4)
        women = Scatter(self.stems * len(language.woman), seed, number, 5)
        men = Scatter(self.stems * len(language.man), seed, number, 6)
        self.women = [self.spell(women(rank), language.woman) for rank in range(_GIVEN_NAMES)]
        self.men = [self.spell(men(rank), language.man) for rank in range(_GIVEN_NAMES)]

    def parts(self, code: int) -> tuple[str, int]:
        """The stem of a number, capitalised, and what is left of the number: the ending's."""
        code, onset = divmod(code, len(self.language.onsets))
        code, vowel = divmod(code, len(self.language.vowels))
        ending, middle = divmod(code, len(self.language.middles))
        stem = self.language.onsets[onset] + self.language.vowels[vowel] + self.language.middles[middle]
        return stem[0].upper() + stem[1:], ending

    def spell(self, code: int, endings: tuple[str, ...]) -> str:
        stem, ending = self.parts(code)
        return stem + endings[ending]

    def paged(self, scatter: Scatter, rank: int) -> str:
        page, rest = divmod(rank, scatter.n)
        return _on_page(self.spell(scatter(rest), self.language.place), page)


def _on_page(name: str, page: int) -> str:
    """Where a world is so large that plain names run out, the next ones are told apart by a word before
    or after."""
    if page == 0:
        return name
    before = _BEFORE[(page - 1) % len(_BEFORE)]
    round_ = (page - 1) // len(_BEFORE)
    return f"{before} {name}" if round_ == 0 else f"{before} {name} {_AFTER[round_ - 1]}"
