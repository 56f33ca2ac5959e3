"""What a field's type means, for a person (in a prompt) and for a server (JSON Schema)."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
import types
import typing
from typing import Any, Literal, Union

from dsp.prompts.history import History
from dsp.prompts.image import Image
from indexes.passage import Hit, Passage

_SIMPLE: dict[Any, tuple[str, dict[str, Any]]] = {
    str: ("", {"type": "string"}),
    int: ("a whole number", {"type": "integer"}),
    float: ("a number", {"type": "number"}),
    bool: ("true or false", {"type": "boolean"}),
    datetime.date: ("a date such as 2026-01-31", {"type": "string", "format": "date"}),
    datetime.datetime: ("a time such as 2026-01-31T12:00:00", {"type": "string", "format": "date-time"}),
    type(None): ("null", {"type": "null"}),
    Passage: ("a passage", {"type": "string"}),
    Hit: ("a passage", {"type": "string"}),
    History: ("the earlier turns of the conversation", {"type": "array"}),
    Image: ("an image", {"type": "string"}),
}


def describe(annotation: Any) -> str:
    """How a value of that type must be written; empty for plain text."""
    if annotation in _SIMPLE:
        return _SIMPLE[annotation][0]
    origin, inside = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Literal:
        return "one of: " + "; ".join(map(str, inside))
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return "one of: " + "; ".join(str(each.value) for each in annotation)
    if origin in (Union, types.UnionType):
        return " or ".join(filter(None, (describe(each) or "text" for each in inside)))
    if origin in (list, set) and inside and inside[0] in (Passage, Hit):
        return "passages"
    if origin in (list, tuple) and inside and inside[0] is Image:
        return "images"
    if origin in (list, set) and inside and inside[0] in _SIMPLE:
        return f"a JSON array, each item {describe(inside[0]) or 'a string'}"
    if annotation in (Any, None):
        return ""
    return "JSON that fits the schema " + json.dumps(json_schema(annotation), ensure_ascii=False)


def json_schema(annotation: Any) -> dict[str, Any]:
    """The JSON Schema of a type, as structured output takes it: objects name all their fields and no others."""
    if annotation in _SIMPLE:
        return dict(_SIMPLE[annotation][1])
    origin, inside = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Literal:
        return {"enum": list(inside)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [json_schema(each) for each in inside]}
    if annotation in (list, set, tuple) or origin in (list, set, tuple):
        return {"type": "array", **({"items": json_schema(inside[0])} if inside else {})}
    if annotation is dict or origin is dict:
        return {"type": "object", **({"additionalProperties": json_schema(inside[1])} if inside else {})}
    if isinstance(annotation, type):
        return _of_class(annotation)
    return {}


def _of_class(kind: type) -> dict[str, Any]:
    if issubclass(kind, enum.Enum):
        return {"enum": [each.value for each in kind]}
    if hasattr(kind, "model_json_schema"):
        schema: dict[str, Any] = kind.model_json_schema()
        return schema
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        properties = {field.name: json_schema(hints[field.name]) for field in dataclasses.fields(kind) if field.init}
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }
    return {}
