"""What tokens cost. A price comes from the user, or from the small dated table here; an unknown one is unknown.

The table holds models whose price does not depend on the prompt's length, as published by those who serve them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dsp.errors import InputError

AS_OF = "2026-11"
"""When the table was last compared with the published prices."""

_DATED = re.compile(r"-(\d{8}|\d{4}-\d{2}-\d{2})$")


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for a million tokens. Prompt tokens that the server had cached cost `cached`, or as much as others."""

    prompt: float
    completion: float
    cached: float | None = None

    def __post_init__(self) -> None:
        if min(self.prompt, self.completion, self.cached or 0.0) < 0:
            raise InputError(f"a price must be 0 or more, but got {self}")

    def usd(self, prompt_tokens: int, completion_tokens: int, cached_tokens: int = 0) -> float:
        """What a call costs; `cached_tokens` are among `prompt_tokens`."""
        cached = self.prompt if self.cached is None else self.cached
        fresh = max(0, prompt_tokens - cached_tokens)
        return (fresh * self.prompt + cached_tokens * cached + completion_tokens * self.completion) / 1e6


FREE = Price(0.0, 0.0)

PRICES: dict[str, Price] = {
    "openai/gpt-4o": Price(2.5, 10.0, 1.25),
    "openai/gpt-4o-mini": Price(0.15, 0.6, 0.075),
    "openai/gpt-4.1": Price(2.0, 8.0, 0.5),
    "openai/gpt-4.1-mini": Price(0.4, 1.6, 0.1),
    "openai/gpt-4.1-nano": Price(0.1, 0.4, 0.025),
    "openai/gpt-5-mini": Price(0.25, 2.0, 0.025),
    "openai/gpt-5.4-mini": Price(0.75, 4.5, 0.075),
    "openai/gpt-5.4-nano": Price(0.2, 1.25, 0.02),
    "anthropic/claude-haiku-4-5": Price(1.0, 5.0, 0.1),
    "anthropic/claude-opus-4-5": Price(5.0, 25.0, 0.5),
}


def price_of(name: str) -> Price | None:
    """The price of `provider/model`, whose model may carry its date; None where the table does not know it."""
    return PRICES.get(name) or PRICES.get(undated(name))


def undated(name: str) -> str:
    """A model's name without the date that it may carry at its end."""
    return _DATED.sub("", name)
