"""Keys and endpoints from the environment: the one place in `dsp.lms` that reads it.

A provider is given a `Lookup`, by default `from_environment`, and asks it for variables by name. A key is looked up
when a request is made, never stored, and never part of a name, a fingerprint or a message.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NoReturn

Lookup = Callable[[str], str | None]
"""The value of a variable, or None where it is not set."""

KeySource = Callable[[], str | None]
"""The key to send, or None where there is none. Called for each request, so a key may rotate."""


def from_environment(name: str) -> str | None:
    """An environment variable; one that is empty or blank counts as not set."""
    return os.environ.get(name, "").strip() or None


@dataclass(frozen=True, slots=True)
class Variable:
    """The key that is in a variable. It may travel to another process: the name goes, the key does not."""

    name: str
    lookup: Lookup = from_environment

    def __call__(self) -> str | None:
        return self.lookup(self.name)


class Given:
    """A key that somebody wrote in code. It is shown nowhere, and does not travel to another process."""

    __slots__ = ("_key",)

    def __init__(self, key: str) -> None:
        self._key = key.strip()

    def __call__(self) -> str | None:
        return self._key or None

    def __repr__(self) -> str:
        return "Given(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key given in code is kept in its process; set the provider's environment variable instead")


def scrubbed(text: str, secrets: Iterable[str | None]) -> str:
    """The text with every secret replaced, for some servers repeat the key they refuse."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "[key]")
    return text
