"""Reading a plain DSP prompt: parts between rules, fields as labelled lines, the last label left open."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dsp.lms.extractive.prompt import Prompt, PromptField, marked
from dsp.types.messages import Message, text_of

_RULE = re.compile(r"^[ \t]*-{3,}[ \t]*$", re.M)
_FORMAT = "Follow the following format."
_FIELD_LINE = re.compile(r"^([^\W\d_][\w /()-]*):[ \t]*(.*?)[ \t]*\$\{(.*)$", re.M)


def read_plain(messages: Sequence[Message]) -> Prompt | None:
    """The prompt in the messages' text, or None where it holds no format part and no open label."""
    parts = [part.strip() for part in _RULE.split("\n".join(text_of(message) for message in messages))]
    place = next((index for index, part in enumerate(parts) if part.startswith(_FORMAT)), None)
    if place is None or place + 1 >= len(parts):
        return None
    lines = [match.groups() for match in _FIELD_LINE.finditer(parts[place])]
    fields = [PromptField(label, prefix.strip()) for label, prefix, _ in lines]
    blocks = [_fields(part, fields) for part in parts[place + 1 :] if part]
    if not fields or not blocks or not blocks[-1]:
        return None
    target = blocks[-1]
    names = [field.name for field in fields]
    opened = names.index(list(target)[-1])
    if target[names[opened]]:
        opened += 1
    outputs = tuple(fields[opened:])
    if not outputs:
        return None
    described = " ".join(text.removesuffix("}") for _, _, text in lines)
    return Prompt(
        template="plain",
        guidance=" ".join([*parts[:place], described]).strip(),
        inputs=tuple(fields[:opened]),
        outputs=outputs,
        demos=tuple(block for block in blocks[:-1] if block),
        target={name: value for name, value in target.items() if value},
        wanted=outputs,
    )


def _fields(block: str, fields: Sequence[PromptField]) -> dict[str, str]:
    """The labelled values of a part; of a repeated label the last, since a passage stands before what is asked."""
    by_label = {field.name.lower(): field for field in fields}
    labels = "|".join(re.escape(field.name) for field in fields)
    marks = list(re.finditer(rf"^[ \t]*({labels})[ \t]*:", block, re.M | re.I)) if fields else []
    values: dict[str, str] = {}
    for label, value in marked(block, marks):
        field = by_label[label.lower()]
        values.pop(field.name, None)
        values[field.name] = value.removeprefix(field.prefix).strip()
    return values
