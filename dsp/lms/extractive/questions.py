"""What a question asks for: its wh-word, the kind of answer, the head noun, the options, the entities it names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from dsp.lms.extractive.caches import BoundedCache
from dsp.lms.extractive.candidates import candidate_spans
from dsp.lms.extractive.lexicon import (
    ATTRIBUTE_NOUNS,
    AUXILIARIES,
    BY_DATE,
    COMPARATIVES,
    DATE_NOUNS,
    FUNCTION_WORDS,
    HOW_QUANTITIES,
    SMALLER_FIRST,
    STOP_WORDS,
    SYNONYMS,
    WH_PREPOSITIONS,
    WH_WORDS,
    kind_of_noun,
)
from dsp.lms.extractive.options import options_between, options_of
from dsp.lms.extractive.text import (
    NO_TERM,
    TOKEN,
    normalize,
    number_of,
    root,
    term_of,
    words_between_spaces,
)

KINDS = ("person", "date", "year", "num", "place", "org", "work", "yn", "choice", "attr", "tail", "other")
"""`yn` wants yes or no, `choice` one of two options, `attr` a description, `tail` stands at the end ("… is what?")."""

LONGEST_QUESTION = 1_200
"""Characters that are read, counted from the end, where the question usually stands."""

_LAST_SENTENCE = re.compile(r"(?<=\w\w)[.?!]\s+(?=[A-Z])")
_NAME_LIKE = ("cap", "capcomb", "quote")


@dataclass(frozen=True, slots=True, eq=False)
class QuestionView:
    """A question as the reader sees it. `terms` are distinct, in order; `near` are those close to the wh-word.

    `smaller`/`larger` say which way a comparison goes, `by_date` that it compares dates. `entities` are the names
    in the question, normalised and distinct, `entity_texts` the same as written.
    """

    text: str
    tokens: tuple[str, ...] = ()
    low: tuple[str, ...] = ()
    words: str = "  "
    terms: tuple[int, ...] = ()
    asks_late: bool = False
    kind: str = "other"
    head: tuple[str, ...] = ()
    head_terms: tuple[int, ...] = ()
    near: frozenset[int] = frozenset()
    options: tuple[str, ...] = ()
    option_norms: tuple[str, ...] = ()
    smaller: bool = False
    larger: bool = False
    by_date: bool = False
    entities: tuple[str, ...] = ()
    entity_texts: tuple[str, ...] = ()
    kinds_named: frozenset[str] = field(default_factory=frozenset)


def analyse(text: str) -> QuestionView:
    """Read a question; whatever the text is, there is an analysis of it. What was read lately is remembered."""
    return _QUESTIONS.get_or(text, lambda: _analyse(text))


_QUESTIONS: BoundedCache[str, QuestionView] = BoundedCache(16_000_000, lambda text, _: len(text) + 4_000)


def _analyse(text: str) -> QuestionView:
    spans = [match.span() for match in TOKEN.finditer(text, max(0, len(text) - LONGEST_QUESTION))]
    tokens = [text[start:end] for start, end in spans]
    low = [token.lower() for token in tokens]
    if not low:
        return QuestionView(text=text)
    tail = text[-LONGEST_QUESTION:]
    wh, strength = _wh_word(tokens, low, tail)
    kind, head = _kind_and_head(tokens, low, wh)
    compared = COMPARATIVES.intersection(low)
    options: tuple[str, ...] = ()
    if wh is not None or compared:
        options = options_of(tail) or ((options_between(tail) or ()) if wh is not None else ())
    if options:
        kind = "choice"
    elif _opens_with_auxiliary(low, tail) and (wh is None or strength < 2):
        kind = "yn"
    smaller = bool(compared & SMALLER_FIRST)
    roots = tuple(root(word) for word in head)
    option_norms = tuple(normalize(option) for option in options)
    entities = _entities(text, tokens, spans, low)
    for norm, option in zip(option_norms, options, strict=True):
        entities.setdefault(norm, option)
    entities.pop("", None)
    return QuestionView(
        text=text,
        tokens=tuple(tokens),
        low=tuple(low),
        words=words_between_spaces(low),
        terms=tuple(dict.fromkeys(term for term in map(term_of, tokens) if term != NO_TERM)),
        asks_late=wh is not None and wh > len(low) * 0.4,
        kind=kind,
        head=roots,
        head_terms=tuple(number_of(word) for word in roots),
        near=_near(low, wh),
        options=options,
        option_norms=option_norms,
        smaller=smaller,
        larger=bool(compared) and not smaller,
        by_date=bool(BY_DATE.intersection(low)),
        entities=tuple(entities),
        entity_texts=tuple(entities.values()),
        kinds_named=frozenset(found for found in map(kind_of_noun, low) if found),
    )


def _opens_with_auxiliary(low: list[str], text: str) -> bool:
    last = _LAST_SENTENCE.split(text.strip())[-1].split()
    return low[0] in AUXILIARIES or (bool(last) and last[0].lower() in AUXILIARIES)


def _wh_word(tokens: list[str], low: list[str], text: str) -> tuple[int | None, float]:
    """The position of the wh-word that asks (and does not merely relate), and how sure that is."""
    last_sentence = len(low) - len(TOKEN.findall(_LAST_SENTENCE.split(text.strip())[-1]))
    places = [index for index, word in enumerate(low) if word in WH_WORDS]
    best: int | None = None
    strength = 0.0
    for index in places:
        found = _asking(tokens, low, index, last_sentence)
        if found > strength:
            best, strength = index, found
    if low[0] in AUXILIARIES:
        return (best, strength) if strength >= 2.5 else (None, strength)
    return (places[0] if best is None and places else best), strength


def _asking(tokens: list[str], low: list[str], index: int, last_sentence: int) -> float:
    """How much the wh-word at `index` looks like the one that asks."""
    word = low[index]
    before = low[index - 1] if index else ""
    after = low[index + 1] if index + 1 < len(low) else "?"
    begins = index in (0, last_sentence) or (index == 1 and (before in WH_PREPOSITIONS or not before[0].isalnum()))
    ends = after in "?.!"
    sure = 3.0 * begins + 3.0 * ends
    if word in ("what", "how"):
        return sure + 2.5
    if word == "whose":
        return sure - 1
    if word != "which":
        return sure - 0.5 + 0.7 * (before in ("by", "and", "is", "was", "for"))
    noun_follows = (
        after not in AUXILIARIES
        and after[0].isalnum()
        and not tokens[index + 1][0].isupper()
        and after not in ("he", "she", "it", "they", "the", "a")
    )
    sure += 1.0 if noun_follows else -1.5 if before == "," else 0.0
    return sure + 0.8 * (before in WH_PREPOSITIONS) + 1.5 * (kind_of_noun(after) is not None)


def _kind_and_head(tokens: list[str], low: list[str], wh: int | None) -> tuple[str, list[str]]:
    """The kind of answer that the wh-word wants, and the noun phrase that says so."""
    if wh is None:
        return "other", []
    word = low[wh]
    if word in ("what", "which", "whose"):
        head = _head(tokens, low, wh)
        return _kind_of_head(head), head
    if word in ("who", "whom"):
        return "person", []
    if word == "when":
        return "date", []
    if word == "where":
        return "place", []
    if word == "how" and wh + 1 < len(low) and low[wh + 1] in HOW_QUANTITIES:
        return "num", low[wh + 2 : wh + 3]
    return "other", []


def _head(tokens: list[str], low: list[str], wh: int) -> list[str]:
    """The nouns after "what" or "which", also over "is the …" and "type of …"."""
    after = wh + 1
    if after < len(low) and low[after] in AUXILIARIES:
        start = after + 1
        while start < len(low) and (low[start] in FUNCTION_WORDS or low[start] == "name") and start < after + 5:
            start += 1
        return _noun_run(tokens, low, start, 4)
    head = _noun_run(tokens, low, after, 6)
    end = after + len(head)
    if head and head[-1] in ("type", "kind", "sort", "form", "number") and low[end : end + 1] == ["of"]:
        head += _noun_run(tokens, low, end + 1, 6 - len(head))
    return head


def _noun_run(tokens: list[str], low: list[str], start: int, longest: int) -> list[str]:
    """The words from `start` up to a function word or to the verb after the noun ("novelist | wrote Emma")."""
    run: list[str] = []
    for index in range(start, min(start + longest, len(low))):
        word = low[index]
        if word in FUNCTION_WORDS or not word[0].isalnum() or (run and _is_verb(tokens, low, index)):
            break
        run.append(word)
    return run


def _is_verb(tokens: list[str], low: list[str], index: int) -> bool:
    """A word that looks like a past tense and does not stand before a common noun ("an animated film")."""
    if kind_of_noun(low[index]) or not (low[index].endswith("ed") or low[index] in SYNONYMS):
        return False
    after = index + 1
    return after >= len(low) or not tokens[after][0].islower() or low[after] in FUNCTION_WORDS


def _kind_of_head(head: list[str]) -> str:
    if not head:
        return "tail"
    kind = "other"
    kinds = [found for found in map(kind_of_noun, head) if found]
    if ATTRIBUTE_NOUNS.intersection(head) and (head[0] in ATTRIBUTE_NOUNS or not kinds):
        kind, kinds = "attr", []
    if kinds:
        kind = kinds[0] if head[0] in DATE_NOUNS else kinds[-1]
    if "century" in head or "decade" in head:
        kind = "attr"
    if "year" in head:
        kind = "year"
    if "number" in head or "population" in head:
        kind = "num"
    return kind


def _near(low: list[str], wh: int | None) -> frozenset[int]:
    """The terms around the wh-word: they stand near the answer more often than the others do."""
    if wh is None:
        return frozenset()

    def content(words: list[str]) -> list[str]:
        return [word for word in words if word not in STOP_WORDS and word[0].isalnum()]

    after = content(low[wh + 1 : wh + 9])[:5]
    before = content(low[max(0, wh - 6) : wh])
    return frozenset(number_of(root(word)) for word in after + before[-(2 if len(after) > 2 else 4) :])


def _entities(text: str, tokens: list[str], spans: list[tuple[int, int]], low: list[str]) -> dict[str, str]:
    """The longest names and quotations in the question: normalised → as written."""
    found = [
        (start, end)
        for start, end, kind in candidate_spans(tokens)
        if kind in _NAME_LIKE
        and low[start] not in WH_WORDS | AUXILIARIES
        and not any(word in ("and", ",", "or") for word in low[start:end])
    ]
    longest = [
        (start, end)
        for start, end in found
        if not any(a <= start and end <= b and (a, b) != (start, end) for a, b in found)
    ]
    names: dict[str, str] = {}
    for start, end in longest:
        name = text[spans[start][0] : spans[end - 1][1]]
        names.setdefault(normalize(name), name)
    return names
