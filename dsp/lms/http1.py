"""One HTTP/1.1 connection over asyncio: a request's bytes out, an answer's head and body in (RFC 9112).

It does what a client of language models needs and no more, which is what makes it cheap: see `dsp.lms.transport`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass

LONGEST_HEAD = 64 * 1024
"""Bytes of a status line and headers, or of a chunk's line; a server that sends more is not one."""

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-9]\d\d)(?: |$)")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SIZE = re.compile(rb"\s*([0-9A-Fa-f]{1,15})\s*(?:;|$)")


@dataclass(frozen=True, slots=True)
class Head:
    """An answer's status and headers, and how its body ends: after `length` bytes, or with its last chunk where
    `chunked`, or with the connection where neither is said. `keeps` tells whether the connection stays open."""

    status: int
    headers: list[tuple[bytes, bytes]]
    length: int | None
    chunked: bool
    keeps: bool

    def value(self, name: bytes) -> bytes:
        """A header's value; empty where there is none."""
        return next((value for key, value in self.headers if key.lower() == name), b"")


class Connection(asyncio.Protocol):
    """One connection, used by one request at a time.

    Reading raises ConnectionError where the server ends the connection too early, ValueError for what is not HTTP.
    """

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._held = bytearray()
        self._waiter: asyncio.Future[None] | None = None
        self._ended = False
        self._lost: Exception | None = None

    # what the event loop calls
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        self._wake()

    def eof_received(self) -> None:
        self._ended = True
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        self._ended, self._lost = True, error
        self._wake()

    # what a request does
    @property
    def usable(self) -> bool:
        """Whether another request may be sent: the connection is open, and the server said nothing unasked."""
        return not self._ended and not self._held and self._transport is not None

    def send(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def close(self) -> None:
        """At once: what is not sent yet never will be."""
        self._ended = True
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    async def head(self, method: str) -> Head:
        """The answer's head, its body next to be read; interim answers are passed over."""
        while True:
            head = parsed_head(await self._until(_HEAD_END), method)
            if head.status >= 200:
                return head

    async def body(self, head: Head) -> bytes:
        if not head.chunked and head.length is not None:
            while len(self._held) < head.length:
                await self._more()
            return self._take(head.length)
        return b"".join([piece async for piece in self.pieces(head)])

    async def pieces(self, head: Head) -> AsyncGenerator[bytes, None]:
        """The body as it comes."""
        if head.chunked:
            while size := await self._chunk_size():
                while size:
                    piece = await self._some(size)
                    size -= len(piece)
                    yield piece
                await self._line()
            while await self._line():
                pass
        elif head.length is not None:
            left = head.length
            while left:
                piece = await self._some(left)
                left -= len(piece)
                yield piece
        else:
            while self._held or not self._ended:
                if self._held:
                    yield self._take(len(self._held))
                else:
                    await self._more(end=True)
            if self._lost is not None:
                raise ConnectionError(str(self._lost))

    async def _chunk_size(self) -> int:
        line = await self._line()
        size = _SIZE.match(line)
        if size is None:
            raise ValueError(f"a chunk must begin with its size, but begins {line[:40]!r}")
        return int(size[1], 16)

    async def _line(self) -> bytes:
        return (await self._until(re.compile(rb"\n"))).rstrip(b"\r\n")

    async def _until(self, end: re.Pattern[bytes]) -> bytes:
        while (found := end.search(self._held)) is None:
            if len(self._held) > LONGEST_HEAD:
                raise ValueError(f"a head must end within {LONGEST_HEAD} bytes, but does not")
            await self._more()
        return self._take(found.end())

    async def _some(self, most: int) -> bytes:
        if not self._held:
            await self._more()
        return self._take(min(most, len(self._held)))

    def _take(self, size: int) -> bytes:
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken

    async def _more(self, *, end: bool = False) -> None:
        """Wait for the server to say more, or, where that may be, to end."""
        if self._ended:
            raise ConnectionError(str(self._lost or "the server closed the connection"))
        self._waiter = asyncio.get_running_loop().create_future()
        held = len(self._held)
        try:
            await self._waiter
        finally:
            self._waiter = None
        if self._ended and len(self._held) == held and not end:
            raise ConnectionError(str(self._lost or "the server closed the connection"))

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def parsed_head(head: bytes, method: str) -> Head:
    """A status line and headers. Raises ValueError for what is none."""
    first, *lines = head.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")
    status = _STATUS.match(first)
    if status is None:
        raise ValueError(f"an answer must begin with its status, but begins {first[:40]!r}")
    headers = [_header(line) for line in lines]
    code, keeps, chunked = int(status[2]), status[1] == b"1", False
    lengths = set()
    for name, value in headers:
        lowered = name.lower()
        if lowered == b"content-length":
            lengths |= {part.strip() for part in value.split(b",")}
        elif lowered == b"transfer-encoding":
            chunked = value.lower().split(b",")[-1].strip() == b"chunked"
        elif lowered == b"connection":
            options = value.lower()
            keeps = b"close" not in options and (keeps or b"keep-alive" in options)
    if len(lengths) > 1 or not all(length.isdigit() for length in lengths):
        raise ValueError(f"an answer must have one length, but has {b', '.join(sorted(lengths))[:40]!r}")
    length = int(lengths.pop()) if lengths else None
    if code < 200 or code in (204, 304) or method == "HEAD":
        return Head(code, headers, 0, False, keeps)
    if chunked and length is not None:
        keeps = False  # whoever says both may mean to smuggle a second answer
    return Head(code, headers, length, chunked, keeps and (chunked or length is not None))


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(b":")
    if not colon or not _NAME.fullmatch(name):
        raise ValueError(f"a header must be a name, a colon and a value, but is {line[:40]!r}")
    return name, value.strip(b" \t")
