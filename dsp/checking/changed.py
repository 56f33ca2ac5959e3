"""Which parts of a program may be others in a run than they are now: of these a check says nothing."""

from __future__ import annotations

import ast
import builtins
import inspect
from functools import lru_cache

from dsp.checking.source import Source, source_of

SETTING = frozenset({"setattr", "delattr"})
_BESIDES = frozenset({"demos", "lm", "config", "callbacks"})  # of a predictor, not what it takes or makes
_CHANGING = frozenset(
    {"append", "clear", "extend", "insert", "pop", "popitem", "remove", "reverse", "setdefault", "update"}
)


@lru_cache(maxsize=256)
def changed_later(kind: type) -> frozenset[str]:
    """The attributes that a class sets outside `__init__`, or sets something of, or hands to a function that might.

    What they are in a run, and what signature they have then, is not known beforehand.
    """
    names: set[str] = set()
    for each in kind.__mro__:
        for name, function in vars(each).items():
            source = source_of(function) if name != "__init__" and inspect.isfunction(function) else None
            if source is None or each.__module__.startswith("dsp.modules."):
                continue
            for node in source.nodes():
                names |= _changed_by(source, node)
    return frozenset(names)


def is_self(source: Source, node: ast.expr) -> bool:
    """Whether the expression is the function's first parameter."""
    return isinstance(node, ast.Name) and bool(source.parameters) and node.id == source.parameters[0]


def _changed_by(source: Source, node: ast.AST) -> set[str]:
    if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
        beside = isinstance(node, ast.Attribute) and node.attr in _BESIDES and not is_self(source, node.value)
        return set() if beside else _part_of(source, node)
    if not isinstance(node, ast.Call):
        return set()
    if isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
        return _part_of(source, node.func.value)
    if isinstance(node.func, ast.Name) and hasattr(builtins, node.func.id) and node.func.id not in SETTING:
        return set()
    called = source.named(node.func)
    if str(getattr(called, "__module__", "")).partition(".")[0] == "dsp":
        return set()
    given = [*node.args, *(each.value for each in node.keywords)]
    return {name for each in given for name in _part_of(source, each)}


def _part_of(source: Source, node: ast.expr) -> set[str]:
    """The attribute of `self` that an expression is, or is a part of: `part` of `self.part[0].signature`."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Attribute) and is_self(source, node.value):
            return {node.attr}
        node = node.value
    return set()
