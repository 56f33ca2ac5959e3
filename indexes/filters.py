"""Filters on metadata: which passages may be found, said in JSON.

    {"year": {"gte": 1990, "lt": 2000}, "language": "en"}        both conditions
    {"or": [{"tag": "film"}, {"not": {"year": {"exists": True}}}]}

A field is `id`, `title` or a key of the metadata; where no key is called `author.name`, that is the key `name` in the
dictionary `author`. `metadata.id` is the key `id`. A plain value means `eq`. The conditions are

    eq, ne            the same value, another one (or none)
    in                one of a list of values
    gt, gte, lt, lte  numbers against numbers, strings against strings, by code point; other kinds don't match
    exists            whether the passage has the field, with another value than null

and they are joined by `and`, `or` (lists of filters) and `not` (a filter). `not` lets through exactly what its filter
does not. A field that holds a list has several values: a condition is met where one of them meets it. True is not 1,
but 1 is 1.0.
"""

from __future__ import annotations

import difflib
import json
import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from indexes.errors import InputError
from indexes.passage import Passage

ABSENT = object()
"""What a passage has that lacks a field."""
MAX_DEPTH = 50
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
_CONDITIONS = ("eq", "ne", "in", *_ORDER, "exists")
_EXAMPLE = 'write for example {"year": {"gte": 1990}}'


class Node(Protocol):
    """A filter's part. `decide` answers for one passage, given the answers of the conditions."""

    def conditions(self) -> Iterator[Condition]: ...

    def decide(self, met: Callable[[Condition], Any]) -> Any:
        """True and False in, True and False out; or bool arrays in, a bool array out."""
        ...


@dataclass(frozen=True, slots=True)
class Condition:
    """A field against a value. `name` is one of eq, in, gt, gte, lt, lte, exists; the value is checked."""

    field: str
    name: str
    value: Any

    def conditions(self) -> Iterator[Condition]:
        yield self

    def decide(self, met: Callable[[Condition], Any]) -> Any:
        return met(self)

    def met_by(self, value: object) -> bool:
        """Whether a passage with this value of the field (or ABSENT) meets the condition."""
        if self.name == "exists":
            return bool((value is not ABSENT and value is not None) == self.value)
        if isinstance(value, list | tuple):
            return any(self._met_by_one(each) for each in value)
        return self._met_by_one(value)

    def _met_by_one(self, value: object) -> bool:
        if self.name == "eq":
            return same(value, self.value)
        if self.name == "in":
            return any(same(value, each) for each in self.value)
        if is_number(value) is not is_number(self.value) or isinstance(value, str) is not isinstance(self.value, str):
            return False
        return bool(_ORDER[self.name](value, self.value))


@dataclass(frozen=True, slots=True)
class _All:
    parts: Sequence[Node]

    def conditions(self) -> Iterator[Condition]:
        return (condition for part in self.parts for condition in part.conditions())

    def decide(self, met: Callable[[Condition], Any]) -> Any:
        answer: Any = True
        for part in self.parts:
            answer = answer & part.decide(met)
        return answer


@dataclass(frozen=True, slots=True)
class _Any:
    parts: Sequence[Node]

    def conditions(self) -> Iterator[Condition]:
        return (condition for part in self.parts for condition in part.conditions())

    def decide(self, met: Callable[[Condition], Any]) -> Any:
        answer: Any = False
        for part in self.parts:
            answer = answer | part.decide(met)
        return answer


@dataclass(frozen=True, slots=True)
class _Not:
    part: Node

    def conditions(self) -> Iterator[Condition]:
        return self.part.conditions()

    def decide(self, met: Callable[[Condition], Any]) -> Any:
        return self.part.decide(met) ^ True


class Filter:
    """A filter, checked. `Filter({"year": 1990})(passage)` says whether the passage gets through.

    Laws: equal filters have equal `key`s; the passages are only read; safe from any number of threads. Raises
    InputError for what is no filter.
    """

    def __init__(self, where: object) -> None:
        self.root = _parsed(where, 0)
        self.where = where
        self.key = json.dumps(where, sort_keys=True, ensure_ascii=True)

    def __call__(self, passage: Passage) -> bool:
        return bool(self.root.decide(lambda condition: condition.met_by(value_of(passage, condition.field))))

    def fields(self) -> list[str]:
        """The fields that it looks at, in their order, each once."""
        return list(dict.fromkeys(condition.field for condition in self.root.conditions()))

    def __repr__(self) -> str:
        return f"Filter({self.where!r})"


def as_filter(where: object) -> Filter:
    """The filter itself, or one made of JSON. Raises InputError."""
    return where if isinstance(where, Filter) else Filter(where)


def value_of(passage: Passage, field: str) -> object:
    """What a passage has as a field's value, or ABSENT."""
    if field == "id":
        return passage.id
    if field == "title":
        return passage.title
    return value_in(passage.metadata, field)


def value_in(metadata: Mapping[str, Any], field: str) -> object:
    """What metadata has as a field's value, or ABSENT; the fields `id` and `title` are the passage's own."""
    inside: Any = metadata
    if field in inside:
        return inside[field]
    first, _, rest = field.partition(".")
    names = rest.split(".") if first == "metadata" else [first, *rest.split(".")] if rest else ()
    for name in names or (ABSENT,):
        if not isinstance(inside, Mapping) or name not in inside:
            return ABSENT
        inside = inside[name]
    return inside


def same(one: object, other: object) -> bool:
    """Whether two JSON values are the same one: numbers by their size, True never 1."""
    return kind_of(one) == kind_of(other) and one == other


def kind_of(value: object) -> str:
    return "number" if is_number(value) else type(value).__name__


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _parsed(where: object, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise InputError(f"a filter may be nested {MAX_DEPTH} deep, but this is deeper; write it flatter")
    if not isinstance(where, Mapping):
        raise InputError(f"a filter must be a dictionary, but got {where!r}; {_EXAMPLE}")
    parts: list[Node] = []
    for name, wanted in where.items():
        if not isinstance(name, str) or not name:
            raise InputError(f"a filter's fields must be names, but got {name!r}; {_EXAMPLE}")
        if name in ("and", "or"):
            if not isinstance(wanted, list | tuple):
                raise InputError(f'"{name}" must be a list of filters, but got {wanted!r}; put it in brackets')
            inner = [_parsed(each, depth + 1) for each in wanted]
            parts.append(_All(inner) if name == "and" else _Any(inner))
        elif name == "not":
            parts.append(_Not(_parsed(wanted, depth + 1)))
        else:
            parts.extend(_field(name, wanted))
    return parts[0] if len(parts) == 1 else _All(parts)


def _field(name: str, wanted: object) -> Iterator[Node]:
    if name == "text" or name.startswith("$"):
        remedy = "search for words, or filter by metadata" if name == "text" else f"write it without the {name[0]}"
        raise InputError(f'a filter takes id, title and metadata, but got "{name}"; {remedy}')
    if not isinstance(wanted, Mapping):
        wanted = {"eq": wanted}
    for condition, value in wanted.items():
        if condition not in _CONDITIONS:
            close = difflib.get_close_matches(str(condition).lstrip("$"), _CONDITIONS, n=1, cutoff=0.5)
            remedy = f"did you mean {close[0]}?" if close else f"the conditions are {', '.join(_CONDITIONS)}"
            raise InputError(f'the field "{name}" has no condition {condition!r}: {remedy}')
        _check(name, condition, value)
        if condition == "ne":
            yield _Not(Condition(name, "eq", value))
        else:
            yield Condition(name, condition, value)


def _check(name: str, condition: str, value: Any) -> None:
    if condition == "exists":
        if not isinstance(value, bool):
            raise InputError(f'"exists" of "{name}" must be true or false, but got {value!r}')
    elif condition == "in":
        if not isinstance(value, list | tuple):
            raise InputError(f'"in" of "{name}" must be a list of values, but got {value!r}; put it in brackets')
        for each in value:
            _check(name, "eq", each)
    elif value is None:
        raise InputError(f'"{condition}" of "{name}" must be a value, but got null; say {{"exists": false}}')
    elif condition in _ORDER and not isinstance(value, str) and not is_number(value):
        raise InputError(f'"{condition}" of "{name}" must be a number or a string, but got {value!r}')
    elif not isinstance(value, str | int | float) or (isinstance(value, float) and not math.isfinite(value)):
        raise InputError(
            f'"{condition}" of "{name}" must be a string, a finite number, true or false, but got {value!r}; '
            'for one of several values say {"in": [...]}'
        )
