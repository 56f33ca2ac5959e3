"""Word lists: what the extractive reader knows about English before it reads anything.

Plain data. Nothing here is taken from a question set: these are function words, nouns for kinds of things, and
groups of words that name one relation.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOP_WORDS = _words(
    """a an the of in on at to for from by with and or is are was were be been being has have had do does did it its
    this that these those as who whom whose which what when where how why he she his her their they them him you i we
    there than then also but not no both each such into about after before during between while if so more most other
    some any all many much very can could would will may might one only same name named called first"""
)
"""Words that say nothing of the topic: they are no term of a question."""

FUNCTION_WORDS = STOP_WORDS - _words("first more most same before after name named called one both")
"""Stop words that cannot be part of an answer's noun phrase."""

MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
NUMBER_WORDS = _words(
    """one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred thousand
    million billion dozen once twice thrice"""
)
MAGNITUDES = _words("million billion thousand hundred % percent dozen")

PERSON_NOUNS = _words(
    """actor actress singer writer author director producer president king queen politician footballer player
    musician artist person man woman wife husband father mother son daughter brother sister spouse child composer
    poet novelist journalist coach founder rapper host comedian model scientist emperor prince princess duke senator
    governor minister leader star guitarist drummer vocalist bassist songwriter philosopher astronaut general officer
    owner cinematographer lawyer architect painter dj character member mayor boxer wrestler dancer editor professor
    ceo chairman executioner midfielder driver killer engineer explorer historian inventor sculptor playwright
    physician chemist physicist mathematician biologist astronomer botanist economist judge admiral bishop merchant
    conductor violinist pianist cellist illustrator critic teacher captain commander"""
)
PLACE_NOUNS = _words(
    """city town village county state country province district region river lake mountain island capital
    municipality suburb neighborhood neighbourhood borough continent area location place territory street park
    stadium arena airport venue parish peninsula birthplace headquarters harbour harbor port valley bay kingdom
    republic settlement commune"""
)
ORGANISATION_NOUNS = _words(
    """company band team club network university school college organization organisation station magazine newspaper
    label party agency corporation group institute firm brand manufacturer publisher league association studio
    department army force church hospital chain franchise family tribe bank airline guild academy museum orchestra
    society foundation brewery shipyard observatory laboratory"""
)
WORK_NOUNS = _words(
    """film movie album song novel book series show game play musical episode single comic sitcom opera poem
    documentary soundtrack anime manga painting program programme trilogy symphony sculpture"""
)
DATE_NOUNS = _words("year date day month century decade")

KIND_NOUNS: tuple[tuple[str, frozenset[str]], ...] = (
    ("person", PERSON_NOUNS),
    ("place", PLACE_NOUNS),
    ("org", ORGANISATION_NOUNS),
    ("work", WORK_NOUNS),
)

ORGANISATION_SUFFIXES = _words(
    """inc company corporation corp ltd university college school institute association league club band records press
    studios entertainment pictures productions party agency group network department force army church hospital
    airlines fc united guild society academy orchestra museum bank"""
)
ATTRIBUTE_NOUNS = _words(
    """position role profession occupation genre type kind sort style nickname term quality color colour language
    nationality ethnicity title meaning abbreviation acronym initials purpose reason subject sport instrument species
    breed religion rank number form career machine award medal recognition product products famous common"""
)
"""Heads that ask for a description ("what genre …") and not for an entity."""

NATIONALITY_NOUNS = _words("nationality nationalities")
CALLING_NOUNS = _words("profession occupation job vocation career calling")

AUXILIARIES = _words("is are was were do does did has have had can could will would")
WH_WORDS = _words("who whom whose what which when where how why")
WH_PREPOSITIONS = _words(
    """in of by to from at for on with under after during is was as and about features starred what"""
)
"""Words after which a wh-word still asks ("in which …", "… and who …")."""

HOW_QUANTITIES = _words("many much long old far tall large high")
COMPARATIVES = _words(
    """first earlier older oldest younger youngest later more larger largest bigger longer most higher taller farther
    newer recently recent closer greater fewer smaller before last shorter less lower longest shortest smallest tallest
    biggest highest lowest fewest earliest latest"""
)
SMALLER_FIRST = _words(
    "first earlier older oldest before fewer smaller shorter less lower shortest smallest lowest fewest earliest"
)
FIRST_PLACE_NOUNS = _words("city town village suburb municipality neighborhood neighbourhood borough")
LAST_PLACE_NOUNS = _words("state country province county nation region kingdom republic")
"""Of "Portland, Oregon" a question for a city wants the first part, one for a state the last."""

BY_DATE = _words(
    "first earlier older oldest younger youngest later before born newer recently recent last founded earliest latest"
)

NATIONALITY_ENDINGS = ("ian", "ish", "ese", "ican", "ean", "rman", "ench", "utch", "reek", "wiss", "raqi", "raeli")

WHOLE_NATIONALITY_ENDINGS = ("an", "ish", "ese", "ch", "american")

DATED_RELATIONS = (
    _words("born birth"),
    _words("founded established formed forming begun started opened"),
    _words("released published premiered appeared came aired debuted"),
)
"""Words that a date follows; of a question's group the first date counts."""

AMOUNT_WORDS = (
    _words("inhabitants people population residents populous"),
    _words("long longer longest length kilometres kilometers km miles metres meters short shorter shortest"),
    _words("tall taller tallest high higher highest height feet ft metres meters m"),
    _words("employees employs staff workers members"),
)
"""Words beside which an amount stands."""

DIRECTIONS = _words("north south east west northern southern eastern western central")

NAME_CONNECTORS = _words(
    """of the de la le von van der du and & for in 's , to at on no - al bin y del di da with a " / :"""
)
"""Tokens that may stand between the capitalised parts of one name."""

RELATION_GROUPS = (
    "born birth birthplace",
    "died death die dead",
    "founded founder foundation formed establish established founding found form start began",
    "wife husband spouse married marri",
    "wrote written writer author writ pen",
    "directed director direct",
    "produced producer produc",
    "starred star actor actress play role portray",
    "located location situated base",
    "nationality citizen country",
    "released release publish came",
    "song single",
    "film movie",
    "headquarter based",
)
"""Words of one relation count as the same term; the first of a group stands for all."""

SYNONYMS: dict[str, str] = {word: group.split()[0] for group in RELATION_GROUPS for word in group.split()}


def kind_of_noun(word: str) -> str | None:
    """`person`, `place`, `org`, `work` or `date` where the word (singular or plural) names such a thing."""
    word = word.lower()
    singular = word[:-1] if word.endswith("s") else word
    for kind, nouns in KIND_NOUNS:
        if word in nouns or singular in nouns:
            return kind
    return "date" if word in DATE_NOUNS else None
