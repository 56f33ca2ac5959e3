"""Types in signatures: from how a user writes them to Python types, without evaluating anything.

`"context: list[Passage], question -> answer: str, confident: bool"` is read with Python's own grammar; only the names
below, their subscripts and `|` mean something.
"""

from __future__ import annotations

import ast
import datetime
import types
from typing import Any, Literal, Optional, Union

from dsp.errors import SignatureError
from dsp.prompts.history import History
from dsp.prompts.image import Image
from indexes.passage import Hit, Passage

NAMES: dict[str, Any] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "list": list,
    "dict": dict,
    "tuple": tuple,
    "set": set,
    "Any": Any,
    "None": type(None),
    "Passage": Passage,
    "Hit": Hit,
    "History": History,
    "Image": Image,
}
_OF = {"list", "dict", "tuple", "set", "Optional", "Union", "Literal", "List", "Dict", "Tuple", "Set"}


def split_fields(side: str) -> list[str]:
    """The comma-separated fields of one side of a signature; commas inside brackets or quotes don't separate."""
    parts, depth, quote, start = [], 0, "", 0
    for place, letter in enumerate(side):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "[(":
            depth += 1
        elif letter in "])":
            depth -= 1
        elif letter == "," and depth == 0:
            parts.append(side[start:place])
            start = place + 1
    return [part.strip() for part in (*parts, side[start:]) if part.strip()]


def parse_annotation(text: str, custom: dict[str, Any] | None = None) -> Any:
    """The type that a text names. `custom` adds a user's own types by name.

    Raises SignatureError where it names none.
    """
    names = {**NAMES, **(custom or {})}
    try:
        return _type(ast.parse(text.strip(), mode="eval").body, names)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError) as error:
        raise SignatureError(
            f"a field's type must be one of {', '.join(NAMES)}, Literal[…], Optional[…] or made of these, "
            f'but got "{text[:80]}" ({error})'
        ) from None


def _type(node: ast.expr, names: dict[str, Any]) -> Any:
    match node:
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.Constant(value=None):
            return type(None)
        case ast.Attribute(value=ast.Name(id="dsp" | "dspy" | "typing"), attr=name) if name in names:
            return names[name]
        case ast.Attribute(value=ast.Name(id="datetime"), attr="date" | "datetime" as name):
            return getattr(datetime, name)
        case ast.Subscript(value=ast.Attribute(value=ast.Name(id="typing"), attr=name), slice=inside):
            return _type(ast.Subscript(ast.Name(name), inside), names)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return Union[_type(left, names), _type(right, names)]  # noqa: UP007 - made at run time
        case ast.Subscript(value=ast.Name(id="Literal"), slice=inside):
            return Literal[tuple(_literal(each) for each in _several(inside))]
        case ast.Subscript(value=ast.Name(id=name), slice=inside) if name in _OF:
            return _subscripted(name, [_type(each, names) for each in _several(inside)])
        case _:
            raise ValueError(f'"{ast.unparse(node)}" is not a type')


def _several(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]


def _literal(node: ast.expr) -> str | int | bool | None:
    match node:
        case ast.Constant(value=str() | int() | None as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)):
            return -value
        case ast.Name(id=word):  # a bare word stands for itself
            return word
        case _:
            raise ValueError(f'"{ast.unparse(node)}" is not a literal')


def _subscripted(name: str, inside: list[Any]) -> Any:
    match name.lower(), inside:
        case "optional", [one]:
            return Optional[one]  # noqa: UP045 - made at run time
        case "union", [*several]:
            return Union[tuple(several)]  # noqa: UP007 - made at run time
        case ("list" | "set") as kind, [one]:
            return types.GenericAlias({"list": list, "set": set}[kind], (one,))
        case "tuple", [*several]:
            return types.GenericAlias(tuple, tuple(several))
        case "dict", [key, value]:
            return types.GenericAlias(dict, (key, value))
        case _:
            raise ValueError(f"{name} takes another number of types than {len(inside)}")
