"""Reading a chat prompt: a system message that lists the fields, turns whose fields have markers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from dsp.lms.extractive.prompt import Prompt, PromptField, marked
from dsp.lms.extractive.reading_plain import read_plain
from dsp.types.messages import Message, text_of

_MARKER = re.compile(r"^[ \t]*\[\[[ \t]*##[ \t]*(\w+)[ \t]*##[ \t]*\]\][ \t]*", re.M)
_LISTED = re.compile(r"^\d+\. `(\w+)`(?::[ \t]*(.*))?$", re.M)
_INPUTS, _OUTPUTS = "Your input fields are:", "Your output fields are:"
_STRUCTURE, _TASK = "All messages have this structure:", "Your task:"
_CLOSING = re.compile(r"^Write the fields?\b.*\[\[ ## completed ## \]\].*\Z", re.M | re.S)


def read(messages: Sequence[Message]) -> Prompt | None:
    """The prompt in the messages, or None where they follow no template that is known here."""
    return _read_chat(messages) or read_plain(messages)


def _read_chat(messages: Sequence[Message]) -> Prompt | None:
    if len(messages) < 2 or messages[0]["role"] != "system" or _OUTPUTS not in text_of(messages[0]):
        return None
    head, _, rest = text_of(messages[0]).partition(_OUTPUTS)
    listing, _, tail = rest.partition(_STRUCTURE)
    inputs, outputs = _listed(head.partition(_INPUTS)[2]), _listed(listing)
    if not outputs:
        return None
    names = {name for name, _ in (*inputs, *outputs)}
    turns = list(messages[1:])
    last = max((index for index, turn in enumerate(turns) if turn["role"] == "user"), default=None)
    if last is None:
        return None
    demos = [
        _fields(f"{text_of(asked)}\n\n{text_of(answered)}", names)
        for asked, answered in pairwise(turns[: last + 1])
        if asked["role"] == "user" and answered["role"] == "assistant"
    ]
    target = _fields(_CLOSING.sub("", text_of(turns[last])), names)
    described = " ".join(text for _, text in (*inputs, *outputs) if text)
    fields = tuple(PromptField(name) for name, _ in outputs)
    return Prompt(
        template="chat",
        guidance=f"{tail.rpartition(_TASK)[2].strip()} {described}".strip(),
        inputs=tuple(PromptField(name) for name, _ in inputs),
        outputs=fields,
        demos=tuple(demos),
        target=target,
        wanted=tuple(field for field in fields if not target.get(field.name)) or fields,
    )


def _listed(text: str) -> list[tuple[str, str]]:
    return [(match.group(1), match.group(2) or "") for match in _LISTED.finditer(text)]


def _fields(text: str, names: Iterable[str]) -> dict[str, str]:
    """The marked fields of a turn; of a repeated one the last, since a passage stands before what is asked."""
    known = set(names) | {"completed"}
    marks = [mark for mark in _MARKER.finditer(text) if mark.group(1) in known]
    values = dict(marked(text, marks))
    values.pop("completed", None)
    return values
