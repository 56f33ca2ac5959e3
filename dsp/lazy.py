"""Names that are loaded when they are first used: how rooms offer much and cost nothing to import."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any


def loaded(room: str, names: Mapping[str, str], name: str) -> Any:
    """What the room means by a name: `names` says for each its module, or `module:attribute` where it is called
    otherwise there. Raises AttributeError for a name that is not among them.
    """
    if name not in names:
        raise AttributeError(f"module {room!r} has no attribute {name!r}")
    module, _, attribute = names[name].partition(":")
    return getattr(importlib.import_module(module), attribute or name)
