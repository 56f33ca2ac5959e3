"""Templates by name."""

from __future__ import annotations

from dsp.errors import UnknownNameError
from indexes.registry import Registry

TEMPLATES = Registry(
    "template",
    "dsp.templates",
    {"chat": "dsp.prompts.chat:ChatTemplate", "plain": "dsp.prompts.plain:PlainTemplate"},
    UnknownNameError,
)
