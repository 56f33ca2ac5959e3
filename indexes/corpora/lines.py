"""Lines of bounded length: one that never ends must not fill the memory."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from indexes.corpora.source import Reading, Source

MAX_LINE = 1 << 26
"""Bytes of one line, its end included."""


def numbered_lines(source: Source, stream: BinaryIO, reading: Reading, first: int = 1) -> Iterator[tuple[int, bytes]]:
    """The lines with their numbers, ends kept; one that is too long goes to `reading.bad` and is left out."""
    number = first
    lines = iter(partial(stream.readline, MAX_LINE + 1), b"")
    for line in lines:
        if len(line) <= MAX_LINE:
            yield number, line
        else:
            for rest in lines if not line.endswith(b"\n") else ():
                if rest.endswith(b"\n"):
                    break
            reading.bad(
                source.error(number, f"a line must have at most {MAX_LINE:,} bytes, but this has more; break it up")
            )
        number += 1
