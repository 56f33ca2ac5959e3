"""The items of a large JSON array, one after another, without the whole of it in memory.

The standard library's decoder reads one value from a buffer and says where it ended; the buffer is filled as needed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

MAX_ITEM = 1 << 26
"""Characters of one item: a longer one is taken for a mistake, before it fills the memory."""
_BLANK = " \t\r\n"
_TAIL = 12  # how near the end of the buffer a mistake may only be a value that goes on: "\\ud83d\\ud" has 8


class NotJsonError(ValueError):
    """The text is not the JSON that was expected. `line` is where, from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class _Buffer:
    """The text that is read and not yet used, and the line at which it begins."""

    def __init__(self, chunks: Iterator[str]) -> None:
        self._chunks = chunks
        self.text = ""
        self.at = 0
        self.line = 1
        self.ended = False

    def more(self) -> bool:
        """Read at least as much again as is waiting, so that a long item costs no more than twice its length."""
        self._forget()
        pieces, size = [self.text], 0
        while size <= len(self.text):
            piece = next(self._chunks, None)
            if piece is None:
                self.ended = True
                break
            pieces.append(piece)
            size += len(piece)
        self.text = "".join(pieces)
        return size > 0

    def peek(self) -> str:
        """The next character that is not blank, or "" at the end."""
        while True:
            while self.at < len(self.text):
                if self.text[self.at] not in _BLANK:
                    return self.text[self.at]
                self.at += 1
            if not self.more():
                return ""

    def where(self, offset: int = 0) -> int:
        return self.line + self.text.count("\n", 0, self.at + offset)

    def _forget(self) -> None:
        self.line += self.text.count("\n", 0, self.at)
        self.text, self.at = self.text[self.at :], 0


def json_items(chunks: Iterator[str]) -> Iterator[tuple[int, Any]]:
    """The items of a JSON array, each with the line at which it begins. No text at all gives none.

    Raises NotJsonError where the text is not an array of objects.
    """
    buffer = _Buffer(chunks)
    first = buffer.peek()
    if not first:
        return
    if first != "[":
        raise NotJsonError(buffer.where(), f"a JSON file must be a list of objects, but this begins with {first!r}")
    buffer.at += 1
    if buffer.peek() == "]":
        buffer.at += 1
    else:
        yield from _items(buffer)
    if rest := buffer.peek():
        raise NotJsonError(buffer.where(), f"nothing may follow the list, but {rest!r} does")


def _items(buffer: _Buffer) -> Iterator[tuple[int, Any]]:
    while True:
        if buffer.peek() != "{":
            raise NotJsonError(buffer.where(), f"an object must begin here, but got {buffer.peek() or 'the end'!r}")
        line = buffer.where()
        yield line, _value(buffer)
        mark = buffer.peek()
        buffer.at += 1
        if mark == "]":
            return
        if mark != ",":
            buffer.at -= 1
            raise NotJsonError(buffer.where(), f"',' or ']' must follow an object, but got {mark or 'the end'!r}")


def _value(buffer: _Buffer) -> Any:
    decoder = json.JSONDecoder()
    while True:
        try:
            value, end = decoder.raw_decode(buffer.text, buffer.at)
            buffer.at = end
            return value
        except json.JSONDecodeError as error:
            goes_on = error.msg.startswith("Unterminated string") or error.pos >= len(buffer.text) - _TAIL
            if not goes_on or len(buffer.text) - buffer.at > MAX_ITEM or not buffer.more():
                line = buffer.where(max(0, min(error.pos, len(buffer.text)) - buffer.at))
                raise NotJsonError(line, f"not JSON: {error.msg}") from None
        except RecursionError:
            raise NotJsonError(buffer.where(), "an object is nested too deep") from None
        except ValueError as error:  # a number of more digits than Python reads
            raise NotJsonError(buffer.where(), f"an object cannot be read ({error})") from None
