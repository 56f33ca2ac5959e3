"""What metrics share that ask an LM: texts of an example and of a prediction, and shares brought together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dsp.errors import InputError


def text_in(holder: Mapping[str, Any], names: tuple[str, ...], whose: str) -> str:
    """The first of these fields that is there, as text. Raises InputError where none is."""
    for name in names:
        if holder.get(name) is not None:
            return str(holder[name])
    raise InputError(
        f"a judge of answers needs the {whose}'s {' or '.join(names)}, but it has {', '.join(holder) or 'none'}; "
        "name the field so, or write a metric of your own"
    )


def share(value: float) -> float:
    """A share that an LM wrote, within 0 and 1."""
    return max(0.0, min(1.0, value))


def harmonic(one: float, other: float) -> float:
    """The harmonic mean of two shares; 0 where either is."""
    return 2 * one * other / (one + other) if one + other > 0 else 0.0
