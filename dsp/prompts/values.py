"""Values in prompts: how each kind of value is written, and read back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from dsp.prompts.escape import escape_markers, one_line, plain_lines
from dsp.prompts.fields import Field
from indexes.passage import Hit, Passage

NO_PASSAGES = "N/A"


def format_value(value: Any) -> str:
    """The text of a value, not yet escaped for a template.

    Passages are numbered lines `[1] «title | text»` (a lone one is `«title | text»`, none is `N/A`), as in DSP.
    """
    match value:
        case str():
            return value
        case Hit() | Passage():
            return _passage(value)
        case list() | tuple() if all(isinstance(item, str | Hit | Passage) for item in value):
            return format_passages(value)
        case bool() | int() | float() | None:
            return json.dumps(value)
        case list() | tuple() | Mapping():
            return json.dumps(value, ensure_ascii=False, default=str)
        case _:
            return str(value)


def format_field(field: Field, value: Any) -> str:
    """The text of a field's value: a list that the LM writes is the JSON that it is read back from."""
    if field.role == "output" and field.annotation == list[str] and isinstance(value, list | tuple):
        return json.dumps([str(item) for item in value], ensure_ascii=False)
    return format_value(value)


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


def parse_value(text: str, annotation: Any) -> Any:
    """The value of that type that a completion's text stands for. Raises ValueError where it stands for none."""
    text = text.strip()
    if annotation is bool:
        word = text.strip(" .\"'`").lower()
        if word in ("true", "yes"):
            return True
        if word in ("false", "no"):
            return False
        raise ValueError("expected true or false")
    if annotation is int:
        return int(text.replace(",", ""))
    if annotation is float:
        return float(text.replace(",", ""))
    if annotation == list[str]:
        items = _json_list(text) if text.startswith("[") else [line.strip(" -*\t") for line in text.splitlines()]
        return [str(item) for item in items if str(item).strip()]
    return text


def _json_list(text: str) -> list[Any]:
    try:
        items: list[Any] = json.loads(text, strict=False)
    except RecursionError:
        raise ValueError("its JSON is nested too deep") from None
    return items
