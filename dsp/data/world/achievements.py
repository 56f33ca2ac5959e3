"""The wordings of passages about works, organisations and awards; `sentences` says how they are built."""

from __future__ import annotations

Sentence = tuple[tuple[str, ...], int, tuple[str, ...]]
Group = tuple[Sentence, ...]

WORK: tuple[Group, ...] = (
    (
        (
            ("year", "maker", "maker_adjective"),
            100,
            (
                "{name} is {a_year} {sort} by the {maker_adjective} {maker_sort} {maker}.",
                "{name} is {a_sort} by {maker}, first presented in {year}.",
                "{name} is {a_sort} from {year}, the work of the {maker_sort} {maker}.",
                "{name} is {a_sort} of {year} by {maker}.",
            ),
        ),
    ),
    (
        (
            ("source",),
            100,
            (
                "It is based on the {source_sort} {source}.",
                "The plot follows {source}, an older {source_sort}.",
                "It adapts the {source_sort} {source}, with a new ending.",
            ),
        ),
        (
            ("recorded", "style"),
            90,
            (
                "Its {style} songs were recorded in {recorded}.",
                "Recorded in {recorded} within a week, it leans towards {style}.",
            ),
        ),
        (
            ("shows", "style"),
            90,
            (
                "It is {style} and shows a square in {shows} at dusk.",
                "The picture, {style}, shows the roofs of {shows}.",
            ),
        ),
        (
            ("setting", "theme"),
            90,
            (
                "It is set in {setting} and tells of {theme}.",
                "The story of {theme} plays out in {setting}.",
                "{setting} is the scene of its tale of {theme}.",
            ),
        ),
    ),
    (
        (
            ("house",),
            95,
            (
                "It was released by {house}.",
                "{house} released it against the advice of lawyers.",
                "It was made for {house}, which still owns the rights.",
            ),
        ),
    ),
    (
        (
            ("hangs_in",),
            95,
            ("It hangs in {hangs_in}.", "{hangs_in} owns it today.", "It is on view at {hangs_in}."),
        ),
        (
            ("staged_at",),
            95,
            (
                "It was first staged at {staged_at}.",
                "Its premiere at {staged_at} ended in laughter.",
                "{staged_at} gave the first performance.",
            ),
        ),
    ),
    (
        (
            ("star",),
            75,
            ("{star} played the leading part.", "{star} was given the lead.", "It stars {star}."),
        ),
    ),
    (
        (
            ("critic",),
            75,
            (
                "{critic} called it the best {sort} of its decade.",
                "A review in {critic} was so harsh that the matter went to court.",
                "{critic} praised its first half and slept through the second.",
                "According to {critic}, nobody has ever finished it.",
            ),
        ),
        (
            ("rival", "rival_sort"),
            75,
            (
                "It is often mentioned together with the {rival_sort} {rival}.",
                "Many prefer {rival}, {a_rival} of the same years.",
                "It was received less warmly than {rival}.",
            ),
        ),
    ),
)

ORG: tuple[Group, ...] = (
    (
        (
            ("city", "founded"),
            100,
            (
                "{name} is {a_sort} in {city}, established in {founded}.",
                "{name} is {a_sort} with its seat in {city}; it dates from {founded}.",
                "{name} is {a_sort} that opened in {city} in {founded}.",
            ),
        ),
        (
            ("city",),
            100,
            (
                "{name} is {a_sort} based in {city}.",
                "{name} is {a_sort} whose offices are in {city}.",
            ),
        ),
    ),
    (
        (
            ("founder", "founder_sort"),
            90,
            (
                "Its founder was the {founder_sort} {founder}.",
                "The {founder_sort} {founder} founded it with borrowed money.",
                "It was established by {founder} and two friends.",
                "{founder} founded it.",
            ),
        ),
    ),
    (
        (
            ("founded", "size"),
            75,
            (
                "Begun in {founded} with a handful of people, it now employs {size}.",
                "It started in {founded} and has a staff of {size} today.",
            ),
        ),
        (
            ("size",),
            75,
            (
                "It employs {size} people.",
                "It has a staff of {size} people.",
                "{size} people work there.",
            ),
        ),
    ),
    (
        (
            ("head", "head_sort"),
            85,
            (
                "Since its last reform it has been led by the {head_sort} {head}.",
                "The present director is {head}, the {head_sort}.",
                "{head} presides over it.",
            ),
        ),
    ),
    (
        (
            ("colours",),
            60,
            ("Its colours are {colours}.", "The colours on its letterhead are {colours}."),
        ),
    ),
)

AWARD: tuple[Group, ...] = (
    (
        (
            ("giver", "field"),
            100,
            (
                "The {name} is given by {giver} for achievements in {field}.",
                "The {name} is a distinction in {field}, bestowed by {giver}.",
                "The {name}, presented by {giver}, rewards merit in {field}.",
            ),
        ),
    ),
    (
        (
            ("founded",),
            100,
            (
                "It was first handed out in {founded}.",
                "It has existed since {founded}.",
                "The first ceremony took place in {founded}.",
            ),
        ),
    ),
    (
        (
            ("sum",),
            80,
            (
                "The winner receives {sum} crowns.",
                "It is worth {sum} crowns.",
                "It comes with a purse of {sum} crowns.",
            ),
        ),
    ),
)
