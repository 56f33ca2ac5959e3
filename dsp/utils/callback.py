"""DSPy's place for the callbacks' base class: `from dsp.utils.callback import BaseCallback`."""

from __future__ import annotations

from typing import Any

from dsp.lazy import loaded

_PUBLIC = {"BaseCallback": "dsp.callbacks"}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    return loaded(__name__, _PUBLIC, name)
