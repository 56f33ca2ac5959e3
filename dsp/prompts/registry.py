"""Templates by name."""

from __future__ import annotations

from dsp.errors import UnknownNameError
from indexes.registry import Registry

TEMPLATES = Registry(
    "template",
    "dsp.templates",
    {
        "chat": "dsp.prompts.chat:ChatTemplate",
        "json": "dsp.prompts.json:JSONTemplate",
        "plain": "dsp.prompts.plain:PlainTemplate",
        "xml": "dsp.prompts.xml:XMLTemplate",
    },
    UnknownNameError,
)
