"""DSPy's place for the assertions and their handlers: `from dsp.primitives.assertions import backtrack_handler`."""

from __future__ import annotations

from typing import Any

from dsp.lazy import loaded

_PUBLIC = {
    "Assert": "dsp.modules.assertions",
    "DSPyAssertionError": "dsp.errors:FailedAssertionError",
    "DSPySuggestionError": "dsp.errors:FailedSuggestionError",
    "Suggest": "dsp.modules.assertions",
    "assert_no_except_handler": "dsp.modules.assertions",
    "assert_transform_module": "dsp.modules.assertions",
    "backtrack_handler": "dsp.modules.assertions",
    "bypass_assert_handler": "dsp.modules.assertions",
    "bypass_suggest_handler": "dsp.modules.assertions",
    "noop_handler": "dsp.modules.assertions",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    return loaded(__name__, _PUBLIC, name)
