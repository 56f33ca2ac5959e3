"""JSON in prompts and in completions: values written so that nothing in them poses as structure, and objects found
in whatever a model writes around them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from dsp.prompts.lenient import field_named
from dsp.prompts.signature import Signature
from dsp.prompts.template import missing, wrong
from dsp.prompts.values import as_json

MOST_TRIES = 256
"""Places where an object is looked for in one completion: what bounds the time, whatever the text is."""

_MARKER = re.compile(r"(\[\[\s*\\*)##")
_TURN = re.compile(r"<(\|[^<>|\n]{0,64}\|>)")
_LOOSE_COMMA = re.compile(r'("(?:[^"\\]|\\.)*+"?)|,(?=\s*[}\]])', re.S)


def json_text(values: Mapping[str, Any]) -> str:
    """The values as one line of JSON. What looks like a field's marker or a chat turn is spelled with JSON's own
    escapes: a parser reads it back as it was.
    """
    text = json.dumps({name: as_json(value) for name, value in values.items()}, ensure_ascii=False)
    return _TURN.sub(r"\\u003c\1", _MARKER.sub(r"\1\\u0023#", text))


def objects_in(text: str) -> tuple[list[dict[str, Any]], str]:
    """The JSON objects in a text, in order, and what is wrong with the first text that looks like one and is none.

    Prose and code fences around them are passed over, a comma before a closing bracket is forgiven, of a key written
    twice the first counts. Takes time in proportion to the text.
    """
    found: list[dict[str, Any]] = []
    problem = ""
    place, tidied = text.find("{"), False
    for _ in range(MOST_TRIES):
        if place < 0:
            break
        try:
            value, end = _DECODER.raw_decode(text, place)
        except RecursionError:
            problem = problem or "it is nested too deep to be read"
            break
        except ValueError as error:
            problem = problem or _said(error)
            if not tidied:  # once, and only the rest: what stands before is read already
                text, place, tidied = _without_loose_commas(text[place:]), 0, True
                continue
            # What stands inside of a broken object is none of ours: go on where it broke.
            end = max(place + 1, getattr(error, "pos", len(text)))
        else:
            found.append(value)
        place = text.find("{", end)
    return found, problem


def fields_in(objects: Iterable[Mapping[str, Any]], names: Iterable[str]) -> dict[str, Any]:
    """The fields of those names, each from the first object that has it; keys in other letter case count."""
    names = tuple(names)
    held: dict[str, Any] = {}
    for found in objects:
        for key, value in found.items():
            name = field_named(key, names)
            if name is not None:
                held.setdefault(name, value)
    return held


def typed_json(signature: type[Signature], completion: str, held: Mapping[str, Any]) -> dict[str, Any]:
    """The fields' JSON values as values of the fields' types; null is a value only where the type admits it.

    Raises ParseError for a missing field or a bad value.
    """
    texts = {name: _text(held[name]) for name in signature.output_fields if held.get(name) is not None}
    values: dict[str, Any] = {}
    for name, field in signature.output_fields.items():
        if name not in held or (held[name] is None and not field.optional):
            raise missing(name, completion, texts)
        try:
            values[name] = field.parse_json(held[name])
        except ValueError as error:
            raise wrong(field, completion, texts, error) from error
    return values


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _said(error: ValueError) -> str:
    return f"{error.msg} at character {error.pos}" if isinstance(error, json.JSONDecodeError) else str(error)


def _without_loose_commas(text: str) -> str:
    return _LOOSE_COMMA.sub(lambda match: match.group(1) or "", text)


def _first_counts(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    return made if len(made) == len(pairs) else dict(reversed(pairs))


_DECODER = json.JSONDecoder(strict=False, object_pairs_hook=_first_counts)
