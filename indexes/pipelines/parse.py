"""An expression as text, read and never run: Python's grammar says what it is, and we take it apart ourselves."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from indexes.errors import InputError
from indexes.pipelines.composed import Composed, Source, Stage
from indexes.pipelines.fuse import fuse
from indexes.pipelines.stages import STAGES
from indexes.protocols import Retriever

LONGEST = 4000
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.BitOr: lambda one, other: one | other,
    ast.Add: lambda one, other: one + other,
    ast.Mult: lambda one, other: one * other,
    ast.Mod: lambda one, other: one % other,
    ast.RShift: lambda one, other: one >> other,
}


def parse(expression: str, retrievers: Mapping[str, Retriever]) -> Composed:
    """The retriever that an expression names, such as `(words | vectors) >> dedupe() % 10`.

    `retrievers` are the names it may use; stages are those of `STAGES`, and `fuse`. Arguments are plain values. Nothing
    is evaluated. Raises InputError saying what was not understood, and where.
    """
    if len(expression) > LONGEST:
        raise InputError(
            f"an expression may have {LONGEST} characters, but got {len(expression)}; compose it in Python"
        )
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
        made = _Reader(expression, retrievers).read(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f'the expression "{expression}" cannot be read: {error}; write for example a | b % 10'
        ) from None
    if not isinstance(made, Composed):
        raise InputError(f'the expression "{expression}" must begin with a retriever: {_names(retrievers)}')
    return made


def _names(retrievers: Mapping[str, Retriever]) -> str:
    return f"one of {', '.join(sorted(retrievers))}"


class _Reader:
    def __init__(self, expression: str, retrievers: Mapping[str, Retriever]) -> None:
        self._expression = expression
        self._retrievers = retrievers

    def read(self, node: ast.expr) -> Any:
        match node:
            case ast.BinOp(left, operator, right) if type(operator) in _OPERATORS:
                return self._joined(node, self.read(left), type(operator), self.read(right))
            case ast.Name(id):
                if id not in self._retrievers:
                    remedy = f"say {id}()" if id in STAGES else f"the retrievers are {_names(self._retrievers)}"
                    raise InputError(f'"{id}" is no retriever in "{self._expression}"; {remedy}')
                return Source(self._retrievers[id], id)
            case ast.Constant(value) if isinstance(value, int | float):
                return value
            case ast.Call(ast.Name(id), arguments, keywords):
                options = {each.arg: ast.literal_eval(each.value) for each in keywords if each.arg is not None}
                if len(options) != len(keywords):
                    raise self._strange(node)
                if id == "fuse":
                    return self._made(fuse, [self.read(each) for each in arguments], options)
                return self._made(STAGES.get(id), [ast.literal_eval(each) for each in arguments], options)
        raise self._strange(node)

    def _joined(self, node: ast.expr, left: Any, operator: type[ast.operator], right: Any) -> Any:
        numbers = isinstance(left, int | float), isinstance(right, int | float)
        wanted = {ast.Mult: ((True, False), (False, True)), ast.Mod: ((False, True),)}.get(operator, ((False, False),))
        if numbers not in wanted:
            raise self._strange(node)
        try:
            return _OPERATORS[operator](left, right)
        except TypeError:
            raise self._strange(node) from None

    def _made(self, maker: Callable[..., Any], arguments: list[Any], options: dict[str, Any]) -> Any:
        try:
            made = maker(*arguments, **options)
        except TypeError as error:
            raise InputError(f'"{self._expression}" does not fit: {error}; correct its arguments') from None
        if not isinstance(made, Stage | Composed):
            raise InputError(f"a stage must be a Stage, but {maker!r} gave {made!r}")
        return made

    def _strange(self, node: ast.expr) -> InputError:
        part = ast.get_source_segment(self._expression.strip(), node) or self._expression
        return InputError(
            f'"{part}" means nothing in "{self._expression}"; an expression has retrievers, stages, numbers and the '
            "operators | + * % >>"
        )
