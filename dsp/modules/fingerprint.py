"""What a program's code was when it was saved: a digest for every class of its modules, and for what it holds.

A class goes by its name, its code by the SHA-256 of its source as Python reads it: comments, blank lines and docstrings
don't count. Functions outside the classes that a program calls are not covered. A class without a source at hand
(typed into an interpreter) has no digest, and nothing is said of it.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from dsp.modules.tree import Node, walk

PARTS = {"signature": "the instructions and fields", "demos": "the demonstrations", "config": "the settings"}
_DIGITS = 16  # of a digest: enough to tell, and to be read


def code_of(program: Node) -> dict[str, dict[str, str]]:
    """The class of each module by its path, and the digest of each class's code, its base classes included."""
    modules = {path or "self": type(node) for path, node in walk(program)}
    classes = dict.fromkeys(each for made in modules.values() for each in _own_classes(made))
    return {
        "modules": {path: made.__qualname__ for path, made in modules.items()},
        "classes": {made.__qualname__: digest for made in classes if (digest := _digest_of_class(made))},
    }


def digests_of(states: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """For each predictor's state a digest of its signature, of its demonstrations and of its settings."""
    return {
        name: {part: digest(state.get(part)) for part in PARTS} for name, state in states.items() if _is_object(state)
    }


def digest(value: Any) -> str:
    """Of a JSON value; empty where it is nested too deep to be written."""
    try:
        text = json.dumps(value, sort_keys=True)
    except RecursionError:
        return ""
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def changed_code(program: Node, saved: Any) -> list[str]:
    """What differs between the program's code and that of a saved one, in words; nothing where all is as it was."""
    if not _is_object(saved):
        return []
    now, then = code_of(program), {key: saved.get(key) for key in ("modules", "classes")}
    if not all(map(_is_object, then.values())):
        return ['"code" is not as dsp writes it']
    paths, found = now["modules"], []
    for path in (*(path for path in then["modules"] if path not in paths), *paths):
        was, now_is = then["modules"].get(path), paths.get(path)
        if was != now_is:
            found.append(f"{path} was {_named(was)} and is {_named(now_is)}")
    for name, was in then["classes"].items():
        if now["classes"].get(name, was) != was:
            where = ", ".join([path for path, made in paths.items() if made == name][:3])
            found.append(f"the code of the class {name} {f'({where}) ' if where else ''}has changed")
    return found


def edits(states: Mapping[str, Any], saved: Any) -> list[str]:
    """Which parts of the states were edited after they were saved, in words."""
    if not _is_object(saved):
        return []
    now = digests_of(states)
    return [
        f"{words} of {name} were edited"
        for name, was in saved.items()
        if _is_object(was) and name in now
        for part, words in PARTS.items()
        if part in was and now[name][part] != was[part] and now[name][part]
    ]


def _own_classes(made: type) -> Iterator[type]:
    """The class and its bases, up to those that all modules share."""
    for each in made.__mro__:
        if each is Node or each.__module__ == "dsp.modules.module":
            return
        yield each


def _digest_of_class(made: type) -> str:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(made)))
    except (OSError, TypeError, SyntaxError):
        return ""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and ast.get_docstring(node) is not None
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return digest(ast.unparse(tree))


def _named(name: object) -> str:
    return f"a {name}" if name is not None else "missing"


def _is_object(value: object) -> bool:
    return isinstance(value, Mapping)
