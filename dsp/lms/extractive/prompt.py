"""A prompt as the reader understands it, whatever template it came in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from dsp.lms.extractive.passages import LONGEST_PASSAGE, MOST_PASSAGES

Role = Literal["context", "question", "query", "reasoning", "answer", "other"]


@dataclass(frozen=True, slots=True)
class PromptField:
    """A field: its key in the values (as the template writes it), and words that begin its value, if any."""

    name: str
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a template said. `guidance` is the instructions with the fields' descriptions.

    `demos` and `target` map field names to values; a demonstration may lack fields. `wanted` are the output
    fields to be written, in order.
    """

    template: Literal["chat", "plain"]
    guidance: str
    inputs: tuple[PromptField, ...]
    outputs: tuple[PromptField, ...]
    demos: tuple[Mapping[str, str], ...]
    target: Mapping[str, str]
    wanted: tuple[PromptField, ...]


def input_role(name: str) -> Role:
    """What an input field is for, by its name."""
    lowered = name.lower()
    if "context" in lowered or "passage" in lowered:
        return "context"
    return "question" if "question" in lowered else "other"


def output_role(name: str) -> Role:
    """What an output field wants, by its name; a name that says nothing wants an answer."""
    lowered = name.lower()
    if "query" in lowered or "queries" in lowered:
        return "query"
    if re.search("reason|rationale|thought", lowered):
        return "reasoning"
    return "answer"


def marked(text: str, marks: Sequence[re.Match[str]]) -> list[tuple[str, str]]:
    """Each mark's first group, with the text between that mark and the next one."""
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    return [(mark.group(1), text[mark.end() : end].strip()) for mark, end in zip(marks, ends, strict=False)]


_NUMBERED = re.compile(r"^\s*\[\d+\]\s*«?(.*?)»?\s*$")
_QUOTED = re.compile(r"^\s*«(.*)»\s*$", re.S)
_NOTHING = ("", "n/a", "none", "[]")


def passages_of(text: str) -> tuple[str, ...]:
    """The passages in a context: numbered lines, or one quoted passage, or else each paragraph.

    A line without a number belongs to the passage before it.
    """
    if text.strip().lower() in _NOTHING:
        return ()
    lone = _QUOTED.match(text)
    if lone:
        return (lone.group(1).strip(),)
    found: list[str] = []
    for line in text.split("\n"):
        match = _NUMBERED.match(line)
        if match:
            found.append(match.group(1).strip())
        elif found and line.strip():
            found[-1] = f"{found[-1]} {line.strip()}"
    if not found:
        found = [" ".join(part.split()) for part in re.split(r"\n\s*\n", text)]
    return tuple(passage for passage in found if passage)


def question_of(values: Mapping[str, str], inputs: tuple[PromptField, ...]) -> str:
    """The question: the field of that name, or else the first input that is not the context."""
    for wanted in ("question", "other"):
        for field in inputs:
            if input_role(field.name) == wanted and values.get(field.name, "").strip():
                return " ".join(values[field.name].split())
    return ""


def context_of(values: Mapping[str, str], inputs: tuple[PromptField, ...]) -> tuple[str, ...]:
    """The passages of every context field, as many and as long as are read."""
    found = (
        passage[:LONGEST_PASSAGE]
        for field in inputs
        if input_role(field.name) == "context"
        for passage in passages_of(values.get(field.name, ""))
    )
    return tuple(islice(found, MOST_PASSAGES))
