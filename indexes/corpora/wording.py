"""How a message names a parameter: `skip_bad=1` to who writes Python, `--skip-bad 1` to who types a command."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_FLAGS: ContextVar[bool] = ContextVar("indexes.corpora.wording", default=False)


@contextmanager
def as_flags() -> Iterator[None]:
    """Within it messages name the flags of `dsp index build`."""
    token = _FLAGS.set(True)
    try:
        yield
    finally:
        _FLAGS.reset(token)


def parameter(name: str, value: str | int) -> str:
    """The parameter with a value, as the reader would write it."""
    if _FLAGS.get():
        return f"--{name.replace('_', '-')} {shlex.quote(str(value))}"
    return f"{name}={json.dumps(value, ensure_ascii=False)}"
