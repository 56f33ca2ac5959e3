"""The XML template: every field stands in a tag of its name, as many models are trained to write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from dsp.prompts.escape import escape_tags, plain_lines, unescape_tags
from dsp.prompts.fields import Field
from dsp.prompts.lenient import field_named
from dsp.prompts.signature import Signature
from dsp.prompts.template import typed
from dsp.prompts.turns import TurnsTemplate, both_listings, shown_inputs
from dsp.prompts.values import format_field


class XMLTemplate(TurnsTemplate):
    """Fields as tags: `<answer>` on a line, the value, `</answer>`. Only the fields' own tags mean something."""

    name = "xml"

    def system(self, signature: type[Signature]) -> str:
        return _system(signature)

    def asked(self, signature: type[Signature], values: Mapping[str, Any]) -> str:
        return _tagged(signature, signature.input_fields.values(), values)

    def answered(self, signature: type[Signature], values: Mapping[str, Any]) -> str:
        return _tagged(signature, signature.output_fields.values(), values)

    def closing(self, signature: type[Signature]) -> str:
        return _closing(signature)

    def parse(self, signature: type[Signature], completion: str) -> dict[str, Any]:
        """Reads the tags, in any letter case, whatever is written around them; the first of a repeated field counts.

        A value ends at its closing tag; where that is missing, at the next field's tag or at the end.
        """
        outputs, names = signature.output_fields, tuple(signature.fields)
        marks = list(_tags(names).finditer(completion))
        texts: dict[str, str] = {}
        for index, mark in enumerate(marks):
            name = None if mark.group(1) else field_named(mark.group(2), names)
            if name is None or name not in outputs or name in texts:
                continue
            end = _end(marks, index, len(completion))
            texts[name] = unescape_tags(completion[mark.end() : end], names).strip()
        return typed(signature, completion, texts)


def _end(marks: list[re.Match[str]], index: int, whole: int) -> int:
    """Where the value of the tag at that index ends: at the next tag of any field."""
    return marks[index + 1].start() if index + 1 < len(marks) else whole


@lru_cache(maxsize=1024)
def _tags(names: tuple[str, ...]) -> re.Pattern[str]:
    words = "|".join(map(re.escape, names))
    return re.compile(rf"<\s*(?:(/)\s*)?({words})(?:\s[^<>]*|/?)>", re.I)


def _tagged(signature: type[Signature], fields: Iterable[Field], values: Mapping[str, Any]) -> str:
    names = tuple(signature.fields)
    return "\n\n".join(
        [
            f"<{field.name}>\n{escape_tags(plain_lines(format_field(field, value)), names)}\n</{field.name}>"
            for field in fields
            if (value := values.get(field.name)) is not None
        ]
    )


@lru_cache(maxsize=1024)
def _system(signature: type[Signature]) -> str:
    inputs, outputs = (
        "\n\n".join(f"<{field.name}>\n{{{field.name}}}\n</{field.name}>" for field in fields)
        for fields in (shown_inputs(signature), signature.output_fields.values())
    )
    given = f"Requests have this structure:\n\n{inputs}\n\n" if inputs else ""
    return (
        f"{both_listings(signature)}\n\n{given}Answers have this structure:\n\n{outputs}\n\n"
        f"Your task: {signature.instructions}"
    )


@lru_cache(maxsize=1024)
def _closing(signature: type[Signature]) -> str:
    names = ", then ".join(f"`<{name}>`" for name in signature.output_fields)
    return f"Write the fields {names}, each closed by its tag, and nothing else."
