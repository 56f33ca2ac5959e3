"""The tree of a program: the modules inside modules, wherever they are kept, and copies of the whole.

Parts are kept in attributes, lists, tuples and dicts, at any depth; a path names one as `several.0.x`. A part that is
reached by two paths goes by the first, and one that holds itself is visited once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from dsp.types.example import Example

N = TypeVar("N", bound="Node")


class Node:
    """What may hold parts and be one."""

    @property
    def frozen(self) -> bool:
        """Whether optimizers leave it, and all that is inside, as it is."""
        return bool(vars(self).get("_frozen", False))

    @frozen.setter
    def frozen(self, frozen: bool) -> None:
        self.__dict__["_frozen"] = bool(frozen)


def walk(node: Node) -> Iterator[tuple[str, Node]]:
    """Every node inside by its path, itself first by the empty one."""
    yield from _walk("", node, set())


def frozen_parts(node: Node) -> set[int]:
    """The ids of the nodes that are frozen, or inside one that is."""
    return {id(part) for _, each in walk(node) if each.frozen for _, part in walk(each)}


def replaced(value: Any, by: Mapping[int, Any]) -> Any:
    """The value with the parts in it exchanged, in lists and dicts too."""
    if type(value) in (list, tuple):
        return type(value)(replaced(part, by) for part in value)
    if type(value) is dict:
        return {key: replaced(part, by) for key, part in value.items()}
    return by.get(id(value), value)


def copied(node: N) -> N:
    """A copy whose nodes, lists, dicts and examples are its own; everything else is shared."""
    made: N = _copy(node, {})
    return made


def _walk(path: str, value: object, seen: set[int]) -> Iterator[tuple[str, Node]]:
    if isinstance(value, Node):
        if id(value) in seen:
            return
        seen.add(id(value))
        yield path, value
        parts: Any = vars(value).items()
    elif isinstance(value, list | tuple):
        parts = enumerate(value)
    elif isinstance(value, dict):
        parts = value.items()
    else:
        return
    for key, part in parts:
        if isinstance(part, Node | list | tuple | dict):
            yield from _walk(f"{path}.{key}" if path else str(key), part, seen)


def _copy(value: Any, memo: dict[int, Any]) -> Any:
    if id(value) in memo:
        return memo[id(value)]
    if isinstance(value, Node):
        made = object.__new__(type(value))
        memo[id(value)] = made
        made.__dict__.update({key: _copy(part, memo) for key, part in vars(value).items()})
        return made
    if type(value) in (list, tuple):
        return type(value)(_copy(part, memo) for part in value)
    if type(value) is dict:
        return {key: _copy(part, memo) for key, part in value.items()}
    return value.copy() if isinstance(value, Example) else value
