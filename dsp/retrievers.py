"""DSPy's name for what searches: `from dsp.retrievers import Embeddings`. Indexes on disk are in `indexes`."""

from __future__ import annotations

from typing import Any

from dsp.lazy import loaded

_PUBLIC = {
    "Embeddings": "dsp.modules.embeddings",
    "Retrieve": "dsp.modules.retrieve",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    return loaded(__name__, _PUBLIC, name)
