"""How many tokens a model can read and write together, where that is known.

The table holds well-known models as published by those who serve them; `OpenAI(…, context_window=…)` says it for any
other. What nobody says is unknown, and then no prompt is refused or shortened beforehand.
"""

from __future__ import annotations

from dsp.lms.prices import undated

AS_OF = "2026-11"
"""When the table was last compared with what is published."""

CONTEXT_WINDOWS: dict[str, int] = {
    "openai/gpt-4o": 128_000,
    "openai/gpt-4o-mini": 128_000,
    "openai/gpt-4.1": 1_047_576,
    "openai/gpt-4.1-mini": 1_047_576,
    "openai/gpt-4.1-nano": 1_047_576,
    "openai/gpt-5-mini": 400_000,
    "openai/gpt-5-nano": 400_000,
    "anthropic/claude-haiku-4-5": 200_000,
    "anthropic/claude-opus-4-5": 200_000,
    "gemini/gemini-2.5-flash": 1_048_576,
    "gemini/gemini-2.5-pro": 1_048_576,
}


def context_window_of(name: str) -> int | None:
    """The window of `provider/model`, whose model may carry its date; None where the table does not know it."""
    return CONTEXT_WINDOWS.get(name) or CONTEXT_WINDOWS.get(undated(name))
