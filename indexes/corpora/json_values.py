"""Records of typed columns as records of JSON values: without bytes and vectors, and dates as text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

_AS_TEXT = (date, datetime, time, timedelta, Decimal, UUID)


def json_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record; values of None, of bytes, of lists of floats, and of types that JSON lacks are left out."""
    plain = {name: _plain(value) for name, value in record.items()}
    return {name: value for name, value in plain.items() if value is not None}


def _plain(value: Any) -> Any:
    match value:
        case str() | bool() | int() | float():
            return value
        case dict():
            return json_record({str(name): inner for name, inner in value.items()})
        case list() if not (value and isinstance(value[0], float)):  # an embedding is no metadata
            return [_plain(inner) for inner in value]
        case _ if isinstance(value, _AS_TEXT):
            return str(value)
        case _:
            return None
