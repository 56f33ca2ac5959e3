from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsp.errors import CodeError, InputError
from dsp.modules import sandbox_child
from dsp.modules.sandbox import MAX_CODE, Sandbox, check

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the sandbox needs a POSIX system")


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("print(sum(range(10)))", "45"),
        ("import math as m, statistics\nprint(m.pi > 3, statistics.mean([1, 2]))", "True 1.5"),
        ("from collections import Counter, namedtuple\nprint(Counter('aab').most_common(1))", "[('a', 2)]"),
        ("from datetime import datetime\nprint(datetime.strptime('2020-02-28', '%Y-%m-%d').day)", "28"),
        ("def f(n):\n    return n if n < 2 else f(n - 1) + f(n - 2)\nprint(f(12))", "144"),
        ("try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    print('caught', e)", "caught division by zero"),
        ("import re\nprint(re.findall(r'\\d+', 'a1b22'), 'ü'.encode('latin-1'))", "['1', '22'] b'\\xfc'"),
        ("from math import *\nprint(floor(2.5), 'Žluť')", "2 Žluť"),
    ],
)
def test_it_gives_what_the_code_prints(code: str, printed: str) -> None:
    assert Sandbox().run(code) == printed


@given(values=st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=5))
@settings(max_examples=10)
def test_it_counts_as_python_does(values: list[int]) -> None:
    assert Sandbox().run(f"print(sum({values}), max({values}))") == f"{sum(values)} {max(values)}"


REFUSED = {
    "import os": "import os",
    "import math, subprocess": "import subprocess",
    "from socket import socket": "import from socket",
    "from . import x": "import from .",
    "from random import _os": "names that begin with _",
    "().__class__": "attribute __class__",
    "__builtins__": "name __builtins__",
    "import random\nrandom._os": "attribute _os",
    "(x for x in []).gi_frame": "attribute gi_frame",
    "try:\n    1 / 0\nexcept Exception as e:\n    e.tb_frame": "attribute tb_frame",
    "'{0.__class__}'.format(1)": "attribute format; write f-strings",
    "class A:\n    pass": "classes",
    "async def f():\n    pass": "async functions",
    "match 1:\n    case int(real=x):\n        pass": "class patterns",
    "print(": "no Python",
    "x = " + "(" * 5000: "no Python",
    "#" * (MAX_CODE + 1): "may have",
    "print('\0')": "no Python",
}


@pytest.mark.parametrize("code", REFUSED, ids=[problem[:30] for problem in REFUSED.values()])
def test_what_is_not_on_the_list_is_refused_before_anything_runs(code: str) -> None:
    with pytest.raises(CodeError, match=REFUSED[code]) as caught:
        check(code)
    assert caught.value.code == code
    assert caught.value.tool == "python"


@pytest.mark.parametrize("name", ["open", "eval", "exec", "getattr", "type", "input", "globals", "compile", "vars"])
def test_what_is_not_on_the_list_is_not_there(name: str) -> None:
    with pytest.raises(CodeError, match=f"NameError: name '{name}' is not defined"):
        Sandbox().run(f"print({name})")


def test_of_a_module_there_are_its_public_names_alone() -> None:
    for name in ("math.sys", "statistics.sys", "json.codecs", "json.load", "functools.wraps", "string.Formatter"):
        module, _, _ = name.partition(".")
        with pytest.raises(CodeError, match="AttributeError"):
            Sandbox().run(f"import {module}\nprint({name})")


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("print(1 / 0)", r"ZeroDivisionError: division by zero \(line 1\)"),
        ("x = 1\ny = 2\nz = undefined", r"NameError.*\(line 3\)"),
        ("def f():\n    return f()\nf()", "RecursionError"),
        ("x = 1", "printed nothing"),
        ("while True:\n    print('x' * 1000)", "TooMuchOutputError"),
        ("x = 'a' * (10 ** 10)", "MemoryError"),
        ("raise Exception('a' * 100000)", "^.{0,2100}$"),
    ],
)
def test_code_that_fails_says_how(code: str, problem: str) -> None:
    with pytest.raises(CodeError, match=problem):
        Sandbox().run(code)


def test_code_without_end_is_ended() -> None:
    with pytest.raises(CodeError, match="must end within 1 s"):
        Sandbox(seconds=1).run("while True:\n    pass")


PAST_THE_FIRST_WALL = """
import sys, json
sys.argv = ["child", "5", "512"]
sys.path.insert(0, {folder!r})
import sandbox_child
sandbox_child.BUILTINS = dir(__builtins__)
real = sandbox_child._globals
def free(modules, printed):
    found = real(modules, printed)
    found["attempt"] = attempt
    return found
def attempt(what):
    import builtins, os, socket
    try:
        what(builtins, os, socket)
    except OSError as error:
        return error.errno
    return None
import socket
sandbox_child._globals = free
sandbox_child.main()
"""


def test_past_the_first_wall_the_kernel_still_opens_nothing(tmp_path: Path) -> None:
    """The child itself, handed real files and sockets: what the syntax check is there to prevent."""
    code = (
        "print(attempt(lambda b, os, s: b.open('/etc/hosts')), attempt(lambda b, os, s: s.socket()),"
        " attempt(lambda b, os, s: os.pipe()), attempt(lambda b, os, s: b.open('new', 'w')))"
    )
    starter = PAST_THE_FIRST_WALL.format(folder=str(Path(sandbox_child.__file__).parent))
    done = subprocess.run(
        [sys.executable, "-I", "-c", starter], input=code, capture_output=True, text=True, cwd=tmp_path, check=True
    )
    told = json.loads(done.stdout)
    assert told == {"output": " ".join([str(errno.EMFILE)] * 4) + "\n", "error": ""}
    assert not list(tmp_path.iterdir())


def test_it_leaves_nothing_behind_and_sees_nothing_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("SECRET_KEY", "s3cret")
    assert "s3cret" in os.environ.values()
    Sandbox().run("print(1)")
    with pytest.raises(CodeError):
        Sandbox().run("1 / 0")
    assert not list(tmp_path.iterdir())


def test_many_may_run_at_once() -> None:
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(Sandbox().run, [f"print({number})" for number in range(6)])) == list("012345")


def test_limits_that_make_no_sense_are_refused() -> None:
    for limits in ({"seconds": 0}, {"megabytes": 1}):
        with pytest.raises(InputError, match="at least 1 second and 64 megabytes"):
            Sandbox(**limits)
