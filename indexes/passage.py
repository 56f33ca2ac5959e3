"""The two nouns of retrieval: a passage, and a passage that was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a corpus: what is indexed, found and read.

    `id` is unique in its corpus. `metadata` holds JSON values and takes no part in equality or hashing.
    """

    id: str
    title: str
    text: str
    metadata: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        return f"{self.title} | {self.text}" if self.title else self.text


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage with the reasons it is here: its score (higher is better; the scale is the source's own),
    its rank (1 is best) and the source that found it (an engine's name, or the name of a fusion)."""

    passage: Passage
    score: float
    rank: int
    source: str

    @property
    def id(self) -> str:
        return self.passage.id

    @property
    def title(self) -> str:
        return self.passage.title

    @property
    def text(self) -> str:
        return self.passage.text

    def __str__(self) -> str:
        return str(self.passage)
