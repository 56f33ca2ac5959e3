"""DSPy's name for templates, `dsp.prompts`: `from dsp.adapters import JSONAdapter`."""

from __future__ import annotations

from typing import Any

from dsp.lazy import loaded

_PUBLIC = {
    "ChatAdapter": "dsp.prompts.chat:ChatTemplate",
    "History": "dsp.prompts.history",
    "Image": "dsp.prompts.image",
    "JSONAdapter": "dsp.prompts.json:JSONTemplate",
    "PlainTemplate": "dsp.prompts.plain",
    "Tool": "dsp.modules.tools",
    "ToolCalls": "dsp.modules.tool_calls",
    "XMLAdapter": "dsp.prompts.xml:XMLTemplate",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    return loaded(__name__, _PUBLIC, name)
