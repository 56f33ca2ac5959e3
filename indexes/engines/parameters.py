"""Reading an engine's parameters: every one is known, has the right type and lies in its range."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from typing import Any

from indexes.errors import InputError


def with_defaults(engine: str, given: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults, with what was given in their place. Raises InputError for a name without a default."""
    for name in given:
        if name not in defaults:
            close = difflib.get_close_matches(name, defaults, n=1, cutoff=0.5)
            remedy = f"did you mean {close[0]}?" if close else f"it takes {', '.join(defaults) or 'none'}"
            raise InputError(f'engine {engine} has no parameter "{name}": {remedy}')
    return {**defaults, **given}


def whole_number(engine: str, name: str, value: Any, *, low: int, high: int) -> int:
    """The value as a whole number between low and high, both included. Raises InputError otherwise."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InputError(
            f"{name} of engine {engine} must be a whole number between {low} and {high}, but got {value!r}"
        )
    return value


def number(engine: str, name: str, value: Any, *, low: float, high: float = math.inf) -> float:
    """The value as a float between low and high, both included. Raises InputError otherwise."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        bounds = f"at least {low:g}" if high == math.inf else f"between {low:g} and {high:g}"
        raise InputError(f"{name} of engine {engine} must be a number, {bounds}, but got {value!r}")
    if not math.isfinite(value):
        raise InputError(f"{name} of engine {engine} must be finite, but got {value!r}")
    return float(value)


def true_or_false(engine: str, name: str, value: Any) -> bool:
    """The value, which must be a bool. Raises InputError otherwise."""
    if not isinstance(value, bool):
        raise InputError(f"{name} of engine {engine} must be True or False, but got {value!r}")
    return value
