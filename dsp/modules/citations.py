"""Citations: the passages, and the sentences in them, that a text rests on, checked word for word.

    prediction = program(question=…)
    citations = dsp.cited(prediction.reasoning, prediction.context)
    citations.verbatim      # whether every quotation stands where it is said to stand
    citations.sp            # [["Jane Austen", 0]], as HotpotQA's prediction files want it

A model says what it rests on in three ways, and all are read: a mark `[2]`, the passage's number in the prompt; a
quotation between quotation marks; a whole sentence that is a passage's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dsp.errors import InputError
from dsp.modules.sentences import sentence_starts, sentences_of, shown
from dsp.prompts.escape import unescape_markers
from dsp.types.prediction import Prediction
from indexes.passage import Hit, Passage

MIN_WORDS = 3  # of a quotation: less is a name or a title, and stands in many places

_NUMBER = re.compile(r"[0-9]+")
_MARK = re.compile(r"\[([0-9]{1,3}(?:\s*[,;]\s*[0-9]{1,3})*)\]")
_MARKS_BEHIND = re.compile(rf"([.!?][\"'”’»›)]*)((?:\s?{_MARK.pattern})+)")
_SPACE_BEFORE = re.compile(r"\s([.,;:!?])")
_QUOTATION = re.compile(r"""“([^“”]+)”|«([^«»]+)»|‹([^‹›]+)›|(?<!\w)"([^"]+)"(?!\w)""")
_ELLIPSIS = re.compile(r"\s*(?:\[\s*(?:\.\.\.|…)\s*\]|\.\.\.|…)\s*")
_EDGES = " \t\n.,;:!?"


@dataclass(frozen=True, slots=True)
class Citation:
    """One passage that a text rests on: `number` in the context from 1, `id` and `title`.

    `quote` is what stands in it word for word, and `sentences` where, counted from 0; both are empty where the text
    only names the passage by its mark.
    """

    number: int
    id: str
    title: str
    quote: str = ""
    sentences: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Citations:
    """What a text rests on, in the order in which it says so; as a string, one line a citation.

    `missing` are quotations that stand in no passage, or not in the one they are marked with; `dangling` are marks
    that name no passage. `unmarked` are sentences that carry neither a mark nor anything word for word.
    """

    found: tuple[Citation, ...] = ()
    missing: tuple[str, ...] = ()
    dangling: tuple[int, ...] = ()
    unmarked: tuple[str, ...] = ()

    @property
    def verbatim(self) -> bool:
        """Whether all quotations stand where they are said to, and all marks name a passage."""
        return not self.missing and not self.dangling

    @property
    def titles(self) -> list[str]:
        """The cited passages' titles, each once."""
        return list(dict.fromkeys(citation.title for citation in self.found))

    @property
    def sp(self) -> list[list[str | int]]:
        """The sentences that were quoted, each once, as HotpotQA's supporting facts: `[[title, sentence], …]`."""
        pairs = dict.fromkeys((each.title, sentence) for each in self.found for sentence in each.sentences)
        return [[title, sentence] for title, sentence in pairs]

    def __str__(self) -> str:
        return "\n".join(
            f"[{each.number}] {each.title}" + (f': "{each.quote}"' if each.quote else "") for each in self.found
        )


def cited(text: str, context: Sequence[str | Hit | Passage]) -> Citations:
    """What `text` cites of the passages in `context`, in the order in which the prompt showed them.

    Passages and text are compared as prompts show them: white space and line ends made one space, guillemets made
    single; nothing else is forgiven but punctuation at a quotation's ends. A quotation of less than three words is
    taken for a name. An ellipsis in a quotation stands for what was left out of the same passage. Raises InputError
    where the text is none, or the context is no list of passages.

    >>> from indexes import Passage
    >>> context = [Passage("1", "Emma", "Emma is a novel. It is by Jane Austen.")]
    >>> cited('It was written by a woman: "It is by Jane Austen" [1].', context).sp
    [['Emma', 1]]
    >>> cited('It says "Jane Austen wrote it" [2].', context).dangling
    (2,)
    """
    if not isinstance(text, str):
        raise InputError(f"citations are read from a text, but got {type(text).__name__}; give the answer's text")
    if isinstance(context, str) or not all(isinstance(each, str | Hit | Passage) for each in context):
        raise InputError(f"citations need a list of passages, but got {context!r:.80}; give prediction.context")
    return _Reader(context).read(unescape_markers(text))


def with_citations(prediction: Prediction, *fields: str) -> Prediction:
    """The prediction with `citations` and `sp`: what its fields (by default reasoning and answer) quote of its context.

    The official prediction file takes `sp` over. A prediction without context cites nothing.

    >>> from indexes import Passage
    >>> context = [Passage("1", "Emma", "Emma is a novel. It is by Jane Austen.")]
    >>> with_citations(Prediction(context=context, reasoning="It is by Jane Austen.", answer="Jane Austen")).sp
    [['Emma', 1]]
    """
    texts = [str(prediction[name]) for name in (fields or ("reasoning", "answer")) if prediction.get(name) is not None]
    citations = cited("\n".join(texts), prediction.get("context") or [])
    return prediction.copy(citations=citations, sp=citations.sp)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A passage as the prompt showed it."""

    number: int
    passage: str | Hit | Passage

    @property
    def id(self) -> str:
        return "" if isinstance(self.passage, str) else self.passage.id

    @property
    def title(self) -> str:
        if isinstance(self.passage, str):
            title, bar, _ = self.passage.partition(" | ")
            return title if bar else ""
        return self.passage.title

    def named(self) -> Citation:
        return Citation(self.number, self.id, self.title)

    def quoted(self, pieces: Sequence[str]) -> Citation | None:
        """The citation of those words, which must stand in it in this order; None where they don't."""
        text, at, sentences = sentences_of(self.passage), 0, dict[int, None]()
        for piece in pieces:
            place = _place(piece, text.text, at)
            if place < 0:
                return None
            at = place + len(piece)
            sentences.update(dict.fromkeys(text.holding(place, at)))
        return Citation(self.number, self.id, self.title, " … ".join(pieces), tuple(sentences))


class _Reader:
    """Reads one text over one context."""

    def __init__(self, context: Sequence[str | Hit | Passage]) -> None:
        self._passages = [_Shown(number, passage) for number, passage in enumerate(context, 1)]
        self._found: list[Citation] = []
        self._missing: list[str] = []
        self._dangling: list[int] = []
        self._unmarked: list[str] = []

    def read(self, text: str) -> Citations:
        for sentence, marks in _sentences_and_marks(text):
            self._sentence(sentence, marks)
        return Citations(
            tuple(dict.fromkeys(self._found)),
            tuple(dict.fromkeys(self._missing)),
            tuple(dict.fromkeys(self._dangling)),
            tuple(self._unmarked),
        )

    def _sentence(self, sentence: str, marks: list[int]) -> None:
        named = [self._passages[mark - 1] for mark in marks if 1 <= mark <= len(self._passages)]
        self._dangling += [mark for mark in marks if not 1 <= mark <= len(self._passages)]
        before, among = len(self._found), named if marks else self._passages
        if _is_long(sentence):
            self._found += self._places([sentence.strip(_EDGES)], among)
        whole = len(self._found) > before  # a passage's own sentence; so are then the quotations in it
        quotations = [] if whole else [quotation for quotation in _quotations(sentence) if _is_long(quotation)]
        for quotation in quotations:
            self._quotation(quotation, among)
        quoted = {citation.number for citation in self._found[before:]}
        self._found += [passage.named() for passage in named if passage.number not in quoted]
        if len(self._found) == before and not quotations and not marks and sentence.strip(_EDGES):
            self._unmarked.append(sentence)

    def _quotation(self, quotation: str, among: Sequence[_Shown]) -> None:
        pieces = [piece for part in _ELLIPSIS.split(quotation) if (piece := part.strip(_EDGES))]
        places = self._places(pieces, among) if pieces else []
        self._found += places
        if not places:
            self._missing.append(quotation)

    def _places(self, pieces: Sequence[str], among: Sequence[_Shown]) -> list[Citation]:
        """The first passage that holds the words: one place is enough to rest on."""
        return [citation for passage in among if (citation := passage.quoted(pieces))][:1]


def _sentences_and_marks(text: str) -> Iterator[tuple[str, list[int]]]:
    """Each sentence without its marks, and the marks' numbers; one behind a full stop belongs to what it ends."""
    for line in text.splitlines():
        marked = _MARKS_BEHIND.sub(r"\2\1", " ".join(line.split()))
        starts = sentence_starts(_QUOTATION.sub(_masked, marked))
        for begin, end in zip(starts, (*starts[1:], len(marked)), strict=True):
            sentence = marked[begin:end]
            marks = [int(number) for mark in _MARK.findall(sentence) for number in _NUMBER.findall(mark)]
            bare = " ".join(_SPACE_BEFORE.sub(r"\1", _MARK.sub("", sentence)).split())
            if bare or marks:
                yield bare, list(dict.fromkeys(marks))


def _masked(quotation: re.Match[str]) -> str:
    """A quotation as far as it may end the sentence that it stands in: no sentence ends inside it."""
    whole = quotation.group()
    return whole[0] + "x" * (len(whole) - 3) + whole[-2:] if len(whole) > 3 else whole


def _quotations(sentence: str) -> list[str]:
    return [shown(next(filter(None, groups))) for groups in _QUOTATION.findall(sentence)]


def _is_long(text: str) -> bool:
    return len(text.split()) >= MIN_WORDS


def _place(piece: str, text: str, start: int) -> int:
    """Where those whole words stand in the text from `start` on; -1 where they don't."""
    wanted = shown(piece)
    place = text.find(wanted, start)
    while place >= 0:
        end = place + len(wanted)
        inside_before = place > 0 and text[place - 1].isalnum() and wanted[:1].isalnum()
        inside_after = end < len(text) and text[end].isalnum() and wanted[-1:].isalnum()
        if not inside_before and not inside_after:
            return place
        place = text.find(wanted, place + 1)
    return -1
