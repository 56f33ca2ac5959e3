"""MuSiQue's training questions as lessons (Trivedi et al., TACL 2022).

Each question comes with 20 paragraphs, 2–4 of which support it, and with the answers of its steps.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any

from dsp.errors import DataError
from dsp.lms.extractive.passages import base_of_title
from dsp.lms.extractive.text import TOKEN, normalize, root, stem

_SATURATION = 0.9
_LENGTH_SHARE = 0.4


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its paragraphs (`Title | text`); `bridges` are its earlier steps' answers, normalised."""

    text: str
    answers: tuple[str, ...]
    passages: tuple[str, ...]
    supporting: tuple[str, ...]
    bridges: tuple[str, ...]


def read_musique(path: Path) -> list[Question]:
    """The questions of a file in MuSiQue's format (a JSON array, or one object a line).

    Raises DataError where the file cannot be read or a record lacks a part.
    """
    try:
        text = path.read_text("utf-8")
        records = json.loads(text) if text.lstrip().startswith("[") else list(map(json.loads, text.splitlines()))
        questions = [_question(record) for record in records]
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}; give MuSiQue's training file") from error
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is not in MuSiQue's format: {error!r}; give MuSiQue's training file") from error
    if not questions:
        raise DataError(f"{path} must hold questions, but has none; give MuSiQue's training file")
    return questions


def _question(record: dict[str, Any]) -> Question:
    paragraphs = [(part["title"], part["paragraph_text"], part["is_supporting"]) for part in record["paragraphs"]]
    steps = record["question_decomposition"]
    return Question(
        text=record["question"],
        answers=(record["answer"], *record.get("answer_aliases", ())),
        passages=tuple(f"{title} | {text}" for title, text, _ in paragraphs),
        supporting=tuple(f"{title} | {text}" for title, text, supports in paragraphs if supports),
        bridges=tuple(normalize(step["answer"]) for step in steps[:-1]),
    )


def wanted_names(question: Question, read: Sequence[str]) -> set[str]:
    """What a search should be about after reading: titles of supporting passages not read, and the steps' answers."""
    titles = [passage.partition(" | ")[0] for passage in question.supporting if passage not in read]
    names = {normalize(name) for title in titles for name in (title, base_of_title(title))}
    return (names | set(question.bridges)) - {""} if titles else set()


class FirstSearch:
    """BM25 over all paragraphs of the file: what a first search for a question would have found."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self._passages = list(dict.fromkeys(passage for question in questions for passage in question.passages))
        self._counts = [Counter(_roots(passage)) for passage in self._passages]
        lengths = [sum(counts.values()) for counts in self._counts]
        mean = sum(lengths) / len(lengths)
        self._norms = [_SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * length / mean) for length in lengths]
        self._document_frequency = Counter(word for counts in self._counts for word in counts)

    def term_weights(self, least: int = 3) -> tuple[dict[str, float], float]:
        """ln(passages / passages with it) of each root that at least `least` have, and the weight of the others."""
        count = len(self._passages)
        weights = {
            word: round(log((count + 1) / (frequency + 0.5)), 2)
            for word, frequency in sorted(self._document_frequency.items())
            if frequency >= least
        }
        return weights, round(log((count + 1) / 1.5), 2)

    def search(self, question: str, k: int) -> tuple[str, ...]:
        count = len(self._passages)
        words = set(_roots(question))
        rarity = {word: log(1 + count / (self._document_frequency[word] + 0.5)) for word in words}
        scores = [
            sum(rarity[word] * counts[word] / (counts[word] + norm) for word in words if word in counts)
            for counts, norm in zip(self._counts, self._norms, strict=True)
        ]
        best = sorted(range(count), key=lambda index: -scores[index])[:k]
        return tuple(self._passages[index] for index in best)


def _roots(text: str) -> list[str]:
    return [root(token) for token in TOKEN.findall(text) if token[0].isalnum() and stem(token)]
