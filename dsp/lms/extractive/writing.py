"""Completions in the form that the prompt asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dsp.lms.extractive.prompt import Prompt

_MARKER_LIKE = re.compile(r"(\[\[\s*)(\\*##)")


def write_completion(prompt: Prompt, values: Mapping[str, str]) -> str:
    """The wanted fields with their values. Values are laid on one line: none can pose as a field."""
    lines = {field.name: " ".join(values[field.name].split()) for field in prompt.wanted}
    if prompt.template == "plain":
        first, *others = lines
        return "\n".join([lines[first], *(f"{name}: {lines[name]}" for name in others)])
    parts = [f"[[ ## {name} ## ]]\n{_harmless(value)}" for name, value in lines.items()]
    return "\n\n".join([*parts, "[[ ## completed ## ]]"])


def _harmless(value: str) -> str:
    return _MARKER_LIKE.sub(lambda match: f"{match[1]}\\{match[2]}", value) if value.startswith("[[") else value
