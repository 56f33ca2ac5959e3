"""Files that are read in worker processes, and what came of them, as if they had been read here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, cast

from indexes.corpora.finding import Found
from indexes.corpora.source import Format, Reading, Source
from indexes.corpora.workers import Event, Task, Workers
from indexes.errors import CorpusError, RecordError
from indexes.passage import Passage

Passages = Iterator[tuple[int, Passage]]


class ArchiveFormat(Format, Protocol):
    """A format whose file holds many, which are parsed one by one: `read_member` reads an unpacked one."""

    def members(self, source: Source) -> Iterator[tuple[str, bytes]]: ...


def manner(found: Found) -> str:
    """How a file is read: `archive` (its members apart), `document` (it as a whole apart), or `here`."""
    if hasattr(found.format, "members") and found.source.extension in found.format.extensions:
        return "archive"
    return "document" if getattr(found.format, "isolated", False) else "here"


def read_here(group: Sequence[Found], reading: Reading) -> Iterator[tuple[Found, Passages]]:
    return ((found, found.format.read(found.source, reading)) for found in group)


def read_apart(group: Sequence[Found], reading: Reading, workers: Workers) -> Iterator[tuple[Found, Passages]]:
    """The files with their passages. Those of one must be used up before the next one is asked for."""
    if manner(group[0]) == "archive":
        for found in group:
            tasks = _members(found, cast(ArchiveFormat, found.format), reading)
            yield found, (item for events in workers.events(tasks) for item in _replayed(events, reading))
        return
    tasks = (Task(_said(found.format_name, found.source, reading)) for found in group)
    for found, events in zip(group, workers.events(tasks), strict=True):
        yield found, _replayed(events, reading)


def _members(found: Found, format_: ArchiveFormat, reading: Reading) -> Iterator[Task]:
    for name, content in format_.members(found.source):
        yield Task(_said(found.format_name, found.source.member(name), reading, member=True), content)


def _said(format_name: str, source: Source, reading: Reading, member: bool = False) -> dict[str, Any]:
    split = reading.splitter
    return {
        "format": format_name,
        "path": str(source.path),
        "name": source.name,
        "member": member,
        "splitter": [split.unit, split.size, split.overlap],
    }


def _replayed(events: list[Event], reading: Reading) -> Passages:
    for event in events:
        match event:
            case ["passage", int(place), str(identifier), str(title), str(text), dict(metadata)]:
                yield place, Passage(identifier, title, text, metadata)
            case ["bad" | "broken", str(message)]:
                reading.bad(RecordError(message))
            case ["failed", str(message)]:
                raise CorpusError(message)
            case _:
                raise CorpusError(f"a worker process must tell of passages, but told {str(event)[:100]}; read again")
