"""`jsonl`: one JSON object a line: `{"id": …, "title": …, "text": …}`; BEIR's `_id` too. Blank lines are skipped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from indexes.corpora.lines import numbered_lines
from indexes.corpora.records import BadValueError, to_passage
from indexes.corpora.source import Reading, Source
from indexes.passage import Passage


class Jsonl:
    extensions = (".jsonl", ".ndjson")

    def read(self, source: Source, reading: Reading) -> Iterator[tuple[int, Passage]]:
        with source.open() as stream:
            yield from records(source, stream, reading, to_passage)


def records(
    source: Source, stream: BinaryIO, reading: Reading, made: Callable[[Any, str], Passage]
) -> Iterator[tuple[int, Passage]]:
    """A passage, by `made`, from each line of JSON, with the line's number."""
    for number, line in numbered_lines(source, stream, reading):
        if line.isspace():
            continue
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            yield number, made(_value(text), f"{source.name}:{number}")
        except UnicodeDecodeError as error:
            found = f"byte 0x{error.object[error.start]:02x} at column {error.start + 1}"
            reading.bad(source.error(number, f"the file must be UTF-8, but this is not: {found}; convert it"))
        except json.JSONDecodeError as error:
            said = f"{error.msg} at column {error.colno}"
            reading.bad(source.error(number, f"a line must be one JSON object, but this is not JSON: {said}; mend it"))
        except RecursionError:
            reading.bad(source.error(number, "a line must be one JSON object, but this is nested too deep; mend it"))
        except BadValueError as error:
            reading.bad(source.error(number, str(error)))
        except ValueError as error:  # a number of more digits than Python reads
            reading.bad(source.error(number, f"a line cannot be read ({error}); mend it"))


_decode = json.JSONDecoder().raw_decode


def _value(text: str) -> Any:
    """What `json.loads` gives or raises; a line that is just an object and its end is read in half the time."""
    if text.startswith("{"):
        value, end = _decode(text)
        if end == len(text) - 1 and text[end] == "\n":
            return value
    return json.loads(text)


FORMAT = Jsonl()
