"""A passage as prompts show it, and which of its numbered sentences a piece of it lies in.

HotpotQA counts a passage's sentences from 0. Where the corpus says where they start (`metadata["sentences"]`, offsets
into the text), that is taken; else they are found by their ends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from dsp.prompts.escape import one_line, plain_lines
from indexes.passage import Hit, Passage

_END = re.compile(r"""[.!?]["'”’»)\]]*\s+(?=["'“‘«(\[]?[A-Z0-9])""")
_ABBREVIATIONS = (
    r"[A-Za-z]|Mr|Mrs|Ms|Dr|St|Sr|Jr|Prof|Gen|Col|Lt|Sgt|Capt|Rev|Hon|Gov|Sen|Rep|Pres|vs|Vs|No|Nos|Vol|vol|pp?|ca|c|"
    r"Inc|Ltd|Co|Corp|Mt|Ft|approx|est|Op|feat|ed|Ed|al|etc|U\.S|U\.K|e\.g|i\.e|a\.k\.a|[a-z]\.[a-z]"
)
_ABBREVIATION = re.compile(rf"(?:^|[\s(\[“\"'.])(?:{_ABBREVIATIONS})\.$")
_REACH = 12  # characters before a full stop that tell an abbreviation


def shown(text: str) -> str:
    """A text as a passage's line shows it: one line, single spaces, guillemets made single.

    >>> shown("He said:  «Come\\nin».")
    'He said: ‹Come in›.'
    """
    return plain_lines(one_line(text)).replace("«", "‹").replace("»", "›")


def sentence_starts(text: str) -> list[int]:
    """Where sentences start: at 0, and after what ends one and is no abbreviation or initial.

    >>> sentence_starts("J. Smith left. He came back.")
    [0, 15]
    """
    starts = [0]
    for match in _END.finditer(text):
        end = match.start() + 1
        if not _ABBREVIATION.search(text[max(starts[-1], end - _REACH) : end]):
            starts.append(match.end())
    return starts


class Sentences(NamedTuple):
    """A passage's text as shown, with where each sentence of it begins and ends there."""

    text: str
    spans: tuple[tuple[int, int], ...]

    def holding(self, start: int, end: int) -> tuple[int, ...]:
        """The numbers, from 0, of the sentences that share a character with that part of the text."""
        return tuple(number for number, (begin, stop) in enumerate(self.spans) if begin < end and start < stop)


def sentences_of(passage: str | Hit | Passage) -> Sentences:
    """The sentences of a passage; of a string `Title | text`, those of its text."""
    if isinstance(passage, str):
        title, bar, text = passage.partition(" | ")
        return _sentences(text if bar else title, None)
    inner = passage.passage if isinstance(passage, Hit) else passage
    return _sentences(inner.text, _marked(inner))


def _marked(passage: Passage) -> tuple[int, ...] | None:
    """The corpus's own sentence starts, where they can be used."""
    starts = passage.metadata.get("sentences")
    if not isinstance(starts, Sequence) or isinstance(starts, str) or not all(type(at) is int for at in starts):
        return None
    usable = list(starts) == sorted(starts) and bool(starts) and starts[0] == 0 and starts[-1] <= len(passage.text)
    return tuple(starts) if usable else None


@lru_cache(maxsize=2048)
def _sentences(text: str, starts: tuple[int, ...] | None) -> Sentences:
    begins = starts if starts is not None else tuple(sentence_starts(text))
    joined, spans = "", []
    for begin, end in zip(begins, (*begins[1:], len(text)), strict=True):
        piece = text[begin:end]
        sentence = shown(piece)
        if joined and sentence and (piece[:1].isspace() or text[begin - 1 : begin].isspace()):
            joined += " "
        spans.append((len(joined), len(joined) + len(sentence)))
        joined += sentence
    return Sentences(joined, tuple(spans))
