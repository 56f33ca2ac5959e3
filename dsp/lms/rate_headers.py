"""What rate-limit headers ask for, in the dialects that servers speak."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import datetime

_KINDS = ("requests", "tokens", "input-tokens", "output-tokens")
_PAIRS = (
    *((f"x-ratelimit-remaining-{kind}", f"x-ratelimit-reset-{kind}") for kind in _KINDS),
    *((f"anthropic-ratelimit-{kind}-remaining", f"anthropic-ratelimit-{kind}-reset") for kind in _KINDS),
    ("x-ratelimit-remaining", "x-ratelimit-reset"),
    ("ratelimit-remaining", "ratelimit-reset"),
)
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")


def pause_asked(headers: Mapping[str, str]) -> float:
    """The seconds until a limit that has nothing left is filled again; 0 where something is left of each."""
    pause = 0.0
    for remaining, reset in _PAIRS:
        left = headers.get(remaining)
        if left is None or left.strip() not in ("0", "0.0"):
            continue
        pause = max(pause, seconds_until(headers.get(reset, "")))
    return pause


def seconds_until(reset: str) -> float:
    """A reset as seconds from now: `1.5`, `6m0s`, `120ms`, an RFC 3339 date, or seconds or milliseconds since 1970.

    0 for what is none of these, or past.
    """
    reset = reset.strip()
    try:
        number = float(reset)
    except ValueError:
        pass
    else:
        if number > 1e12:
            number /= 1000
        return max(0.0, number - time.time() if number > 1e9 else number)
    parts = _PART.findall(reset)
    if parts and "".join(value + unit for value, unit in parts) == reset:
        return sum(float(value) * _UNITS[unit] for value, unit in parts)
    try:
        date = datetime.fromisoformat(reset)
    except ValueError:
        return 0.0
    return max(0.0, date.timestamp() - time.time()) if date.tzinfo is not None else 0.0
