"""A process of its own for code that a language model wrote: no files, no network, little time and memory.

Two walls, each of which must be climbed. *Before* the code runs its syntax tree is read, and what is not on the list
is refused: imports other than of a few pure modules, attributes that begin with an underscore or belong to frames and
code objects, classes, `str.format`. *Around* it the kernel's limits hold: a fresh Python (`-I -S`) with an empty
environment in an empty folder, which after its own imports may open no file, socket or pipe, write nothing, begin no
process, and is ended when its seconds or megabytes are spent.

What it can't promise: it is no virtual machine. Whoever gets past the first wall runs native Python as this user, and
where this user is root such code could raise the limits again; a fault in Python or the kernel is a way out. Code from
somebody who means harm belongs in a container or a machine of its own.
"""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dsp.errors import CodeError, InputError
from dsp.modules.sandbox_child import MODULES

MAX_CODE = 20_000  # characters
_FRAMES = ("_", "gi_", "cr_", "ag_", "f_", "tb_", "co_", "func_")
_WITHHELD = {"format", "format_map", "mro", "with_traceback"}
_REFUSED = {
    ast.ClassDef: "classes",
    ast.AsyncFunctionDef: "async functions",
    ast.AsyncFor: "async loops",
    ast.AsyncWith: "async blocks",
    ast.Await: "await",
    ast.MatchClass: "class patterns",
}


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Runs code and gives what it printed: `Sandbox().run("print(6 * 7)")`.

        >>> Sandbox().run("import math\\nprint(math.isqrt(1_000_000))")
        '1000'

    `seconds` bound its time (processor time, and twice that and a second more on the clock), `megabytes` its memory.
    Safe from any number of threads: every run is a process. Needs a POSIX system.
    """

    seconds: int = 5
    megabytes: int = 512

    def __post_init__(self) -> None:
        if self.seconds < 1 or self.megabytes < 64:
            raise InputError(
                f"a sandbox needs at least 1 second and 64 megabytes, but got {self.seconds} and {self.megabytes}"
            )

    def run(self, code: str) -> str:
        """What the code prints, without the white space around it.

        Raises CodeError where the code is refused, fails, prints nothing, or takes too long or too much memory.
        """
        check(code)
        if sys.platform == "win32":
            raise InputError("the sandbox needs a POSIX system, but this is Windows; run it in a container")
        folder = tempfile.mkdtemp(prefix="dsp-sandbox-")
        try:
            told = self._told(code, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if told["error"]:
            raise CodeError(f"the code failed: {told['error']}", code=code)
        if not (output := told["output"].strip()):
            raise CodeError("the code must print its result, but printed nothing; end it with print(…)", code=code)
        return output

    def _told(self, code: str, folder: str) -> dict[str, str]:
        child = Path(__file__).with_name("sandbox_child.py")
        command = [sys.executable, "-I", "-S", "-X", "utf8", str(child), str(self.seconds), str(self.megabytes)]
        given = code.encode("utf-8", "replace")
        try:
            done = subprocess.run(
                command,
                input=given,
                capture_output=True,
                cwd=folder,
                env={},
                timeout=2 * self.seconds + 1,
                start_new_session=True,
                check=False,
            )
            told = json.loads(done.stdout)
        except subprocess.TimeoutExpired:
            raise CodeError(f"the code must end within {self.seconds} s, but did not", code=code) from None
        except ValueError:
            raise CodeError(
                f"the code must end within {self.seconds} s and {self.megabytes} MB, but its process was ended "
                f"(status {done.returncode})",
                code=code,
            ) from None
        return {"output": str(told["output"]), "error": str(told["error"])}


def check(code: str) -> None:
    """Raises CodeError for code that is no Python, too long, or holds what is not on the list."""
    if len(code) > MAX_CODE:
        raise CodeError(f"the code may have {MAX_CODE} characters, but has {len(code)}; write less", code=code)
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise CodeError(f"the code is no Python: {error}", code=code) from error
    for node in ast.walk(tree):
        if problem := _problem(node):
            raise CodeError(f"the code may not hold {problem} (line {getattr(node, 'lineno', 1)})", code=code)


def _problem(node: ast.AST) -> str:
    match node:
        case ast.Import(names=names):
            unknown = [each.name for each in names if each.name not in MODULES]
            return f"import {', '.join(unknown)}; it may import {', '.join(MODULES)}" if unknown else ""
        case ast.ImportFrom(module=module, level=level, names=names):
            if level or module not in MODULES:
                return f"import from {module or '.'}; it may import {', '.join(MODULES)}"
            return "names that begin with _" if any(each.name.startswith("_") for each in names) else ""
        case ast.Attribute(attr=name) if name in _WITHHELD:
            return f"the attribute {name}; write f-strings" if name.startswith("format") else f"the attribute {name}"
        case ast.Attribute(attr=name) if name.startswith(_FRAMES):
            return f"the attribute {name}"
        case ast.Name(id=name) if name.startswith("__"):
            return f"the name {name}"
        case _:
            return _REFUSED.get(type(node), "")
