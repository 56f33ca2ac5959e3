"""How fields flow through a program: inputs that nobody gives or reads, outputs that nobody makes or reads."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator

from dsp.checking.program import Called, Read, asks_otherwise, inputs_of, is_plain, uses_of
from dsp.checking.report import Problem, problem, warning
from dsp.checking.source import Source
from dsp.modules.module import Module, Predictor, body_of
from dsp.modules.predict import OF_A_CALL
from dsp.types.prediction import Prediction

SCRATCH = ("reasoning", "rationale", "thought", "steps", "plan", "notes")
"""How outputs are called that are there for the model to think in, and for nobody to read."""

_DYNAMIC = frozenset({"getattr", "vars", "predictors", "named_predictors", "named_sub_modules", "__dict__"})


def flow_problems(program: Module) -> Iterator[Problem]:
    """What is wrong with how the program's own modules call their parts; those of dsp are passed over."""
    every = [(path, Read(module)) for path, module in program.named_sub_modules()]
    mentioned = {name for _, read in every for name in read.mentioned()}
    for path, read in every:
        if read.is_ours or isinstance(read.module, Predictor):
            continue
        for called in read.calls:
            yield from _call_problems(path, read, called)
        for source, sure in read.methods:
            yield from _read_problems(path, read, source, sure)
        yield from _unread_inputs(path, read)
        yield from _unread_outputs(path, read)
        yield from _never_called(path, read, mentioned)


def _call_problems(path: str, read: Read, called: Called) -> Iterator[Problem]:
    """A part that is called without an input that it needs, or with one that it does not take."""
    inputs = inputs_of(called.target)
    if inputs is None or any(isinstance(each, ast.Starred) for each in called.node.args):
        return
    where, what = f"{path}, line {_line(called.source, called.node)}", ast.unparse(called.node.func)
    given = [each.arg for each in called.node.keywords if each.arg is not None]
    gives_more = len(given) < len(called.node.keywords)
    if called.node.args and isinstance(called.target, Predictor):
        text = (
            f"{what} takes its inputs by name, but gets {len(called.node.args)} without; write {_named(inputs.needed)}"
        )
        yield problem(called.sure, where, text)
        return
    placed = _placed(called.target)[: len(called.node.args)]
    missing = [name for name in inputs.needed if name not in given and name not in placed]
    if missing and not gives_more:
        text = f"{what} needs the input {', '.join(missing)}, which nobody gives; write {_named(missing)}"
        yield problem(called.sure, where, text)
    unknown = [name for name in given if inputs.every is not None and name not in inputs.every]
    if unknown:
        takes = ", ".join(sorted((inputs.every or frozenset()) - set(OF_A_CALL))) or "none"
        text = f"{what} is given {', '.join(unknown)}, but takes {takes}; leave it out, or add it to the signature"
        yield problem(called.sure, where, text)


def _read_problems(path: str, read: Read, source: Source, sure: bool) -> Iterator[Problem]:
    """A field that is read of a predictor's prediction, and that the predictor does not make."""
    for target, fields in _reads(read, source):
        made = target.signature.output_fields
        for name, node in fields.items():
            if name not in made and not hasattr(Prediction, name):
                yield problem(
                    sure and source.is_sure(node),
                    f"{path}, line {_line(source, node)}",
                    f"`{ast.unparse(node)}` reads {name}, which nobody makes; the predictor makes {', '.join(made)}",
                )


def _reads(read: Read, source: Source) -> Iterator[tuple[Predictor, dict[str, ast.AST]]]:
    """The predictors whose predictions the function reads, each with the fields that it reads and where."""
    for node in source.nodes():
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            if (target := _predictor(read, source, node.value)) is not None:
                yield target, {node.attr: node}
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            target, uses = _predictor(read, source, node.value), uses_of(source, node.targets[0].id)
            if target is not None and uses is not None:
                yield target, {name: at for name, at in uses.read.items() if name not in uses.written}


def _unread_inputs(path: str, read: Read) -> Iterator[Problem]:
    """An input of the module that its body never reads."""
    if not read.methods:
        return
    source = read.methods[0][0]
    names = {node.id for node in source.nodes() if isinstance(node, ast.Name)}
    calls = {node.func.id for node in source.nodes() if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    if calls & {"locals", "vars", "eval", "exec"} or all(
        isinstance(each, ast.Expr | ast.Raise) for each in source.tree.body
    ):
        return
    for name in source.parameters[1:]:
        if name not in names and not name.startswith("_"):
            yield warning(path, f"nobody reads its input {name}; use it in {source.tree.name}, or take it away")


def _unread_outputs(path: str, read: Read) -> Iterator[Problem]:
    """An output of a predictor that no caller reads, where every use of its predictions is plain to see."""
    read_of: dict[int, set[str] | None] = {}
    targets: dict[int, Predictor] = {}
    for called in read.calls:
        if not isinstance(called.target, Predictor) or not is_plain(called.target):
            continue
        key = id(called.target)
        targets[key] = called.target
        fields = _fields_read_of(called)
        known = read_of.setdefault(key, set())
        read_of[key] = None if fields is None or known is None else known | fields
    names = {id(part): name for name, part in read.module.named_predictors()}
    for key, fields in read_of.items():
        if fields is None:
            continue
        made = targets[key].signature.output_fields
        unread = [name for name in made if name not in fields and not any(word in name.lower() for word in SCRATCH)]
        if unread:
            yield warning(
                path,
                f"nobody reads {', '.join(unread)} of {names.get(key, 'a predictor')}, and every call pays for it; "
                "use it, or take it out of the signature",
            )


def _fields_read_of(called: Called) -> set[str] | None:
    """The fields that are read of one call's prediction; None where it goes further than can be seen."""
    source, node = called.source, called.node
    parents = {id(child): each for each in ast.walk(source.tree) for child in ast.iter_child_nodes(each)}
    above = parents.get(id(node))
    inner: ast.AST = node
    if isinstance(above, ast.Await):
        inner, above = above, parents.get(id(above))
    if isinstance(above, ast.Attribute) and not hasattr(Prediction, above.attr):
        return {above.attr}
    if isinstance(above, ast.Subscript) and isinstance(above.slice, ast.Constant) and above.value is inner:
        return {str(above.slice.value)}
    if isinstance(above, ast.Assign) and len(above.targets) == 1 and isinstance(above.targets[0], ast.Name):
        uses = uses_of(source, above.targets[0].id)
        if uses is not None and not uses.is_passed_on and not uses.is_returned:
            return set(uses.read)
    return None


def _never_called(path: str, read: Read, mentioned: set[str]) -> Iterator[Problem]:
    """A predictor in an attribute that no class of the program ever mentions outside `__init__`."""
    if not read.methods or mentioned & _DYNAMIC:
        return
    for name, part in vars(read.module).items():
        if isinstance(part, Predictor) and name not in mentioned:
            yield warning(path, f"its predictor {name} is never called; call it, or take it away")


def _predictor(read: Read, source: Source, node: ast.expr) -> Predictor | None:
    if isinstance(node, ast.Await):
        node = node.value
    target = read.target(source, node.func) if isinstance(node, ast.Call) else None
    if not isinstance(target, Predictor) or not is_plain(target):
        return None
    return None if isinstance(node, ast.Call) and asks_otherwise(node, target) else target


def _placed(target: Module) -> list[str]:
    """The names of what a module takes by position."""
    if isinstance(target, Predictor):
        return []
    parameters = inspect.signature(body_of(target), follow_wrapped=False).parameters.values()
    return [each.name for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]


def _line(source: Source, node: ast.AST) -> int:
    return source.function.__code__.co_firstlineno + getattr(node, "lineno", 1) - 1


def _named(names: object) -> str:
    return ", ".join(f"{name}=…" for name in names) if isinstance(names, list | tuple) else ""
