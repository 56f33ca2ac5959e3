"""What runs inside the sandbox's process: limits first, then the code. It is started by `dsp.modules.sandbox` alone.

Run as `python -I -S sandbox_child.py SECONDS MEGABYTES`, with the code on standard input and a JSON object
`{"output", "error"}` on standard output. It imports nothing of dsp's.
"""

from __future__ import annotations

import builtins
import importlib
import json
import sys
import types
from typing import Any

MODULES = (
    "bisect", "calendar", "cmath", "collections", "datetime", "decimal", "fractions", "functools", "heapq", "itertools",
    "json", "math", "random", "re", "statistics", "string",
)  # fmt: skip
WITHHELD = {
    "functools": {"update_wrapper", "wraps", "singledispatch", "singledispatchmethod", "cached_property"},
    "json": {"dump", "load"},
    "string": {"Formatter"},
    "calendar": {"TextCalendar", "HTMLCalendar", "LocaleTextCalendar", "LocaleHTMLCalendar"},
}
BUILTINS = frozenset(
    {
        *("abs", "all", "any", "ascii", "bin", "bool", "bytearray", "bytes", "callable", "chr", "complex", "dict"),
        *("divmod", "enumerate", "filter", "float", "frozenset", "hash", "hex", "int", "isinstance", "issubclass"),
        *("iter", "len", "list", "map", "max", "min", "next", "oct", "ord", "pow", "range", "repr", "reversed"),
        *("round", "set", "slice", "sorted", "str", "sum", "tuple", "zip"),
        *("ArithmeticError", "AssertionError", "AttributeError", "Exception", "IndexError", "KeyError", "LookupError"),
        *("NameError", "OverflowError", "RecursionError", "RuntimeError", "StopIteration", "TypeError", "ValueError"),
        "ZeroDivisionError",
    }
)
MAX_OUTPUT = 65_536  # characters


class TooMuchOutputError(Exception):
    """The code printed more than anybody reads."""


def main() -> None:
    seconds, megabytes = int(sys.argv[1]), int(sys.argv[2])
    code = sys.stdin.read()
    modules = {name: _public(name) for name in MODULES}
    _load_the_lazy()
    _limit(seconds, megabytes)
    printed: list[str] = []
    error = ""
    try:
        exec(compile(code, "<code>", "exec"), _globals(modules, printed))
    except BaseException as fault:  # noqa: BLE001 - whatever the code raises is told to the one who started it
        line = _line_of(fault)
        error = f"{type(fault).__name__}: {fault}"[:2000] + (f" (line {line})" if line else "")
    sys.stdout.write(json.dumps({"output": "".join(printed)[:MAX_OUTPUT], "error": error}))
    sys.stdout.flush()


def _load_the_lazy() -> None:
    """What Python would load only when it is first needed, and can't any more once nothing may be opened."""
    for name in ("_strptime", "unicodedata"):
        importlib.import_module(name)
    for encoding in ("ascii", "latin-1", "utf-8", "utf-16", "utf-32"):
        "".encode(encoding)


def _limit(seconds: int, megabytes: int) -> None:
    """No file, socket or pipe can be opened, no process begun; time and memory are bounded."""
    import resource

    for what, most in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, megabytes * 1024 * 1024),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _public(name: str) -> types.SimpleNamespace:
    """A module's public names alone: through the module itself its own imports could be reached."""
    module = importlib.import_module(name)
    names = getattr(module, "__all__", None) or [each for each in vars(module) if not each.startswith("_")]
    kept = {each: getattr(module, each) for each in names if each not in WITHHELD.get(name, ())}
    return types.SimpleNamespace(
        **{each: value for each, value in kept.items() if not isinstance(value, types.ModuleType)}
    )


def _globals(modules: dict[str, types.SimpleNamespace], printed: list[str]) -> dict[str, Any]:
    length = 0

    def show(*values: object, sep: str = " ", end: str = "\n") -> None:
        nonlocal length
        text = sep.join(map(str, values)) + end
        length += len(text)
        printed.append(text)
        if length > MAX_OUTPUT:
            raise TooMuchOutputError(f"the code may print {MAX_OUTPUT} characters; print less")

    def bring(name: str, _globals: object = None, _locals: object = None, fromlist: object = (), level: int = 0) -> Any:
        if name == "_strptime":  # asked for by datetime itself; code that asks for it is refused before
            return importlib.import_module(name)
        if level or name not in modules:
            raise ImportError(f"{name} may not be imported here")
        return modules[name]

    allowed = {name: getattr(builtins, name) for name in BUILTINS}
    return {"__builtins__": {**allowed, "print": show, "__import__": bring}, "__name__": "code"}


def _line_of(fault: BaseException) -> int:
    line, trace = 0, fault.__traceback__
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == "<code>" else line
        trace = trace.tb_next
    return line


if __name__ == "__main__":
    main()
