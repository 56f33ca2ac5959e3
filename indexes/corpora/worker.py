"""What a worker process does: reads files and members of archives, and says what is in them.

A task comes as a line of JSON on standard input, with `bytes` bytes of content behind it; its answer is a line of JSON:
a list of events in their order, `["passage", place, id, title, text, metadata]`, `["bad", message]` and, as the last
one, `["failed", message]`. Nothing is pickled. What a parser raises that nobody foresaw ends the process, with the one
event `["broken", message]`: a bad file.
"""

from __future__ import annotations

import json
import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from indexes.corpora import FORMATS
from indexes.corpora.source import Reading, Source
from indexes.corpora.splitting import Splitter
from indexes.errors import CorpusError, RecordError
from indexes.passage import Passage

MAX_MEMORY = 4 << 30
"""Bytes of address space: a file that wants more has failed, not the machine."""


class _Telling(Reading):
    """Tolerates every bad record, and tells of it among the passages, in its place."""

    def __init__(self, splitter: Splitter) -> None:
        super().__init__(splitter=splitter)
        self.events: list[list[Any]] = []

    def bad(self, error: RecordError) -> None:
        self.events.append(["bad", str(error)])


def answer(task: dict[str, Any], content: bytes) -> list[list[Any]]:
    """The events of one task."""
    source = Source(Path(task["path"]), task["name"])
    reading = _Telling(Splitter(*task["splitter"]))
    try:
        for place, passage in _read(task, source, content, reading):
            metadata = dict(passage.metadata)
            reading.events.append(["passage", place, passage.id, passage.title, passage.text, metadata])
    except CorpusError as error:
        reading.events.append(["failed", str(error)])
    except MemoryError:
        reading.events.append(["failed", f"{source.path} needs more memory than a file should; leave it out"])
    return reading.events


def _read(task: dict[str, Any], source: Source, content: bytes, reading: Reading) -> Iterator[tuple[int, Passage]]:
    format_ = FORMATS.get(task["format"])
    if not task["member"]:
        yield from format_.read(source, reading)
        return
    with source.unpacking(content) as stream:
        yield from format_.read_member(source, stream, reading)


def main() -> None:
    logging.disable()
    warnings.simplefilter("ignore")
    with suppress(ImportError, ValueError, OSError):  # where the system has no such limit, there is none
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    tasks, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what a parser prints is no answer
    for line in iter(tasks.readline, b""):
        task = json.loads(line)
        events: list[list[Any]] = []
        try:
            events = answer(task, tasks.read(task["bytes"]))
        finally:
            if (error := sys.exception()) is not None:  # which ends this process, but not without a word
                said = f"{type(error).__name__}: {error}"[:200]
                events = [["broken", f"{task['path']} cannot be read: its parser failed ({said}); leave it out"]]
            answers.write(json.dumps(events).encode() + b"\n")
            answers.flush()


if __name__ == "__main__":
    main()
