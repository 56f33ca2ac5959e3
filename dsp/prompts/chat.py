"""The chat template: a system message says the task, each demonstration is a pair of turns, fields have markers.

A field is a line `[[ ## name ## ]]` and the text below it. The idea of marked fields is DSPy's chat adapter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from dsp.errors import ParseError
from dsp.prompts.escape import escape_markers, unescape_markers
from dsp.prompts.fields import Field
from dsp.prompts.json_text import fields_in, objects_in, typed_json
from dsp.prompts.lenient import field_named, label_pattern, unfenced
from dsp.prompts.signature import Signature
from dsp.prompts.template import sections, typed
from dsp.prompts.turns import TurnsTemplate, both_listings, shown_inputs
from dsp.prompts.values import render_field

_MARKER = re.compile(r"^[ \t]*(\*\*|__|\*|`|)\[\[[ \t]*##([^#\[\]\n]+)##[ \t]*\]\]\1[ \t]*", re.M)
_END = "completed"


class ChatTemplate(TurnsTemplate):
    """The default template, for chat models."""

    name = "chat"

    def system(self, signature: type[Signature]) -> str:
        return _system(signature)

    def asked(self, signature: type[Signature], values: Mapping[str, Any]) -> str:
        return marked_fields(signature.input_fields.values(), values)

    def answered(self, signature: type[Signature], values: Mapping[str, Any]) -> str:
        answered = marked_fields(signature.output_fields.values(), values)
        return f"{answered}\n\n{marker(_END)}" if answered else ""

    def closing(self, signature: type[Signature]) -> str:
        return _closing(signature)

    def parse(self, signature: type[Signature], completion: str) -> dict[str, Any]:
        """Reads the marked fields; the first of a repeated field counts.

        Markers may be bold, in other letter case, or in a code fence with all the rest. Text before the first marker
        is the first output field's where the completion never marks that one, for models that go on without
        repeating the marker; a single output field may come without any marker. Without markers, lines that begin
        with a field's label (`Answer:`, `**Answer:**`) do as well, and so does one JSON object with every field.
        """
        outputs = signature.output_fields
        text = completion
        marks = list(_MARKER.finditer(text))
        if marks and completion.lstrip().startswith("```") and _MARKER.match(inside := unfenced(completion)):
            text, marks = inside, list(_MARKER.finditer(inside))
        texts: dict[str, str] = {}
        for mark, value in sections(marks, text):
            name = field_named(mark.group(2).strip(), outputs)
            if name is not None and name not in texts:
                texts[name] = unescape_markers(value)
        if not marks:
            texts = _labelled(signature, text)
        lead = text[: marks[0].start()].strip() if marks else text.strip()
        first = next(iter(outputs))
        if lead and first not in texts and (marks or len(outputs) == 1):
            texts = {first: unescape_markers(lead), **texts}
        try:
            return typed(signature, completion, texts)
        except ParseError:
            if marks or (held := _as_object(signature, text)) is None:
                raise
            return typed_json(signature, completion, held)


def _as_object(signature: type[Signature], text: str) -> dict[str, Any] | None:
    """The fields of a text that is one JSON object with all of them, for models that always answer so."""
    text = unfenced(text)
    if not (text.startswith("{") and text.endswith("}")):
        return None
    objects, _ = objects_in(text)
    held = fields_in(objects, signature.output_fields)
    return held if len(objects) == 1 and len(held) == len(signature.output_fields) else None


def _labelled(signature: type[Signature], text: str) -> dict[str, str]:
    """The fields of a text without markers, by its lines' labels; a single field's label must begin the text."""
    text = unfenced(text)
    outputs = signature.output_fields
    labels = tuple(label for field in outputs.values() for label in (field.label, field.name))
    marks = list(label_pattern(labels).finditer(text))
    if not marks or (len(outputs) == 1 and marks[0].start() > 0):
        return {}
    texts: dict[str, str] = {}
    names = list(outputs)
    for mark, value in sections(marks[:1] if len(outputs) == 1 else marks, text):
        texts.setdefault(names[((mark.lastindex or 2) - 2) // 2], unescape_markers(value))
    return texts


def marker(name: str) -> str:
    return f"[[ ## {name} ## ]]"


def marked_fields(fields: Iterable[Field], values: Mapping[str, Any]) -> str:
    """The fields that have a value, each below its marker."""
    return "\n\n".join(
        [
            f"[[ ## {field.name} ## ]]\n{render_field(field, value, escape_markers)}"
            for field in fields
            if (value := values.get(field.name)) is not None
        ]
    )


@lru_cache(maxsize=1024)
def _system(signature: type[Signature]) -> str:
    fields = (*shown_inputs(signature), *signature.output_fields.values())
    structure = "\n\n".join(f"{marker(field.name)}\n{{{field.name}}}" for field in fields)
    form = f"All messages have this structure:\n\n{structure}\n\n{marker(_END)}"
    return f"{both_listings(signature)}\n\n{form}\n\nYour task: {signature.instructions}"


@lru_cache(maxsize=1024)
def _closing(signature: type[Signature]) -> str:
    names = ", then ".join(f"`{marker(name)}`" for name in signature.output_fields)
    return f"Write the fields {names}, and end with `{marker(_END)}`."
