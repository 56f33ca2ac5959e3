"""One passage, read once: its tokens, terms, candidates, and all that does not depend on the question."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from dsp.lms.extractive.arrays import Ints, Matrix
from dsp.lms.extractive.caches import BoundedCache
from dsp.lms.extractive.candidates import TYPE_INDEX, Span, candidate_spans
from dsp.lms.extractive.lexicon import STOP_WORDS, kind_of_noun
from dsp.lms.extractive.shapes import shapes_of
from dsp.lms.extractive.text import (
    TOKEN,
    normalize,
    number_of,
    root,
    sentences,
    term_of,
    words_between_spaces,
)

LONGEST_PASSAGE = 20_000
"""Characters of a passage that are read; the rest is left out, so that time and memory stay bounded."""

MOST_PASSAGES = 40
"""Passages of a context that are read, for the same reason."""

_PARENTHESIS_AT_END = re.compile(r"\s*\([^()]*\)$")
_DEFINITION = re.compile(r"\b(?:is|was|are|were)\b\s+(.*)", re.S)
_DEFINITION_WORDS = 16
_LIFE_DATES = re.compile(r"\((?:[^()]{0,200}\b)?born\b|\(\d{1,2} \w+ \d{4} –|\(\w+ \d{1,2}, \d{4} –")
_WORD = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True, eq=False)
class PassageView:
    """A passage as the reader sees it. Sentence 0 is the title where there is one.

    Token arrays: `terms`, `sentence_of` [tokens]. Candidate arrays: `starts`, `ends` (token after the last),
    `types`, `sentence_ids`, `string_ids` (equal for equal normalised strings) [candidates]; `shapes` float32
    [candidates, len(shapes.SHAPES)]. `definition` holds the roots of the words after "is a …" in the first sentence,
    `kind` the kind of thing that they say it is.
    """

    title: str
    base_title: str
    body: str
    sentences: tuple[str, ...]
    tokens: tuple[str, ...]
    terms: Ints
    sentence_of: Ints
    title_words: str
    words: str
    normal_sentences: tuple[str, ...]
    normal_text: str
    starts: Ints
    ends: Ints
    types: Ints
    sentence_ids: Ints
    string_ids: Ints
    texts: tuple[str, ...]
    norms: tuple[str, ...]
    shapes: Matrix
    definition: frozenset[str]
    kind: str | None

    @property
    def weight(self) -> int:
        """Roughly the bytes that it holds."""
        return 400 * len(self.starts) + 200 * len(self.tokens) + 1000


def view(passage: str) -> PassageView:
    """Read a passage, `Title | text` or text alone; what was read lately is remembered."""
    text = passage[:LONGEST_PASSAGE]
    return _VIEWS.get_or(text, lambda: _read(text))


_VIEWS: BoundedCache[str, PassageView] = BoundedCache(160_000_000, lambda text, seen: len(text) + seen.weight)


def base_of_title(title: str) -> str:
    """A title without the parenthesis that tells it from its namesakes: `Emma (novel)` is `Emma`."""
    return _PARENTHESIS_AT_END.sub("", title)


def _read(passage: str) -> PassageView:
    head, bar, body = passage.partition(" | ")
    title = head.strip() if bar and body else ""
    body = body if bar and body else passage
    base = base_of_title(title)
    lines = ([title] if title else []) + sentences(body)
    tokens: list[str] = []
    offsets: list[tuple[int, int]] = []
    sentence_of: list[int] = []
    spans: list[tuple[int, int, int, int]] = []
    for number, line in enumerate(lines):
        first = len(tokens)
        matches = list(TOKEN.finditer(line))
        here = [match.group() for match in matches]
        found = _title_spans(here, base) if number == 0 and title else candidate_spans(here)
        spans += [(first + start, first + end, TYPE_INDEX[kind], number) for start, end, kind in found]
        tokens += here
        offsets += [match.span() for match in matches]
        sentence_of += [number] * len(here)
    texts = tuple(lines[s][offsets[a][0] : offsets[b - 1][1]].strip('" ') for a, b, _, s in spans)
    norms = tuple(normalize(text) for text in texts)
    low = [token.lower() for token in tokens]
    table = np.array(spans, dtype=np.int64).reshape(-1, 4)
    sentence_numbers = np.array(sentence_of, dtype=np.int64)
    normal_sentences = tuple(f" {normalize(line)} " for line in lines)
    definition, kind = _definition(lines[1] if title and len(lines) > 1 else "" if title else "".join(lines[:1]))
    return PassageView(
        title=title,
        base_title=base,
        body=body,
        sentences=tuple(lines),
        tokens=tuple(tokens),
        terms=np.array([term_of(token) for token in tokens], dtype=np.int64),
        sentence_of=sentence_numbers,
        title_words=words_between_spaces([token.lower() for token in TOKEN.findall(base)]),
        words=words_between_spaces(low),
        normal_sentences=normal_sentences,
        normal_text=" ".join(normal_sentences),
        starts=table[:, 0],
        ends=table[:, 1],
        types=table[:, 2],
        sentence_ids=table[:, 3],
        string_ids=np.array([number_of(norm) for norm in norms], dtype=np.int64),
        texts=texts,
        norms=norms,
        shapes=shapes_of(tokens, low, sentence_numbers, table, 1 if title else 0),
        definition=definition,
        kind=kind,
    )


def _title_spans(tokens: list[str], base: str) -> list[Span]:
    """A title is one candidate, and so is its part before a comma."""
    end = len(TOKEN.findall(base)) or len(tokens)
    if not end:
        return []
    spans: list[Span] = [(0, end, "title")]
    if "," in tokens[1:end]:
        spans.append((0, tokens.index(",", 1), "title"))
    return spans


def _definition(sentence: str) -> tuple[frozenset[str], str | None]:
    """The roots of what a first sentence says its subject is, and the kind of thing that makes it."""
    match = _DEFINITION.search(sentence)
    words = [word.lower() for word in _WORD.findall(match.group(1))[:_DEFINITION_WORDS]] if match else []
    roots = frozenset(root(part) for word in words for part in word.split("-") if part and word not in STOP_WORDS)
    if _LIFE_DATES.search(sentence):
        return roots, "person"
    return roots, next((kind for kind in map(kind_of_noun, words) if kind), None)
