"""How facts are told: for every kind of entity the sentences its passage may hold, each in several wordings.

A sentence names the relations that it tells; it can be used where the entity has them all. Questions have wordings
of their own (`asking`), so that a question and the passage that answers it share some words and not others.
"""

from __future__ import annotations

from dsp.data.world.achievements import Sentence
from dsp.data.world.dice import Dice
from dsp.data.world.entity import Entity
from dsp.data.world.sentences import SENTENCES

_VOWELS = frozenset("aeiouöAEIOUÖ")
_SHORTEST, _LONGEST = 3, 5


def tell(entity: Entity, dice: Dice) -> None:
    """Write the entity's passage: sets its `sentences` and what they have `told`."""
    words = _words(entity)
    left_out: list[Sentence] = []
    for group in SENTENCES[entity.kind]:
        fit = [sentence for sentence in group if all(relation in words for relation in sentence[0])]
        if not fit:
            continue
        sentence = dice.pick(fit)
        if dice.chance(sentence[1]):
            _say(entity, sentence, words, dice)
            if len(entity.sentences) == _LONGEST:
                return
        else:
            left_out.append(sentence)
    for sentence in left_out[: max(0, _SHORTEST - len(entity.sentences))]:
        _say(entity, sentence, words, dice)


def _say(entity: Entity, sentence: Sentence, words: dict[str, str], dice: Dice) -> None:
    tells, _, wordings = sentence
    for relation in tells:
        entity.told.setdefault(relation, len(entity.sentences))
    text = dice.pick(wordings).format_map(words)
    entity.sentences.append(text[0].upper() + text[1:])


def with_article(text: str) -> str:
    """The text after "a" or "an", as it is said: an opera, a university, an 1860 opera."""
    vowel = text[0] in _VOWELS and not text.startswith("uni")
    return f"an {text}" if vowel or text.startswith(("8", "11", "18")) else f"a {text}"


def _words(entity: Entity) -> dict[str, str]:
    words = {**entity.facts, "name": entity.name, "sort": entity.sort, "a_sort": with_article(entity.sort)}
    words |= {"he": "she", "his": "her", "him": "her"} if entity.woman else {"he": "he", "his": "his", "him": "him"}
    if "adjective" in words:
        words["an_adjective"] = with_article(words["adjective"])
    if "year" in words:
        words["a_year"] = with_article(words["year"])
    if "rival" in entity.links:
        words["a_rival"] = with_article(entity.links["rival"].sort)
    if "maker" in entity.links:
        words["maker_sort"] = entity.links["maker"].sort
    if "source" in entity.links:
        words["source_sort"] = entity.links["source"].sort
    if entity.kind == "person" and "died" not in words:
        words["living"] = ""
    return words
