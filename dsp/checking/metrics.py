"""What a metric asks for, read from its source: fields of the example, and fields of the prediction."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dsp.checking.changed import SETTING
from dsp.checking.program import Read
from dsp.checking.report import Problem, error, warning
from dsp.checking.source import Source, source_of
from dsp.modules.module import Module
from dsp.types.example import Example
from dsp.types.prediction import Prediction

_GOLD = {"answer", "answers"}
_DEPTH = 4  # of functions that hand the example or the prediction on


@dataclass(slots=True)
class Asked:
    """Fields that are read of one argument: `needed` are sure to be read and must be there; `wanted` may be absent.

    `sometimes` where a read may not happen at all; `unknown` where the argument also goes where it cannot be followed,
    `changed` where fields of it are set.
    """

    needed: set[str] = field(default_factory=set)
    wanted: set[str] = field(default_factory=set)
    sometimes: bool = False
    unknown: bool = False
    changed: bool = False

    @property
    def every(self) -> set[str]:
        return self.needed | self.wanted


def metric_problems(
    program: object, metrics: Mapping[str, Callable[..., Any]], examples: Sequence[Example]
) -> Iterator[Problem]:
    """Metrics that ask for a field that the program does not make, or that the examples do not have."""
    read = Read(program) if isinstance(program, Module) else None
    for name, metric in metrics.items():
        applies_to = getattr(metric, "applies_to", None)
        judged = examples if applies_to is None else [example for example in examples if applies_to(example)]
        if applies_to is not None and not judged:
            continue
        asked = asked_by(metric)
        if read is not None:
            yield from _of_prediction(name, asked[1], read, selective=applies_to is not None)
        if judged:
            yield from _of_examples(name, metric, asked[0], judged)


def asked_by(metric: Callable[..., Any]) -> tuple[Asked, Asked]:
    """What it asks of the example, and of the prediction."""
    plain = inspect.isfunction(metric) or inspect.ismethod(metric)
    function: Any = metric if plain else _inherited_call(metric)
    of_example, of_prediction = Asked(), Asked()
    source = source_of(function) if function is not None and not isinstance(metric, Module) else None
    if source is None:
        return Asked(unknown=True), Asked(unknown=True)
    names = source.parameters if inspect.isfunction(metric) else source.parameters[1:]
    for place, asked in enumerate((of_example, of_prediction)):
        if place < len(names):
            _follow(source, names[place], asked, True, 0)
        else:
            asked.unknown = True
    return of_example, of_prediction


def _follow(source: Source, name: str, asked: Asked, sure: bool, depth: int) -> None:
    parents = {id(child): node for node in ast.walk(source.tree) for child in ast.iter_child_nodes(node)}
    named = [node for node in source.nodes() if isinstance(node, ast.Name) and node.id == name]
    if any(_is_changed(node, parents) for node in named):  # what is read of it may be what was set
        asked.unknown = asked.changed = True
        return
    for node in named:
        above = parents[id(node)]
        match above:
            case ast.Attribute(attr="get") if _got(parents[id(above)]) is not None:
                asked.wanted.add(str(_got(parents[id(above)])))
                asked.sometimes |= not (sure and source.is_sure(node))
            case ast.Attribute(attr=attr) if hasattr(Prediction, attr):
                asked.unknown = True
            case (
                ast.Attribute(attr=key, ctx=ast.Load())
                | ast.Subscript(slice=ast.Constant(value=str(key)), ctx=ast.Load())
            ):
                always = sure and source.is_sure(above)
                (asked.needed if always else asked.wanted).add(key)
                asked.sometimes |= not always
            case ast.Call() if depth < _DEPTH and (given := _handed_on(source, above, node)) is not None:
                _follow(*given, asked, sure and source.is_sure(above), depth + 1)
            case _:
                asked.unknown = True


def _is_changed(node: ast.Name, parents: Mapping[int, ast.AST]) -> bool:
    """Whether the argument is another thing afterwards: assigned anew, a field of it set, or handed to a `setattr`."""
    above = parents[id(node)]
    if not isinstance(node.ctx, ast.Load):
        return True
    if isinstance(above, ast.Attribute | ast.Subscript) and above.value is node:
        return not isinstance(above.ctx, ast.Load) or getattr(above, "attr", "") == "update"
    return isinstance(above, ast.Call) and isinstance(above.func, ast.Name) and above.func.id in SETTING


def _inherited_call(metric: object) -> Callable[..., Any] | None:
    """The `__call__` of an object's class, wherever it stands."""
    return next((vars(each)["__call__"] for each in type(metric).__mro__ if "__call__" in vars(each)), None)


def _got(node: ast.AST) -> str | None:
    """The field of `….get("field")`."""
    match node:
        case ast.Call(args=[ast.Constant(value=str(key)), *_]):
            return key
    return None


def _handed_on(source: Source, call: ast.Call, node: ast.Name) -> tuple[Source, str] | None:
    """The function that is called with the argument, and what it calls it there."""
    function = source.named(call.func)
    inner = source_of(function) if inspect.isfunction(function) else None
    if inner is None or node not in call.args or any(isinstance(each, ast.Starred) for each in call.args):
        return None
    place = call.args.index(node)
    return (inner, inner.parameters[place]) if place < len(inner.parameters) else None


def _of_prediction(name: str, asked: Asked, read: Read, *, selective: bool) -> Iterator[Problem]:
    where, made = f"metric {name}", read.outputs
    if asked.changed:
        return
    if made is not None:
        lacking = sorted(asked.needed - made)
        makes = f"this program makes {', '.join(sorted(made)) or 'none'}"
        if lacking:
            yield error(
                where, f"asks for {', '.join(lacking)} of the prediction, but {makes}; return it, or choose another"
            )
        elif asked.wanted and not (asked.unknown or asked.sometimes or selective) and not asked.every & made:
            wanted = " or ".join(sorted(asked.every))
            yield error(where, f"scores the prediction's {wanted}, but {makes}; return it, or choose another metric")
        return
    could = read.mentioned() | {field for each in read.module.predictors() for field in each.signature.output_fields}
    others = [part for _, part in read.module.named_sub_modules() if part is not read.module]
    for other in others:
        could |= Read(other).mentioned()
    lacking = sorted(asked.needed - could)
    if lacking and not read.is_ours and read.methods:
        yield warning(
            where, f"asks for {', '.join(lacking)} of the prediction, which nothing in this program seems to make"
        )


def _of_examples(name: str, metric: Callable[..., Any], asked: Asked, examples: Sequence[Example]) -> Iterator[Problem]:
    where = f"metric {name}"
    for wanted in sorted(asked.needed) if not asked.changed else ():
        lacking = [number for number, example in enumerate(examples, 1) if wanted not in example]
        if lacking:
            share = f"{len(lacking)} of {len(examples)} examples lack it, the first is number {lacking[0]}"
            yield error(
                where, f"asks for {wanted} of the example, but {share}; add it to the data, or choose another metric"
            )
    # those of ours that score against a gold answer raise where there is none
    if asked.wanted == _GOLD and getattr(metric, "__module__", "").startswith("dsp.evaluate."):
        lacking = [
            number
            for number, example in enumerate(examples, 1)
            if not any(example.get(key) is not None for key in asked.wanted)
        ]
        if lacking:
            yield error(
                where,
                f"scores against the example's {' or '.join(sorted(asked.wanted))}, but {len(lacking)} of "
                f"{len(examples)} examples have none, the first is number {lacking[0]}; add it to the data, or choose "
                "another metric",
            )
