"""From a completion's text, or from JSON, to a value of a field's type.

Raises ValueError, saying what was expected, where the text stands for no such value; a template makes a ParseError
of it. Nothing is evaluated: structures are JSON, objects are made through their own constructors from checked fields.
"""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
import re
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, Union

from dsp.prompts.lenient import unfenced
from indexes.passage import Hit, Passage

_TRUE, _FALSE, _NOTHING = ("true", "yes"), ("false", "no"), ("", "none", "null", "n/a")
_ONE_WORD = bool | int | float | enum.Enum | datetime.date
MOST_NESTED = 100  # deeper JSON than this is no answer


def parse_text(text: str, annotation: Any) -> Any:
    """The value that a completion's text stands for."""
    text = text.strip()
    if annotation in (str, Any, None):
        return text
    kind, inside = _taken_apart(annotation)
    if kind is Union:
        return _union(text, inside)
    if (isinstance(annotation, type) and issubclass(annotation, _ONE_WORD)) or kind is Literal:
        return from_json(_unquoted(text), annotation)
    return from_json(_json(unfenced(text), annotation), annotation)


def from_json(value: Any, annotation: Any, depth: int = 0) -> Any:
    """A JSON value as a value of that type."""
    if depth > MOST_NESTED:
        raise ValueError(f"expected at most {MOST_NESTED} levels of nesting")
    if annotation is Any or annotation is None:
        return value
    kind, inside = _taken_apart(annotation)
    if kind is Literal:
        return _choice(value, {str(choice).lower(): choice for choice in inside})
    if kind is Union:
        return _any_of(value, inside, depth)
    if kind in (list, set, tuple):
        return _sequence(value, kind, inside, depth)
    if kind is dict:
        return _dict(value, inside, depth)
    if isinstance(annotation, type):
        return _object(value, annotation, depth)
    raise ValueError(f"expected {annotation}, which cannot be read from text")


def _taken_apart(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    origin = typing.get_origin(annotation)
    if origin is types.UnionType:
        origin = Union
    if origin is None and annotation in (list, set, tuple, dict):
        return annotation, ()
    return origin, typing.get_args(annotation)


def _object(value: Any, kind: type, depth: int) -> Any:
    if kind is str:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if kind is bool:
        return _bool(value)
    if kind in (int, float):
        return _number(value, kind)
    if kind is type(None):
        return _none(value)
    if issubclass(kind, enum.Enum):
        return _choice(value, {**{str(e.value).lower(): e for e in kind}, **{e.name.lower(): e for e in kind}})
    if issubclass(kind, datetime.date):
        return _date(value, kind)
    if kind in (Passage, Hit):
        return _passage(value)
    if hasattr(kind, "model_validate"):  # a pydantic model checks its own
        return kind.model_validate(value)
    if dataclasses.is_dataclass(kind):
        return _dataclass(value, kind, depth)
    raise ValueError(f"expected a {kind.__name__}, which cannot be read from text")


def _bool(value: Any) -> bool:
    word = str(value).strip(" .\"'`").lower()
    if isinstance(value, bool) or word in _TRUE + _FALSE:
        return word in _TRUE
    raise ValueError("expected true or false")


def _number(value: Any, kind: type) -> Any:
    if isinstance(value, bool):
        raise ValueError("expected a number")
    try:
        return kind(value.replace(",", "").strip() if isinstance(value, str) else value)
    except (ValueError, TypeError, OverflowError):
        raise ValueError("expected a whole number" if kind is int else "expected a number") from None


def _date(value: Any, kind: type[datetime.date]) -> datetime.date:
    """A date, or a date and time, as ISO 8601 writes it."""
    try:
        return kind.fromisoformat(str(value).strip(" .\"'`"))
    except ValueError:
        example = "2026-01-31T12:00:00" if issubclass(kind, datetime.datetime) else "2026-01-31"
        raise ValueError(f"expected a date such as {example}") from None


def _none(value: Any) -> None:
    if value is not None and str(value).strip().lower() not in _NOTHING:
        raise ValueError("expected nothing")


def _choice(value: Any, choices: Mapping[str, Any]) -> Any:
    word = str(value).strip()
    for candidate in (word, word.strip(" .\"'`*")):
        if candidate.lower() in choices:
            return choices[candidate.lower()]
    raise ValueError(f"expected one of {', '.join(choices)}")


def _union(text: str, kinds: tuple[Any, ...]) -> Any:
    if type(None) in kinds and text.lower() in _NOTHING:
        return None
    problems = []
    for kind in sorted((each for each in kinds if each is not type(None)), key=lambda each: each is str):
        try:
            return parse_text(text, kind)
        except ValueError as error:
            problems.append(str(error))
    raise ValueError(" or ".join(problems))


def _any_of(value: Any, kinds: tuple[Any, ...], depth: int) -> Any:
    if value is None and type(None) in kinds:
        return None
    problems = []
    for kind in kinds:
        if kind is not type(None) and not (kind is str and not isinstance(value, str)):
            try:
                return from_json(value, kind, depth + 1)
            except ValueError as error:
                problems.append(str(error))
    raise ValueError(" or ".join(problems) or "expected nothing")


def _sequence(value: Any, kind: Any, inside: tuple[Any, ...], depth: int) -> Any:
    if not isinstance(value, list):
        raise ValueError("expected a JSON array")
    if kind is tuple and inside and inside[-1] is not Ellipsis:
        if len(value) != len(inside):
            raise ValueError(f"expected {len(inside)} items, but got {len(value)}")
        return tuple(from_json(item, each, depth + 1) for item, each in zip(value, inside, strict=True))
    each = inside[0] if inside else Any
    return kind(from_json(item, each, depth + 1) for item in value)


def _dict(value: Any, inside: tuple[Any, ...], depth: int) -> Any:
    if not isinstance(value, dict):
        raise ValueError("expected a JSON object")
    keys, values = inside or (str, Any)
    return {from_json(key, keys, depth + 1): from_json(item, values, depth + 1) for key, item in value.items()}


def _passage(value: Any) -> Passage:
    if isinstance(value, str):
        title, bar, text = value.strip("«»").partition(" | ")
        return Passage("", title, text) if bar else Passage("", "", title)
    if isinstance(value, dict) and isinstance(value.get("text"), str):
        return Passage(str(value.get("id", "")), str(value.get("title", "")), value["text"])
    raise ValueError("expected a passage: its text, or an object with title and text")


def _dataclass(value: Any, kind: Any, depth: int) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"expected a JSON object with the fields of {kind.__name__}")
    hints = typing.get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind) if field.init}
    needed = [
        name
        for name, field in fields.items()
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    missing, unknown = [name for name in needed if name not in value], [name for name in value if name not in fields]
    if missing or unknown:
        raise ValueError(
            f"expected a JSON object with {', '.join(fields)}, but it "
            + " and ".join(
                words
                for names, words in ((missing, f"lacks {', '.join(missing)}"), (unknown, f"has {', '.join(unknown)}"))
                if names
            )
        )
    return kind(**{name: from_json(item, hints[name], depth + 1) for name, item in value.items()})


def _unquoted(text: str) -> str:
    text = unfenced(text)
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'`" else text


def _json(text: str, annotation: Any) -> Any:
    """The text's JSON; for a list, lines with bullets or numbers do as well."""
    try:
        return json.loads(text, strict=False)
    except RecursionError:
        raise ValueError("expected JSON, but it is nested too deep to be read") from None
    except json.JSONDecodeError as error:
        kind, inside = _taken_apart(annotation)
        if kind in (list, set) and (not inside or inside[0] in (str, int, float)) and not text.lstrip().startswith("["):
            return [
                item for line in text.splitlines() if (item := re.sub(r"^\s*(?:[-*•]|\d+[.)])\s+", "", line).strip())
            ]
        raise ValueError(f"expected JSON ({error.msg} at character {error.pos})") from None
