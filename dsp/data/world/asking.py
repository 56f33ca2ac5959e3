"""How questions are worded: ways to describe an entity by another one, and ways to ask for a fact."""

from __future__ import annotations

from dataclasses import dataclass

Wordings = tuple[str, ...]

MAKERS: dict[str, Wordings] = {
    "novel": ("the {s} who wrote {a}", "the {s} behind {a}", "the author of {a}"),
    "poetry collection": ("the {s} who wrote {a}", "the author of {a}", "the {s} behind the verses of {a}"),
    "play": ("the {s} who wrote {a}", "the author of {a}", "the {s} responsible for {a}"),
    "film": ("the director of {a}", "the {s} who directed {a}", "the {s} who made {a}"),
    "opera": ("the composer of {a}", "the {s} who composed {a}", "the {s} who wrote {a}"),
    "album": ("the {s} who recorded {a}", "the performer of {a}", "the {s} known for {a}"),
    "painting": ("the artist behind {a}", "the {s} who painted {a}", "the painter of {a}"),
}
"""Descriptions of a work's maker, by the sort of work; {s} is what the maker is, {a} the work."""

BRIDGES: dict[tuple[str, str], Wordings] = {
    ("work", "house"): ("the {s} that released {a}", "the {s} behind {a}"),
    ("work", "hangs_in"): ("the {s} where {a} hangs", "the {s} that owns {a}"),
    ("work", "staged_at"): ("the {s} where {a} was first staged", "the {s} where {a} had its premiere"),
    ("work", "source"): ("the {s} that {a} is based on", "the {s} from which {a} was adapted"),
    ("work", "setting"): ("the {s} where {a} is set", "the {s} in which {a} takes place"),
    ("work", "recorded"): ("the {s} where {a} was recorded",),
    ("work", "shows"): ("the {s} shown in {a}", "the {s} pictured in {a}"),
    ("work", "star"): ("the {s} who played the lead in {a}", "the {s} who starred in {a}"),
    ("work", "critic"): ("the {s} that reviewed {a}",),
    ("person", "born_in"): ("the birthplace of {a}", "the {s} where {a} was born", "the {s} that {a} came from"),
    ("person", "studied"): ("the {s} where {a} studied", "the alma mater of {a}"),
    ("person", "spouse"): ("the {partner} of {a}", "the {s} whom {a} married", "the {s} married to {a}"),
    ("person", "employer"): ("the employer of {a}", "the {s} that {a} worked for"),
    ("person", "known_for"): ("the {s} that {a} is best known for", "the {s} that made {a} famous"),
    ("person", "award"): ("the award that {a} received", "the award with which {a} was honoured"),
    ("org", "founder"): ("the founder of {a}", "the {s} who founded {a}", "the {s} who established {a}"),
    ("org", "city"): ("the {s} where {a} has its seat", "the {s} where {a} is based"),
    ("org", "head"): ("the director of {a}", "the {s} who leads {a}", "the {s} in charge of {a}"),
    ("city", "river"): ("the river that flows through {a}", "the river on which {a} stands"),
    ("city", "country"): ("the country where {a} is located", "the {s} to which {a} belongs"),
    ("river", "country"): ("the country that the {a} flows through", "the {s} that the {a} crosses"),
    ("award", "giver"): ("the {s} that presents the {a}", "the {s} behind the {a}"),
}
"""Descriptions of the entity that a relation leads to; {s} is what it is, {a} where the relation starts."""

ASKS: dict[tuple[str, str], Wordings] = {
    ("person", "born_in"): ("Where was {x} born?", "In which town was {x} born?", "What is the birthplace of {x}?"),
    ("person", "born"): ("When was {x} born?", "What is the date of birth of {x}?", "On what day was {x} born?"),
    ("person", "died"): ("When did {x} die?", "On what date did {x} die?"),
    ("person", "calling"): ("What was the profession of {x}?", "What did {x} do for a living?"),
    ("person", "adjective"): ("What is the nationality of {x}?", "What nationality was {x}?"),
    ("person", "studied"): (
        "Which institution did {x} attend?",
        "Where did {x} study?",
        "Where did {x} take a degree?",
    ),
    ("person", "known_for"): ("What is {x} best known for?", "Which work made {x} famous?"),
    ("person", "spouse"): ("Who was married to {x}?", "Whom did {x} marry?", "Who married {x}?"),
    ("person", "award"): ("Which award did {x} win?", "What award did {x} receive?"),
    ("person", "employer"): ("Which organisation did {x} work for?", "Who employed {x}?"),
    ("city", "population"): ("How many people live in {x}?", "What is the population of {x}?"),
    ("city", "founded"): ("In what year was {x} founded?", "When was {x} established?"),
    ("city", "river"): ("Which river flows through {x}?", "On which river does {x} lie?"),
    ("city", "country"): ("In which country is {x}?", "What country does {x} belong to?"),
    ("city", "goods"): ("What is {x} known for?", "What do visitors of {x} come for?"),
    ("org", "founded"): ("In what year was {x} founded?", "When was {x} set up?"),
    ("org", "founder"): ("Who founded {x}?", "Who was the founder of {x}?"),
    ("org", "city"): ("In which town is {x} based?", "Where is {x} located?"),
    ("org", "head"): ("Who leads {x}?", "Who is the present director of {x}?"),
    ("org", "size"): ("How many people work for {x}?", "How many people does {x} employ?"),
    ("org", "colours"): ("What are the colours of {x}?",),
    ("work", "maker"): ("Who created {x}?", "Who was {x} by?", "Who is the maker of {x}?"),
    ("work", "year"): ("In what year did {x} appear?", "When was {x} released?"),
    ("work", "house"): ("Which company released {x}?", "Who released {x}?"),
    ("work", "hangs_in"): ("Where can {x} be seen today?",),
    ("work", "staged_at"): ("Where did {x} have its premiere?",),
    ("work", "setting"): ("Where is {x} set?", "In which town does {x} take place?"),
    ("work", "star"): ("Who played the main role in {x}?",),
    ("river", "length"): ("How long is {x}?", "What is the length of {x}?"),
    ("river", "source"): ("Where does {x} rise?", "In which hills or mountains does {x} rise?"),
    ("river", "mouth"): ("Into which body of water does {x} flow?", "Which body of water does {x} reach?"),
    ("country", "capital"): ("What is the capital of {x}?", "Which town is the capital of {x}?"),
    ("country", "currency"): ("Which currency is used in {x}?", "What is the currency of {x}?"),
    ("country", "independent"): ("In what year did {x} become independent?",),
    ("country", "sea"): ("Which body of water does {x} border?",),
    ("award", "founded"): ("In what year was {x} first awarded?", "When was {x} given for the first time?"),
    ("award", "giver"): ("Which organisation presents {x}?", "Who gives {x}?"),
    ("award", "field"): ("In which field is {x} given?",),
    ("award", "sum"): ("How many crowns is {x} worth?",),
}
"""Questions for a fact of a kind of entity; {x} is its description."""


ANSWER_KINDS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (30, ("born", "died", "founded", "year", "independent")),
    (15, ("population", "size", "length", "sum")),
    (19, ("born_in", "city", "country", "capital", "river", "setting", "source", "mouth", "sea")),
    (16, ("founder", "head", "spouse", "maker", "star")),
    (12, ("studied", "employer", "known_for", "award", "giver", "house", "hangs_in", "staged_at")),
    (8, ("adjective", "calling", "goods", "colours", "currency", "field")),
)
"""What bridge questions ask for, and how often of a hundred: dates, numbers, places, people, names of other
things, and words that are no names."""

CHECKS: dict[tuple[str, str], str] = {
    ("person", "born_in"): "born in {v}",
    ("person", "studied"): "educated at {v}",
    ("person", "spouse"): "married to {v}",
    ("org", "city"): "based in {v}",
    ("org", "founder"): "founded by {v}",
    ("city", "river"): "on the {v}",
    ("work", "maker"): "by {v}",
}
"""A second fact about the entity that a question asks for, told in that entity's own passage; {v} is its value."""

WHICH: dict[tuple[str, str], str] = {
    ("work", "maker"): "Which {s} {check} made {a}?",
    ("work", "star"): "Which {s} {check} starred in {a}?",
    ("work", "house"): "Which {s} {check} released {a}?",
    ("work", "hangs_in"): "In which {s} {check} does {a} hang?",
    ("work", "staged_at"): "At which {s} {check} was {a} first staged?",
    ("work", "setting"): "In which {s} {check} is {a} set?",
    ("person", "born_in"): "In which {s} {check} was {a} born?",
    ("person", "studied"): "At which {s} {check} did {a} study?",
    ("person", "known_for"): "For which {s} {check} is {a} best known?",
    ("org", "founder"): "Which {s} {check} founded {a}?",
    ("org", "head"): "Which {s} {check} leads {a}?",
    ("award", "giver"): "Which {s} {check} presents the {a}?",
}
"""Questions for the entity in the middle, which two passages confirm: {s} is what it is, {check} a second fact."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison of two entities of one kind by a number: who has less, and who has more."""

    kind: str
    number: str
    told: str
    less: Wordings
    more: Wordings


COMPARISONS: tuple[Comparison, ...] = (
    Comparison(
        "person",
        "born",
        "born",
        ("Who was born first, {a} or {b}?", "Who is older, {a} or {b}?"),
        ("Who was born later, {a} or {b}?", "Who is younger, {a} or {b}?"),
    ),
    Comparison(
        "work",
        "year",
        "year",
        ("Which came out first, {a} or {b}?", "Which is older, {a} or {b}?"),
        ("Which came out later, {a} or {b}?", "Which is more recent, {a} or {b}?"),
    ),
    Comparison(
        "city",
        "population",
        "population",
        ("Which has fewer inhabitants, {a} or {b}?",),
        ("Which has more inhabitants, {a} or {b}?", "Which town is larger, {a} or {b}?"),
    ),
    Comparison(
        "org",
        "founded",
        "founded",
        ("Which was founded first, {a} or {b}?", "Which is older, {a} or {b}?"),
        ("Which was founded later, {a} or {b}?",),
    ),
    Comparison(
        "river",
        "length",
        "length",
        ("Which is shorter, the {a} or the {b}?",),
        ("Which is longer, the {a} or the {b}?",),
    ),
)

SAME: dict[tuple[str, str], Wordings] = {
    ("person", "adjective"): ("Were {a} and {b} of the same nationality?", "Did {a} and {b} share a nationality?"),
    ("person", "calling"): ("Did {a} and {b} have the same profession?", "Were {a} and {b} in the same profession?"),
    ("city", "country"): ("Are {a} and {b} located in the same country?", "Do {a} and {b} belong to one country?"),
    ("org", "city"): ("Are {a} and {b} based in the same town?", "Do {a} and {b} have their seat in one town?"),
    ("work", "maker"): ("Were {a} and {b} made by the same person?",),
}
"""Questions whether two entities of one kind share a fact, answered yes or no."""
