"""A function's source as a tree, and which of its parts are sure to run whenever it is called.

Sure are statements that stand under no condition, loop, `try` or inner function, before anything that may return early.
(A guard that raises is no way round: whoever passes it runs the rest.)
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from types import FunctionType, MethodType
from typing import Any

Definition = ast.FunctionDef | ast.AsyncFunctionDef
_INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_SOMETIMES = (ast.For, ast.AsyncFor, ast.While, ast.If, ast.Try, ast.TryStar, ast.Match)
_LOOPS_INSIDE = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Source:
    """A function, its tree, its parameters in order, and the nodes that are sure to run."""

    function: FunctionType
    tree: Definition
    sure: frozenset[int] = field(repr=False)

    @property
    def parameters(self) -> list[str]:
        arguments = self.tree.args
        return [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]

    def is_sure(self, node: ast.AST) -> bool:
        return id(node) in self.sure

    def nodes(self) -> Iterable[ast.AST]:
        return (node for statement in self.tree.body for node in ast.walk(statement))

    def named(self, node: ast.expr) -> Any:
        """The object that a global name, or an attribute of one (`dsp.retrieve`), stands for; None for others."""
        if isinstance(node, ast.Name):
            if node.id in self.parameters or any(
                isinstance(each, ast.Name) and each.id == node.id and not isinstance(each.ctx, ast.Load)
                for each in self.nodes()
            ):
                return None
            return self.function.__globals__.get(node.id)
        if isinstance(node, ast.Attribute) and inspect.ismodule(holder := self.named(node.value)):
            return getattr(holder, node.attr, None)
        return None


def source_of(function: Callable[..., Any]) -> Source | None:
    """The function's source; None where there is none at hand, or where it is not what is called."""
    plain = function.__func__ if isinstance(function, MethodType) else function
    if not isinstance(plain, FunctionType) or hasattr(plain, "__wrapped__"):
        return None
    return _read(plain)


@lru_cache(maxsize=512)
def _read(function: FunctionType) -> Source | None:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return None
    first = tree.body[0] if tree.body else None
    if not isinstance(first, Definition) or first.name != function.__name__:
        return None
    sure: set[int] = set()
    _sure(first.body, sure)
    return Source(function, first, frozenset(sure))


def _sure(statements: Iterable[ast.stmt], sure: set[int]) -> None:
    for statement in statements:
        if isinstance(statement, _INNER):
            continue
        if isinstance(statement, _SOMETIMES):
            for always in (getattr(statement, name, None) for name in ("test", "iter", "subject")):
                if isinstance(always, ast.expr):
                    _sure_of(always, sure)
            if any(isinstance(each, ast.Return | ast.Break | ast.Continue | ast.Yield) for each in ast.walk(statement)):
                return
        elif isinstance(statement, ast.With | ast.AsyncWith):
            for item in statement.items:
                _sure_of(item.context_expr, sure)
            _sure(statement.body, sure)
            if any(isinstance(each, ast.Return) for each in ast.walk(statement)):
                return
        else:
            _sure_of(statement, sure)
            if isinstance(statement, ast.Return | ast.Raise):
                return


def _sure_of(node: ast.AST, sure: set[int]) -> None:
    """The node and all in it that is evaluated with it."""
    sure.add(id(node))
    inside: list[ast.AST]
    if isinstance(node, _INNER):
        inside = []
    elif isinstance(node, ast.BoolOp):
        inside = [node.values[0]]
    elif isinstance(node, ast.IfExp | ast.Assert):
        inside = [node.test]
    elif isinstance(node, ast.Compare):
        inside = [node.left, node.comparators[0]]
    elif isinstance(node, _LOOPS_INSIDE):
        inside = [node.generators[0].iter]
    else:
        inside = [*ast.iter_child_nodes(node)]
    for each in inside:
        _sure_of(each, sure)
