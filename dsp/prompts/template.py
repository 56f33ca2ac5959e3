"""What a template is: signature, demonstrations and inputs to messages, and a completion back to fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from dsp.errors import ParseError
from dsp.prompts.fields import Field
from dsp.prompts.signature import Signature
from dsp.types.messages import Message


class Template(Protocol):
    """Laws: `parse` of what a perfect LM would answer gives the fields back; no value can forge a field, a demo or
    a message; equal arguments give equal messages; nothing is cut silently.
    """

    @property
    def name(self) -> str: ...

    def render(
        self, signature: type[Signature], demos: Sequence[Mapping[str, Any]], inputs: Mapping[str, Any]
    ) -> list[Message]:
        """The messages that ask for the signature's outputs."""
        ...

    def parse(self, signature: type[Signature], completion: str) -> dict[str, Any]:
        """Every output field's value. Raises ParseError, which carries the completion, where one is missing."""
        ...


def sections(marks: Sequence[re.Match[str]], text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Each mark with the text from its end to the next mark's start."""
    for index, mark in enumerate(marks):
        end = marks[index + 1].start() if index + 1 < len(marks) else len(text)
        yield mark, text[mark.end() : end].strip()


def typed(signature: type[Signature], completion: str, texts: Mapping[str, str]) -> dict[str, Any]:
    """The fields' texts as values of the fields' types. Raises ParseError for a missing field or a bad value."""
    values: dict[str, Any] = {}
    for name, field in signature.output_fields.items():
        if name not in texts:
            raise missing(name, completion, texts)
        try:
            values[name] = field.parse(texts[name])
        except ValueError as error:
            raise wrong(field, completion, texts, error) from error
    return values


def missing(name: str, completion: str, texts: Mapping[str, str]) -> ParseError:
    """What is raised for a completion without that field; `texts` are the fields that it holds."""
    return ParseError(
        f'a completion must hold the field "{name}", but this one of {len(completion)} characters '
        f"holds {', '.join(texts) or 'no field'}; write every field that is asked for",
        completion=completion,
        field=name,
        found=dict(texts),
    )


def wrong(field: Field, completion: str, texts: Mapping[str, str], error: ValueError) -> ParseError:
    """What is raised for a completion whose value of that field is none of its type."""
    return ParseError(
        f'the field "{field.name}" must be {field.kind or "text"}, but got "{texts.get(field.name, "")[:80]}" '
        f"({str(error)[:500]})",
        completion=completion,
        field=field.name,
        found=dict(texts),
    )
