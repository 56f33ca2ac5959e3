"""The chat template: a system message says the task, each demonstration is a pair of turns, fields have markers.

A field is a line `[[ ## name ## ]]` and the text below it. The idea of marked fields is DSPy's chat adapter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from dsp.prompts.escape import escape_markers, unescape_markers
from dsp.prompts.fields import Field
from dsp.prompts.remembered import Remembered
from dsp.prompts.signature import Signature
from dsp.prompts.template import sections, typed
from dsp.prompts.values import render_field
from dsp.types.messages import Message

_MARKER = re.compile(r"^[ \t]*\[\[[ \t]*##[ \t]*([^\s#\[\]]+)[ \t]*##[ \t]*\]\][ \t]*", re.M)
_END = "completed"


class ChatTemplate:
    """The default template, for chat models."""

    name = "chat"

    def __init__(self) -> None:
        self._demo = Remembered(_demo)

    def render(
        self, signature: type[Signature], demos: Sequence[Mapping[str, Any]], inputs: Mapping[str, Any]
    ) -> list[Message]:
        messages: list[Message] = [{"role": "system", "content": _system(signature)}]
        for demo in demos:
            messages += self._demo(signature, demo)
        request = f"{_sections(signature.input_fields.values(), inputs)}\n\n{_closing(signature)}"
        messages.append({"role": "user", "content": request.strip()})
        return messages

    def parse(self, signature: type[Signature], completion: str) -> dict[str, Any]:
        """Reads the marked fields; the first of a repeated field counts.

        Text before the first marker is the first output field's where the completion never marks that one, for
        models that go on without repeating the marker; a single output field may come without any marker.
        """
        outputs = signature.output_fields
        marks = list(_MARKER.finditer(completion))
        texts: dict[str, str] = {}
        for mark, value in sections(marks, completion):
            name = mark.group(1)
            if name in outputs and name not in texts:
                texts[name] = unescape_markers(value)
        lead = completion[: marks[0].start()].strip() if marks else completion.strip()
        first = next(iter(outputs))
        if lead and first not in texts and (marks or len(outputs) == 1):
            texts = {first: unescape_markers(lead), **texts}
        return typed(signature, completion, texts)


def _demo(signature: type[Signature], demo: Mapping[str, Any]) -> tuple[Message, ...]:
    """The two turns of a demonstration; none where it lacks all inputs or all outputs."""
    asked = _sections(signature.input_fields.values(), demo)
    answered = _sections(signature.output_fields.values(), demo)
    if not asked or not answered:
        return ()
    return {"role": "user", "content": asked}, {"role": "assistant", "content": f"{answered}\n\n{_marker(_END)}"}


def _marker(name: str) -> str:
    return f"[[ ## {name} ## ]]"


def _sections(fields: Iterable[Field], values: Mapping[str, Any]) -> str:
    return "\n\n".join(
        [
            f"[[ ## {field.name} ## ]]\n{render_field(field, value, escape_markers)}"
            for field in fields
            if (value := values.get(field.name)) is not None
        ]
    )


def _listing(fields: Iterable[Field]) -> str:
    return "\n".join(f"{number}. {_described(field)}" for number, field in enumerate(fields, 1))


def _described(field: Field) -> str:
    kind = f" ({field.kind})" if field.kind else ""
    return f"`{field.name}`{kind}{': ' + field.desc if field.desc else ''}"


@lru_cache(maxsize=1024)
def _system(signature: type[Signature]) -> str:
    inputs, outputs = signature.input_fields.values(), signature.output_fields.values()
    structure = "\n\n".join(f"{_marker(field.name)}\n{{{field.name}}}" for field in (*inputs, *outputs))
    given = f"Your input fields are:\n{_listing(inputs)}\n" if inputs else ""
    asked = f"Your output fields are:\n{_listing(outputs)}"
    form = f"All messages have this structure:\n\n{structure}\n\n{_marker(_END)}"
    return f"{given}{asked}\n\n{form}\n\nYour task: {signature.instructions}"


@lru_cache(maxsize=1024)
def _closing(signature: type[Signature]) -> str:
    names = ", then ".join(f"`{_marker(name)}`" for name in signature.output_fields)
    return f"Write the fields {names}, and end with `{_marker(_END)}`."
