"""What language-model work costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """Requests, tokens and dollars.

    `calls` counts requests that were made; `cached_calls` those answered from a cache, which cost nothing; `retries`
    the attempts that failed and were made again. `cached_tokens` are those of `prompt_tokens` that the server had read
    before, and charged less for. `usd` is None where any price is unknown: unknown is not free.
    """

    calls: int = 0
    cached_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: float | None = 0.0
    cached_tokens: int = 0
    retries: int = 0

    def __add__(self, other: Usage) -> Usage:
        usd = None if self.usd is None or other.usd is None else self.usd + other.usd
        return Usage(
            self.calls + other.calls,
            self.cached_calls + other.cached_calls,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            usd,
            self.cached_tokens + other.cached_tokens,
            self.retries + other.retries,
        )

    @staticmethod
    def total(usages: Iterable[Usage]) -> Usage:
        whole = Usage()
        for usage in usages:
            whole = whole + usage
        return whole

    def to_dict(self) -> dict[str, int | float | None]:
        """The JSON object that the command line prints."""
        return {
            "calls": self.calls,
            "cached_calls": self.cached_calls,
            "retries": self.retries,
            "prompt_tokens": self.prompt_tokens,
            "cached_tokens": self.cached_tokens,
            "completion_tokens": self.completion_tokens,
            "usd": self.usd,
        }
