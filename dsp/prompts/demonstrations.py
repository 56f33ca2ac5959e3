"""Demonstrations as JSON and back: what saved programs hold, each value read back as its field's type.

Passages keep their id, score and source. Images are written whole here (traces and logs never hold them): a saved
program shows what it was compiled to show.
"""

from __future__ import annotations

import dataclasses
import enum
import typing
from collections.abc import Mapping
from typing import Any

from dsp.errors import InputError
from dsp.prompts.coerce import from_json as typed
from dsp.prompts.fields import Field
from dsp.prompts.history import History
from dsp.prompts.image import Image
from dsp.trace import from_json, to_json
from indexes.passage import Hit, Passage

_AS_JSON_HAS_THEM = (str, int, float, bool, Any, None, type(None), list, dict, Passage, Hit)


def demo_to_json(demo: Mapping[str, Any]) -> dict[str, Any]:
    """A demonstration's values as JSON values."""
    return {str(name): _plain(value) for name, value in demo.items()}


def demo_from_json(fields: Mapping[str, Field], demo: Mapping[str, Any]) -> dict[str, Any]:
    """The values of such a demonstration; one that is none of its field's type stays as JSON gave it.

    Raises ValueError for an image that is none.
    """
    return {
        name: _restored(from_json(value), fields[name].annotation) if name in fields else from_json(value)
        for name, value in demo.items()
    }


def _plain(value: Any) -> Any:
    match value:
        case Image():
            return {key: given for key, given in dataclasses.asdict(value).items() if given}
        case Hit() | Passage() | str() | None:
            return to_json(value)
        case enum.Enum():
            return _plain(value.value)
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case set() | frozenset():
            return sorted((_plain(item) for item in value), key=str)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return to_json(value)


def _restored(value: Any, annotation: Any) -> Any:
    inside = typing.get_args(annotation)
    if value is None or annotation in _AS_JSON_HAS_THEM or any(each in (Passage, Hit) for each in inside):
        return value
    if annotation is Image or Image in inside:
        return [_image(item) for item in value] if isinstance(value, list) else _image(value)
    if annotation is History:
        return History(value)
    try:
        return typed(value, annotation)
    except (ValueError, TypeError):
        return value


def _image(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    try:
        return Image(**value)
    except (TypeError, AttributeError, InputError) as error:
        raise ValueError(f"a saved image must have its url, or its base64 and media_type: {error}") from error
