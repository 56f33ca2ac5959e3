"""The plain template, DSP's own: one prompt of parts between rules, for models that continue a text.

Parts, in order: the instructions; "Follow the following format." with the fields; raw demonstrations (those that
were only labelled); annotated ones (those that a program worked out); the query, its first open field left for the
model to continue. After the paper's templates (Khattab et al. 2022, arXiv 2212.14024, appendix).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from dsp.prompts.escape import escape_labels, plain_lines, unescape_labels
from dsp.prompts.fields import Field
from dsp.prompts.history import History
from dsp.prompts.image import content_of, images_in
from dsp.prompts.lenient import label_pattern, unfenced
from dsp.prompts.remembered import Remembered
from dsp.prompts.signature import Signature
from dsp.prompts.template import sections, typed
from dsp.prompts.turns import history_of
from dsp.prompts.values import render_field
from dsp.types.messages import Message

RULE = "\n\n---\n\n"


class PlainTemplate:
    """DSP's template, as one user message."""

    name = "plain"

    def __init__(self) -> None:
        self._demo = Remembered(_block)

    def render(
        self, signature: type[Signature], demos: Sequence[Mapping[str, Any]], inputs: Mapping[str, Any]
    ) -> list[Message]:
        for name in history_of(signature):  # shown as JSON, but no other than a history
            History(inputs.get(name) or ())
        raw, annotated = _in_order(signature, demos)
        parts = [signature.instructions, _guidelines(signature)]
        parts += [self._demo(signature, demo) for demo in (*raw, *annotated)]
        parts.append(_block(signature, inputs, query=True))
        images = [image for values in (*raw, *annotated, inputs) for image in images_in(signature.input_fields, values)]
        return [{"role": "user", "content": content_of(RULE.join(parts), images)}]

    def parse(self, signature: type[Signature], completion: str) -> dict[str, Any]:
        """Reads the fields in order: the completion goes on where the prompt's open field stopped.

        Labels may be bold, headings or in other letter case, and all of it may stand in a code fence.
        """
        outputs = list(signature.output_fields.values())
        labels = [field.label for field in signature.fields.values()]
        text = re.split(r"^[ \t]*-{3,}[ \t]*$", _started(outputs[0], completion), maxsplit=1, flags=re.M)[0]
        pattern = label_pattern(tuple(labels))
        marks = list(pattern.finditer(text))
        names = list(signature.fields)
        texts: dict[str, str] = {}
        for mark, value in sections(marks, text):
            name = names[(mark.lastindex or 2) - 2]
            if name not in signature.output_fields or name in texts:
                break
            prefix = signature.output_fields[name].prefix
            if prefix and value.startswith(prefix):
                value = value[len(prefix) :].strip()
            texts[name] = unescape_labels(value, labels)
        return typed(signature, completion, texts)


def _started(first: Field, completion: str) -> str:
    """The completion as if it had written its first label, which the prompt wrote for it.

    A line end at its beginning stays: a model that leaves the first field blank goes on with the next line's label.
    """
    text = plain_lines(completion)
    starts = label_pattern((first.label,))
    if text.lstrip().startswith("```") and starts.match(inside := unfenced(text)):
        return inside
    return text.lstrip() if starts.match(text.lstrip()) else f"{first.label}: {text}"


def _in_order(
    signature: type[Signature], demos: Sequence[Mapping[str, Any]]
) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Raw demos, then annotated ones; raw demos that lack nothing come first among the annotated, as in DSP."""
    last = list(signature.fields)[-1]
    usable = [demo for demo in demos if demo.get(last) is not None]
    annotated = [demo for demo in usable if demo.get("augmented")]
    raw = [demo for demo in usable if not demo.get("augmented")]
    complete = [demo for demo in raw if all(demo.get(name) is not None for name in signature.fields)]
    return [demo for demo in raw if demo not in complete], [*complete, *annotated]


def _guidelines(signature: type[Signature]) -> str:
    lines = []
    for field in signature.fields.values():
        described = f"${{{field.desc or field.label.lower()}{f' ({field.kind})' if field.kind else ''}}}"
        lines.append(f"{field.label}: {field.prefix} {described}" if field.prefix else f"{field.label}: {described}")
    return "Follow the following format.\n\n" + "\n".join(lines)


def _block(signature: type[Signature], values: Mapping[str, Any], *, query: bool = False) -> str:
    escape = partial(escape_labels, labels=tuple(field.label for field in signature.fields.values()))
    lines = []
    for field in signature.fields.values():
        if query and field.role == "output":
            lines.append(f"{field.label}: {field.prefix}".rstrip())
            break
        if values.get(field.name) is None:
            continue
        text = render_field(field, values[field.name], escape)
        lead = f"{field.label}: {field.prefix}" if field.prefix and values.get("augmented") else f"{field.label}:"
        lines.append(f"{lead}\n{text}" if text.startswith("[1] «") else f"{lead} {text}")
    return "\n".join(lines)
