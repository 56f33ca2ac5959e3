"""JSON on standard output, and nothing else there: what a user's program prints goes to standard error instead."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any, TextIO

_kept: list[TextIO] = []


@contextmanager
def json_alone() -> Iterator[None]:
    """Inside the block standard output is `emit_json`'s alone."""
    _kept.append(sys.stdout)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        _kept.pop().flush()


def emit_json(value: Any) -> None:
    """Print one object on the standard output, as one line."""
    print(json.dumps(value, ensure_ascii=False), file=_kept[-1] if _kept else sys.stdout)
