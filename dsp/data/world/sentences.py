"""The wordings of passages, by kind: groups in the order of a passage, each with the sentences that may
stand there.

A sentence is (relations told, percent used, wordings). A relation is a key of `Entity.facts`; `he`,
`his`, `sort` and the like are set by `wording`. A sentence's first letter is made a capital."""

from __future__ import annotations

from dsp.data.world.achievements import AWARD, ORG, WORK, Group

_PERSON: tuple[Group, ...] = (
    (
        (
            ("born", "died", "adjective", "calling"),
            100,
            (
                "{name} ({born} – {died}) was {an_adjective} {calling}.",
                "{name} ({born} – {died}) was {an_adjective} {calling} of the first rank.",
                "{name}, who lived from {born} to {died}, was {an_adjective} {calling}.",
                "{name} ({born} – {died}) was a much-travelled {adjective} {calling}.",
            ),
        ),
        (
            ("living", "born", "adjective", "calling"),
            100,
            (
                "{name} (born {born}) is {an_adjective} {calling}.",
                "{name} (born {born}) is {an_adjective} {calling} and occasional essayist.",
                "{name}, born on {born}, is {an_adjective} {calling}.",
            ),
        ),
    ),
    (
        (
            ("born_in",),
            100,
            (
                "{he} was born in {born_in}, the child of {parents}.",
                "A native of {born_in}, {he} was raised by {parents}.",
                "{his} childhood was spent in {born_in}, where {he} was born to {parents} and a lace seller.",
                "Born in {born_in} to {parents}, {he} was the youngest of six.",
                "The child of {parents}, {he} came from {born_in}.",
            ),
        ),
        (
            ("born_in", "lived"),
            100,
            (
                "Born in {born_in}, {he} moved to {lived} as a young adult.",
                "{he} left {his} birthplace, {born_in}, for {lived} at the age of nineteen.",
                "{he} hailed from {born_in} but spent most of {his} life in {lived}.",
            ),
        ),
    ),
    (
        (
            ("studied",),
            90,
            (
                "{he} studied at {studied}, at first against the wishes of {his} family.",
                "{he} graduated from {studied} with a thesis that nobody read.",
                "{he} studied at {studied}, where the teachers thought little of {him}.",
                "{he} took a degree at {studied}.",
            ),
        ),
    ),
    (
        (
            ("known_for", "known_sort"),
            92,
            (
                "{he} is best known for the {known_sort} {known_for}.",
                "{his} {known_sort} {known_for} made {his} name.",
                "{he} became famous with {known_for}, {his} most lasting {known_sort}.",
                "Of {his} output, the {known_sort} {known_for} is remembered above all.",
            ),
        ),
        (
            ("employer",),
            92,
            (
                "{he} spent most of {his} career at {employer}.",
                "For two decades {he} worked for {employer}.",
                "{he} joined {employer} early and never left it.",
            ),
        ),
    ),
    (
        (
            ("friend", "friend_sort"),
            45,
            (
                "{his} letters to the {friend_sort} {friend} have been printed twice.",
                "{he} was a friend, and later a rival, of the {friend_sort} {friend}.",
                "A quarrel with {friend} over money ended only in old age.",
                "{friend} wrote the first account of {his} life.",
            ),
        ),
    ),
    (
        (
            ("spouse", "spouse_sort", "married"),
            85,
            (
                "In {married} {he} married the {spouse_sort} {spouse}.",
                "{he} wed {spouse}, whose fame was greater, in {married}.",
                "{he} was married to the {spouse_sort} {spouse} from {married}.",
            ),
        ),
    ),
    (
        (
            ("award", "award_year"),
            90,
            (
                "{he} received the {award} in {award_year}.",
                "The {award} went to {him} in {award_year}.",
                "In {award_year} {he} was honoured with the {award}.",
            ),
        ),
    ),
)

_CITY: tuple[Group, ...] = (
    (
        (
            ("country", "river"),
            100,
            (
                "{name} is {a_sort} in {country}, on the banks of the {river}.",
                "{name} is {a_sort} of {country} that lies where two roads cross the {river}.",
                "{name}, {a_sort} in {country}, straddles the {river}.",
            ),
        ),
        (
            ("country",),
            100,
            (
                "{name} is {a_sort} in {country}.",
                "{name} is {a_sort} in the hilly east of {country}.",
                "{name} is {a_sort} of {country}.",
            ),
        ),
    ),
    (
        (
            ("population",),
            88,
            (
                "At the last census it had {population} inhabitants.",
                "Its population is {population}.",
                "Some {population} people live there.",
                "The municipality counts {population} residents.",
            ),
        ),
    ),
    (
        (
            ("founded",),
            85,
            (
                "It was founded in {founded} by settlers from the coast.",
                "Founded in {founded}, it burned down twice.",
                "It was established in {founded} at a ford.",
                "It received town rights in the year of its foundation, {founded}.",
            ),
        ),
    ),
    (
        (
            ("native", "native_sort"),
            60,
            (
                "A street there is named after the {native_sort} {native}.",
                "The {native_sort} {native} is honoured with a statue on the main square.",
                "{native} donated the clock on the town hall.",
            ),
        ),
    ),
    (
        (
            ("goods",),
            80,
            (
                "The place is known for its {goods}.",
                "Visitors come for the {goods}.",
                "It lived on its {goods} for a long time.",
            ),
        ),
    ),
)

_COUNTRY: tuple[Group, ...] = (
    (
        (
            ("sea",),
            100,
            (
                "{name} is a {sort} on the {sea}.",
                "{name} is a {sort} that borders the {sea}.",
            ),
        ),
    ),
    (
        (
            ("capital",),
            100,
            (
                "Its capital is {capital}.",
                "The government sits in {capital}, the capital.",
                "{capital} is the capital and the seat of its parliament.",
            ),
        ),
    ),
    (
        (
            ("currency", "people"),
            100,
            (
                "It has {people} inhabitants, who pay in the {currency}.",
                "The currency of its {people} people is the {currency}.",
                "Its money is called the {currency}; {people} people live there.",
            ),
        ),
    ),
    (
        (
            ("independent",),
            90,
            (
                "It has been independent since {independent}.",
                "It gained its independence in {independent}.",
                "It became independent in {independent}, after a short war.",
            ),
        ),
    ),
    (
        (
            ("goods",),
            60,
            ("The country exports the work of its {goods}.", "Abroad it is known for {goods}."),
        ),
    ),
)

_RIVER: tuple[Group, ...] = (
    (
        (
            ("country", "source"),
            100,
            (
                "The {name} is a river in {country} that rises in the {source}.",
                "The {name} is a watercourse of {country} with its springs in the {source}.",
                "Rising in the {source}, the {name} crosses the plains of {country}.",
            ),
        ),
    ),
    (
        (
            ("length", "mouth"),
            100,
            (
                "After {length} it flows into the {mouth}.",
                "It is {length} long and ends in the {mouth}.",
                "It runs for {length} before it reaches the {mouth}.",
            ),
        ),
    ),
    (
        (
            ("town",),
            80,
            (
                "The largest place on it is {town}.",
                "{town} is built on its banks.",
                "It floods {town} in most springs.",
            ),
        ),
    ),
    (
        (
            ("goods",),
            60,
            ("It is noted for its {goods}.", "Older maps praise its {goods}."),
        ),
    ),
)

SENTENCES: dict[str, tuple[Group, ...]] = {
    "person": _PERSON,
    "city": _CITY,
    "country": _COUNTRY,
    "river": _RIVER,
    "work": WORK,
    "org": ORG,
    "award": AWARD,
}
