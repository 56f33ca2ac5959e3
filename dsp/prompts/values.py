"""Values in prompts: how each kind of value is written."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from dsp.prompts.escape import escape_markers, one_line, plain_lines
from dsp.prompts.fields import Field
from dsp.prompts.image import MARK, Image
from indexes.passage import Hit, Passage

NO_PASSAGES = "N/A"


def format_value(value: Any) -> str:
    """The text of a value, not yet escaped for a template.

    Passages are numbered lines `[1] «title | text»` (a lone one is `«title | text»`, none is `N/A`), as in DSP; what
    has structure is JSON.
    """
    match value:
        case enum.Enum():
            return str(value.value)
        case str():
            return value
        case datetime.date():
            return value.isoformat()
        case Hit() | Passage():
            return _passage(value)
        case Image():
            return MARK
        case list() | tuple() if all(isinstance(item, str | Hit | Passage) for item in value):
            return format_passages(value)
        case list() | tuple() if all(isinstance(item, Image) for item in value):
            return " ".join(MARK for _ in value)
        case _:
            return format_json(value)


def format_field(field: Field, value: Any) -> str:
    """The text of a field's value: what the LM writes as JSON is shown as the JSON that it is read back from."""
    value = one_answer(field, value)
    if field.role == "output" and isinstance(value, list | tuple | set):
        return format_json(list(value))
    return format_value(value)


def one_answer(field: Field, value: Any) -> Any:
    """What an output shows: of several gold answers, where the field is one text, the first, as in DSP."""
    several = field.role == "output" and field.annotation is str and isinstance(value, list | tuple) and len(value) > 0
    return value[0] if several else value


def as_json(value: Any) -> Any:
    """A value as plain JSON values, its texts with plain line ends."""
    match value:
        case enum.Enum():
            return as_json(value.value)
        case str():
            return plain_lines(value)
        case None | bool() | int() | float():
            return value
        case Hit() | Passage():
            return _passage(value)
        case Mapping():
            return {plain_lines(str(key)): as_json(item) for key, item in value.items()}
        case list() | tuple():
            return [as_json(item) for item in value]
        case _:
            return as_json(_plain(value))


def format_json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=_plain)
    except TypeError:
        return str(value)


def _plain(value: Any) -> Any:
    """An object as JSON values: what it was made from."""
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Hit | Passage | Image):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    return str(value)


def format_passages(passages: Sequence[Any]) -> str:
    if not passages:
        return NO_PASSAGES
    if len(passages) == 1:
        return _passage(passages[0])
    return "\n".join([f"[{number}] {_passage(passage)}" for number, passage in enumerate(passages, 1)])


def render_field(field: Field, value: Any, escape: Callable[[str], str]) -> str:
    """A field's value as it stands in a prompt: nothing in it can pose as the template's own structure.

    Passages are safe in any template, each being one line that begins with its own bracket; other text goes through
    the template's `escape`.
    """
    if isinstance(value, list | tuple) and value and all(isinstance(item, Hit | Passage) for item in value):
        return format_passages(value)
    return escape(plain_lines(format_field(field, value)))


def _passage(passage: str | Hit | Passage) -> str:
    return _passage_line(passage.passage if isinstance(passage, Hit) else passage)


@lru_cache(maxsize=8192)
def _passage_line(passage: str | Passage) -> str:
    """Kept, for demonstrations show the same passages in every prompt."""
    text = str(passage)
    if isinstance(passage, Passage) and passage.title:
        text = f"{passage.title.replace('|', '¦')} | {passage.text}"
    return f"«{escape_markers(plain_lines(one_line(text))).replace('«', '‹').replace('»', '›')}»"
