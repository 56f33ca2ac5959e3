"""DSPy's name for what `streamify` takes and gives: `dsp.streaming.StreamListener(signature_field_name="answer")`."""

from __future__ import annotations

from typing import Any

from dsp.lazy import loaded

_PUBLIC = {
    "StreamListener": "dsp.modules.streamify",
    "StreamResponse": "dsp.modules.streamify:FieldPiece",
    "streamify": "dsp.modules.streamify",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    return loaded(__name__, _PUBLIC, name)
