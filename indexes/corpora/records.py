"""From a record with named values (a JSON object, a row of a table) to a passage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from indexes.passage import Passage

ID_KEYS = ("id", "_id", "docid", "pid")
TEXT_KEYS = ("text", "passage", "contents")
MAX_DEPTH = 50
"""Lists and objects within one another: deeper ones could be read, but not written again."""
_OWN = frozenset({"id", "title", "text"})


class BadValueError(ValueError):
    """Why a record is no passage; the reader adds the file and the line."""


def to_passage(record: Any, default_id: str) -> Passage:
    """A passage from `id` (or `_id`, `docid`, `pid`), `title` and `text` (or `passage`, `contents`).

    Without an id the default one is used. Other values become metadata, and so does what lies under `metadata`.
    Raises BadValueError.
    """
    if not isinstance(record, dict):
        raise BadValueError(
            f'a record must be a JSON object with "text", but this is {_kind(record)}; write {{"id", "title", "text"}}'
        )
    text = record.get("text")
    if not isinstance(text, str) or not text.strip():
        text = _text(record)
    title = record.get("title")
    if title is None:
        title = ""
    elif not isinstance(title, str):
        raise BadValueError(f'"title" must be text, but is {_kind(title)}; put it in quotes')
    own = record.get("id")
    if not isinstance(own, str) or not own:
        own = identifier(record, default_id)
    metadata = _metadata(record) if len(record) > 3 or not record.keys() <= _OWN else {}
    return Passage(own, title, text, metadata)


def _text(record: Mapping[str, Any]) -> str:
    for key in TEXT_KEYS:
        value = record.get(key)
        if value is not None and not isinstance(value, str):
            raise BadValueError(f'"{key}" must be text, but is {_kind(value)}; put it in quotes')
        if value is not None and value.strip():
            return str(value)
    found = ", ".join(list(map(str, record))[:8]) or "nothing"
    raise BadValueError(f'a record must have a "text" that is not blank, but this one has {found}; add the text')


def identifier(record: Mapping[str, Any], default_id: str) -> str:
    """The record's id as text, or the default one. Raises BadValueError."""
    for key in ID_KEYS:
        value = record.get(key)
        if value is None or value == "":
            continue
        if isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        raise BadValueError(f'"{key}" must be text or a whole number, but is {_kind(value)}; put it in quotes')
    return default_id


def _metadata(record: Mapping[str, Any]) -> dict[str, Any]:
    own = {"id", "_id", "docid", "pid", "title", "text", "metadata"}
    if not isinstance(record.get("text"), str):
        own |= {"passage", "contents"}
    extra = {key: value for key, value in record.items() if key not in own and key is not None}
    if _too_deep(record, MAX_DEPTH):
        raise BadValueError(f"metadata must be nested at most {MAX_DEPTH} deep, but these are deeper; leave them out")
    inner = record.get("metadata")
    if isinstance(inner, dict):
        return {**extra, **inner}
    if inner is not None and inner != "":
        extra["metadata"] = inner
    return extra


def _too_deep(value: Any, left: int) -> bool:
    """Whether lists and objects stand in one another deeper than that."""
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return left == 0 or any(_too_deep(item, left - 1) for item in inner)


def _kind(value: Any) -> str:
    kinds = {type(None): "null", bool: "true or false", dict: "an object", list: "a list", str: "a string"}
    return kinds.get(type(value), f"the number {value}" if isinstance(value, int | float) else type(value).__name__)
