"""What can be known of a program without running it: what it calls, what it is given and what it gives.

Modules and signatures are there to be looked at; how they are wired is read from the source of `forward`, where that is
at hand. Only what is plainly written is understood: `self.part(name=…)`, `self.parts[0]`, `self.helper(…)`, a result
kept in a name that is assigned once, `return dsp.Prediction(…)`. Whatever else a program does, nothing is said of it.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dsp.checking.changed import changed_later, is_self
from dsp.checking.source import Source, source_of
from dsp.modules.best_of_n import BestOfN
from dsp.modules.ensemble import Ensemble
from dsp.modules.majority import Majority
from dsp.modules.module import Module, Predictor, body_of
from dsp.modules.nearest_demos import NearestDemos
from dsp.modules.predict import OF_A_CALL
from dsp.modules.refine import Refine
from dsp.prompts.fields import MISSING
from dsp.types.prediction import Prediction

_CALLS = frozenset({"acall", "forward", "aforward"})
_COPIES = frozenset({"copy", "with_"})
_DEPTH = 5  # of methods that call methods, and of results that are made of results


@dataclass(frozen=True)
class Called:
    """One place in the source where a part of a module is called; `sure` to be reached whenever the module runs."""

    node: ast.Call
    source: Source
    target: Module
    sure: bool


class Read:
    """A module as it can be read: its methods that run, from its body on, and the parts that they call."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.is_ours = type(module).__module__.partition(".")[0] == "dsp"

    @cached_property
    def methods(self) -> list[tuple[Source, bool]]:
        """The sources of its body and of the methods that it calls, each with whether it is sure to run."""
        name = "forward" if type(self.module).forward is not Module.forward else "aforward"
        if name in vars(self.module) or isinstance(self.module, Predictor) or _is_called_otherwise(self.module):
            return []
        found: dict[int, tuple[Source, bool]] = {}
        self._follow(getattr(type(self.module), name), True, found)
        return list(found.values())

    def _follow(self, function: Callable[..., Any], sure: bool, found: dict[int, tuple[Source, bool]]) -> None:
        source = source_of(function)
        if source is None or not source.parameters:
            return
        known = found.get(id(source))
        if known is not None and (known[1] or not sure):
            return
        found[id(source)] = (source, sure)
        for node in source.nodes():
            if isinstance(node, ast.Call) and (method := self._method(source, node.func)) is not None:
                self._follow(method, sure and source.is_sure(node), found)

    def _method(self, source: Source, node: ast.expr) -> Callable[..., Any] | None:
        if isinstance(node, ast.Attribute) and is_self(source, node.value) and node.attr not in vars(self.module):
            method = getattr(type(self.module), node.attr, None)
            return method if inspect.isfunction(method) and not hasattr(Module, node.attr) else None
        return None

    @cached_property
    def calls(self) -> list[Called]:
        """Every call of a part that the source names."""
        return [
            Called(node, source, target, sure and source.is_sure(node))
            for source, sure in self.methods
            for node in source.nodes()
            if isinstance(node, ast.Call)
            and (target := self.target(source, node.func)) is not None
            and not asks_otherwise(node, target)
        ]

    def target(self, source: Source, node: ast.expr) -> Module | None:
        """The part that is called by that expression, where it is sure to be that one."""
        if isinstance(node, ast.Attribute) and node.attr in _CALLS:
            node = node.value
        found = self._part(source, node)
        return found if isinstance(found, Module) and found is not self.module else None

    def _part(self, source: Source, node: ast.expr) -> Any:
        if is_self(source, node):
            return self.module
        if isinstance(node, ast.Attribute):
            holder = self._part(source, node.value)
            kind: Any = type(holder)
            if isinstance(holder, Module) and node.attr not in changed_later(kind):
                return vars(holder).get(node.attr)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            holder, key = self._part(source, node.value), node.slice.value
            if isinstance(holder, dict):
                return holder.get(key)
            if isinstance(holder, list | tuple) and isinstance(key, int) and -len(holder) <= key < len(holder):
                return holder[key]
        return None

    # what it gives
    @cached_property
    def outputs(self) -> frozenset[str] | None:
        """The fields of its predictions; None where they are not known for certain."""
        return self._outputs(0)

    def _outputs(self, depth: int) -> frozenset[str] | None:
        if isinstance(self.module, Predictor):
            return frozenset(self.module.signature.output_fields) if is_plain(self.module) else None
        if (inner := wrapped(self.module)) is not None:
            return Read(inner)._outputs(depth + 1) if depth < _DEPTH else None
        if not self.methods or depth > _DEPTH:
            return None
        return self._returned(self.methods[0][0], depth)

    def _returned(self, source: Source, depth: int) -> frozenset[str] | None:
        every: set[str] = set()
        returns = [node for node in own_nodes(source.tree) if isinstance(node, ast.Return)]
        for node in returns:
            fields = self._fields(source, node.value, depth) if node.value is not None else None
            if fields is None:
                return None
            every |= fields
        return frozenset(every) if returns else None

    def _fields(self, source: Source, node: ast.expr, depth: int) -> frozenset[str] | None:
        """The fields of the prediction that an expression gives."""
        if isinstance(node, ast.Await):
            return self._fields(source, node.value, depth)
        if isinstance(node, ast.Name):
            return self._kept(source, node.id, depth)
        if not isinstance(node, ast.Call) or any(each.arg is None for each in node.keywords) or depth > _DEPTH:
            return None
        given = frozenset(str(each.arg) for each in node.keywords)
        if (target := self.target(source, node.func)) is not None:
            return Read(target)._outputs(depth + 1) if not asks_otherwise(node, target) else None
        if (method := self._method(source, node.func)) is not None:
            made = source_of(method)
            return self._returned(made, depth + 1) if made is not None else None
        if isinstance(node.func, ast.Attribute) and node.func.attr in _COPIES and not node.args:
            base = self._fields(source, node.func.value, depth + 1)
            return base | given if base is not None else None
        made_by = source.named(node.func)
        if isinstance(made_by, type) and issubclass(made_by, Prediction) and not node.args:
            return given - {"completions"}
        return None

    def _kept(self, source: Source, name: str, depth: int) -> frozenset[str] | None:
        """The fields of a prediction that is kept in a name, where the name is assigned once and nothing else is done
        with it than reading and setting fields, copying and returning it."""
        uses = uses_of(source, name)
        if uses is None or uses.is_passed_on:
            return None
        base = self._fields(source, uses.value, depth + 1)
        return base | uses.written if base is not None else None

    def mentioned(self) -> set[str]:
        """Every name that the source of its class writes; of `__init__`, the attributes that it reads.

        It is what a prediction of its own making could hold, and which of its parts it could call.
        """
        names: set[str] = set()
        for each in type(self.module).__mro__:
            if each.__module__.partition(".")[0] in ("dsp", "builtins"):
                continue
            for name, function in vars(each).items():
                source = source_of(function) if inspect.isfunction(function) else None
                for node in source.nodes() if source is not None else ():
                    if name != "__init__" or (isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)):
                        names |= _names_in(node)
        return names


@dataclass(frozen=True)
class Uses:
    """What a function does with a name that it assigns once: fields read and written, and whether it goes elsewhere."""

    value: ast.expr
    read: Mapping[str, ast.AST]
    written: frozenset[str]
    is_passed_on: bool
    is_returned: bool


def uses_of(source: Source, name: str) -> Uses | None:
    """None where the name is not assigned exactly once, as a whole."""
    values = [
        node.value
        for node in source.nodes()
        if isinstance(node, ast.Assign)
        and [ast.dump(each) for each in node.targets] == [f"Name(id={name!r}, ctx=Store())"]
    ]
    stores = [n for n in source.nodes() if isinstance(n, ast.Name) and n.id == name and not isinstance(n.ctx, ast.Load)]
    if len(values) != 1 or len(stores) != 1 or name in source.parameters:
        return None
    read: dict[str, ast.AST] = {}
    written: set[str] = set()
    passed_on = returned = False
    parents = {id(child): node for node in ast.walk(source.tree) for child in ast.iter_child_nodes(node)}
    for node in source.nodes():
        if not (isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)):
            continue
        match parents[id(node)]:
            case ast.Attribute(attr=attr, ctx=ast.Store()):
                written.add(attr)
            case ast.Subscript(slice=ast.Constant(value=str(key)), ctx=ast.Store()):
                written.add(key)
            case ast.Attribute(attr=attr, ctx=ast.Load()) as parent if attr in _COPIES:
                returned = True
            case ast.Attribute(attr=attr, ctx=ast.Load()) as parent if not hasattr(Prediction, attr):
                read.setdefault(attr, parent)
            case ast.Attribute(attr="completions", ctx=ast.Load()):
                returned = True
            case ast.Subscript(slice=ast.Constant(value=str(key)), ctx=ast.Load()) as parent:
                read.setdefault(key, parent)
            case ast.Return():
                returned = True
            case _:
                passed_on = True
    return Uses(values[0], read, frozenset(written), passed_on, returned)


def wrapped(module: Module) -> Module | None:
    """The program whose predictions a wrapper of ours gives as its own."""
    if isinstance(module, Ensemble):
        return module.programs[0] if module.programs else None
    if isinstance(module, Majority | NearestDemos):
        return module.program
    return module.module if isinstance(module, BestOfN | Refine) else None


def is_plain(predictor: Predictor) -> bool:
    """Whether it takes its signature's inputs and gives its outputs: nobody wrote a `forward` of its own."""
    return type(predictor).forward.__module__ == "dsp.modules.predict" and "forward" not in vars(predictor)


@dataclass(frozen=True)
class Inputs:
    """What a module takes by name: those that it needs, and all; `every` is None where it takes any."""

    needed: tuple[str, ...]
    every: frozenset[str] | None


def inputs_of(module: Module) -> Inputs | None:
    """None where it is not known."""
    if _is_called_otherwise(module):
        return None
    if isinstance(module, Predictor):
        if not is_plain(module):
            return None
        fields = module.signature.input_fields
        needed = [name for name, field in fields.items() if field.default is MISSING and not field.optional]
        return Inputs(tuple(needed), frozenset({*fields, *OF_A_CALL}))
    if (inner := wrapped(module)) is not None:
        return inputs_of(inner)
    try:
        parameters = inspect.signature(body_of(module), follow_wrapped=False).parameters.values()
    except (TypeError, ValueError):
        return None
    by_name = [each for each in parameters if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
    needed = [each.name for each in by_name if each.default is each.empty]
    takes_any = any(each.kind is each.VAR_KEYWORD for each in parameters)
    return Inputs(tuple(needed), None if takes_any else frozenset(each.name for each in by_name))


def asks_otherwise(call: ast.Call, target: Module) -> bool:
    """Whether the call gives a predictor another signature than its own, which says what it takes and makes then."""
    named = {each.arg for each in call.keywords}
    return isinstance(target, Predictor) and "signature" in named - set(target.signature.input_fields)


def reached(program: Module) -> list[Module]:
    """The modules that are sure to be called whenever the program is, itself first.

    What a module of ours holds it also calls.
    """
    found: dict[int, Module] = {}
    waiting = [program]
    while waiting:
        module = waiting.pop()
        if id(module) in found:
            continue
        found[id(module)] = module
        read = Read(module)
        if read.is_ours:
            waiting += [part for _, part in module.named_sub_modules()]
        else:
            waiting += [called.target for called in read.calls if called.sure]
    return list(found.values())


def _is_called_otherwise(module: Module) -> bool:
    """Whether its class has a call of its own, which need not run the body."""
    return type(module).__call__ is not Module.__call__ or type(module).acall is not Module.acall


def own_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function, without those of functions inside it."""
    for child in ast.iter_child_nodes(tree):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            yield from own_nodes(child)


def _names_in(node: ast.AST) -> set[str]:
    match node:
        case ast.Attribute(attr=name) | ast.keyword(arg=str(name)) | ast.Constant(value=str(name)) | ast.Name(id=name):
            return {name}
    return set()
