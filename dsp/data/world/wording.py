"""How facts are told: for every kind of entity the sentences its passage may hold, each in several wordings.

A sentence names the relations that it tells; it can be used where the entity has them all. Questions have
wordings of their own (`asking`), so that a question and the passage that answers it share some words and
not others."""

from __future__ import annotations

from dsp.data.world.dice import Dice
from dsp.data.world.entity import Entity
from dsp.data.world.sentences import SENTENCES

_VOWELS = frozenset("aeiouöAEIOUÖ")
_LONGEST = 5


def tell(entity: Entity, dice: Dice) -> None:
    """Write the entity's passage: sets its `sentences` and what they have `told`."""
    words = _words(entity)
    for group in SENTENCES[entity.kind]:
        if len(entity.sentences) == _LONGEST:
            break
        fit = [sentence for sentence in group if all(relation in words for relation in sentence[0])]
        if not fit:
            continue
        tells, often, wordings = dice.pick(fit)
        if not dice.chance(often):
            continue
        for relation in tells:
            entity.told.setdefault(relation, len(entity.sentences))
        text = dice.pick(wordings).format_map(words)
        entity.sentences.append(text[0].upper() + text[1:])


def with_article(text: str) -> str:
    return f"an {text}" if text[0] in _VOWELS and not text.startswith("uni") else f"a {text}"


def _words(entity: Entity) -> dict[str, str]:
    words = {**entity.facts, "name": entity.name, "sort": entity.sort, "a_sort": with_article(entity.sort)}
    words |= {"he": "she", "his": "her", "him": "her"} if entity.woman else {"he": "he", "his": "his", "him": "him"}
    if "adjective" in words:
        words["an_adjective"] = with_article(words["adjective"])
    if "country" in entity.links:
        words["country_adjective"] = entity.links["country"].facts["adjective"]
    if "maker" in entity.links:
        words["maker_sort"] = entity.links["maker"].sort
    if "source" in entity.links:
        words["source_sort"] = entity.links["source"].sort
        words["source_maker"] = entity.links["source"].links["maker"].name
    if "died" in words:
        words["was"] = "was"
    elif entity.kind == "person":
        words["living"] = words["was"] = "is"
    return words
