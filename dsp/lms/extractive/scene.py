"""A question and its passages laid side by side in flat arrays, ready for the features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dsp.lms.extractive.arrays import Bools, Floats, Ints, Matrix
from dsp.lms.extractive.passages import PassageView
from dsp.lms.extractive.questions import QuestionView
from dsp.lms.extractive.rarity import TermWeights
from dsp.lms.extractive.shapes import SHAPES

_SHORTEST_TITLE = 3
"""Letters of a title that counts as mentioned when its words are found."""

_RARITY_HERE = 0.5
"""How much a term's rarity among these passages adds to its weight in general."""


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Where each passage's tokens, sentences and candidates begin: int64 [passages + 1]."""

    tokens: Ints
    sentences: Ints
    candidates: Ints


class Scene:
    """The question's terms found in the passages. P passages, S sentences, T tokens, N candidates, Q terms.

    Token arrays [T]: `terms`, `sentence_of`, `hit` (is a term of the question), `term_at` (which one).
    Candidate arrays [N]: `starts`, `ends`, `types`, `sentence`, `passage`, `string_ids`, `shapes`.
    """

    def __init__(self, question: QuestionView, passages: Sequence[PassageView], rarity: TermWeights) -> None:
        self.question = question
        self.rarity = rarity
        self.passages = tuple(passages)
        views = self.passages
        at = self.bounds = _Bounds(
            _offsets([len(view.tokens) for view in views]),
            _offsets([len(view.sentences) for view in views]),
            _offsets([len(view.starts) for view in views]),
        )
        self.terms = _joined([view.terms for view in views])
        self.sentence_of = _joined([view.sentence_of for view in views], at.sentences)
        self.starts = _joined([view.starts for view in views], at.tokens)
        self.ends = _joined([view.ends for view in views], at.tokens)
        self.types = _joined([view.types for view in views])
        self.sentence = _joined([view.sentence_ids for view in views], at.sentences)
        self.passage = np.repeat(np.arange(len(views)), np.diff(at.candidates))
        self.string_ids = _joined([view.string_ids for view in views])
        self.texts = [text for view in views for text in view.texts]
        self.norms = [norm for view in views for norm in view.norms]
        position = {term: index for index, term in enumerate(question.terms)}
        self.term_at = np.array([position.get(term, -1) for term in self.terms.tolist()], dtype=np.int64)
        self.hit: Bools = self.term_at >= 0

    @cached_property
    def shapes(self) -> Matrix:
        return np.concatenate([np.zeros((0, len(SHAPES)), dtype=np.float32), *(view.shapes for view in self.passages)])

    @cached_property
    def passage_of_sentence(self) -> Ints:
        return np.repeat(np.arange(len(self.passages)), np.diff(self.bounds.sentences))

    @cached_property
    def sentence_terms(self) -> Floats:
        """float64 [S, Q]: 1 where the sentence has the term."""
        return self._presence(self.sentence_of, int(self.bounds.sentences[-1]))

    @cached_property
    def passage_terms(self) -> Floats:
        """float64 [P, Q]: 1 where the passage has the term."""
        return self._presence(self.passage_of_sentence[self.sentence_of], len(self.passages))

    def _presence(self, rows: Ints, count: int) -> Floats:
        table = np.zeros((count, len(self.question.terms)))
        table[rows[self.hit], self.term_at[self.hit]] = 1
        return table

    @cached_property
    def term_weights(self) -> Floats:
        """float64 [Q]: how telling each term of the question is, in English and among these passages."""
        general = np.array([self.rarity.of(term) for term in self.question.terms], dtype=float)
        here = np.log((len(self.passages) + 1) / (self.passage_terms.sum(0) + 1))
        return np.asarray(general * (1 + _RARITY_HERE * here))

    @cached_property
    def shares(self) -> Floats:
        """float64 [Q]: term weights that sum to 1 (or none)."""
        total = self.term_weights.sum()
        return self.term_weights / total if total else self.term_weights

    @cached_property
    def sentence_coverage(self) -> Floats:
        """float64 [S]: the share of the question that each sentence holds."""
        return self.sentence_terms @ self.shares

    @cached_property
    def best_sentence_coverage(self) -> Floats:
        """As `sentence_coverage`, but a title counts for as much as the best sentence under it."""
        coverage = self.sentence_coverage.copy()
        for view, first, end in self._sentence_ranges():
            if view.title:
                coverage[first] = coverage[first:end].max()
        return coverage

    @cached_property
    def passage_coverage(self) -> Floats:
        return self.passage_terms @ self.shares

    @cached_property
    def title_coverage(self) -> Floats:
        return np.array(
            [self.sentence_coverage[first] if view.title else 0.0 for view, first, _ in self._sentence_ranges()]
        )

    @cached_property
    def title_in_question(self) -> Floats:
        """float64 [P]: 1 where the question spells out the passage's title."""
        words = self.question.words
        return np.array([float(_is_name(v.title_words) and v.title_words in words) for v in self.passages])

    @cached_property
    def linked(self) -> Bools:
        """bool [P, P], symmetric: one of the two passages mentions the title of the other."""
        count = len(self.passages)
        mentions = np.zeros((count, count), dtype=bool)
        for b, target in enumerate(self.passages):
            if _is_name(target.title_words):
                for a, source in enumerate(self.passages):
                    mentions[a, b] = a != b and target.title_words in source.words
        return mentions | mentions.T

    @cached_property
    def linked_coverage(self) -> Floats:
        """float64 [P]: the most of the question that a passage covers together with one that it links to."""
        alone = self.passage_coverage
        shared = (self.passage_terms * self.shares) @ self.passage_terms.T
        return best_with_link(alone[:, None] + alone[None, :] - shared, self.linked, alone)

    def _sentence_ranges(self) -> list[tuple[PassageView, int, int]]:
        at = self.bounds.sentences.tolist()
        return list(zip(self.passages, at[:-1], at[1:], strict=True))

    def sentence_text(self, sentence: int) -> str:
        passage = int(self.passage_of_sentence[sentence])
        return self.passages[passage].sentences[sentence - int(self.bounds.sentences[passage])]


def best_with_link(together: Floats, linked: Bools, alone: Floats) -> Floats:
    """For each row the largest value at a linked column; where nothing is linked, the value alone."""
    if not linked.size:
        return alone
    best = np.where(linked, together, -np.inf).max(1)
    return np.where(linked.any(1), best, alone)


def _is_name(words: str) -> bool:
    return len(words) >= _SHORTEST_TITLE + 2


def _offsets(counts: list[int]) -> Ints:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _joined(parts: list[Ints], offsets: Ints | None = None) -> Ints:
    if not parts:
        return np.zeros(0, dtype=np.int64)
    if offsets is None:
        return np.concatenate(parts)
    return np.concatenate([part + offset for part, offset in zip(parts, offsets.tolist(), strict=False)])
