"""HTTP/1.1 as far as a small server needs it: requests within bounds, answers with their length, nothing guessed.

After RFC 9112. What a client may make the server hold is bounded: the head (32 KiB), the body (`Limits.body`), and the
time that both may take to come.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

HEAD_BYTES = 32 * 1024
_MOST_HEADERS = 100


@dataclass(frozen=True, slots=True)
class Limits:
    """`body` in bytes; `reading` and `idle` in seconds: for a request to come whole, and for the next to begin."""

    body: int = 1024 * 1024
    reading: float = 30.0
    idle: float = 60.0


@dataclass(frozen=True, slots=True)
class Request:
    """One request. Names of headers are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    keep_alive: bool = True


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. With `close` the connection ends after it."""

    status: int
    content: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    close: bool = False


class HttpError(Exception):
    """A request that gets an error for an answer; `kind` is its type, for programs to tell it by."""

    def __init__(
        self, status: int, kind: str, message: str, *, headers: Mapping[str, str] | None = None, close: bool = False
    ) -> None:
        super().__init__(message)
        self.status, self.kind, self.headers, self.close = status, kind, dict(headers or {}), close


def json_response(
    status: int, value: Any, *, headers: Mapping[str, str] | None = None, close: bool = False
) -> Response:
    try:
        text = json.dumps(value, allow_nan=False)
    except ValueError:  # JSON has no such numbers
        text = json.dumps(_finite(value))
    return Response(status, text.encode("ascii"), headers=headers or {}, close=close)


def error_response(error: HttpError) -> Response:
    content = {"error": {"type": error.kind, "message": str(error)}}
    return json_response(error.status, content, headers=error.headers, close=error.close)


async def read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limits: Limits) -> Request | None:
    """The next request; None where the client has nothing more to say.

    Raises HttpError, after which the connection must be closed, for what is no request or goes beyond the limits.
    """
    try:
        async with asyncio.timeout(limits.idle):
            first = await reader.readexactly(1)
    except (asyncio.IncompleteReadError, TimeoutError, ConnectionError):
        return None
    try:
        async with asyncio.timeout(limits.reading):
            head = first + await reader.readuntil(b"\r\n\r\n")
            method, target, version, headers = _parsed(head.removesuffix(b"\r\n\r\n"))
            body = await _body(reader, writer, headers, limits)
    except TimeoutError:
        raise _bad(408, "Timeout", f"a request must come whole within {limits.reading:g} s, but did not") from None
    except asyncio.LimitOverrunError:
        raise _bad(431, "HeadersTooLarge", f"a request's head may have {HEAD_BYTES} bytes, but has more") from None
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    try:
        split = urlsplit(target)
    except ValueError:
        raise _bad(400, "BadRequest", f"a request's target must be a path, but is {target[:80]!r}") from None
    keep_alive = "close" not in headers.get("connection", "").lower() and version != "HTTP/1.0"
    return Request(method, split.path, dict(parse_qsl(split.query, keep_blank_values=True)), headers, body, keep_alive)


async def write_response(
    writer: asyncio.StreamWriter, response: Response, *, keep_alive: bool, head_only: bool
) -> None:
    lines = [
        f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}",
        f"Content-Type: {response.content_type}",
        f"Content-Length: {len(response.content)}",
        f"Connection: {'keep-alive' if keep_alive else 'close'}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        *(f"{name}: {value}" for name, value in response.headers.items()),
    ]
    writer.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (b"" if head_only else response.content))
    await writer.drain()


def _parsed(head: bytes) -> tuple[str, str, str, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3 or not parts[0].isalpha() or not parts[1].startswith(("/", "http://", "https://")):
        raise _bad(400, "BadRequest", f'a request must begin as "GET / HTTP/1.1" does, but begins {first[:80]!r}')
    method, target, version = parts
    if version not in ("HTTP/1.0", "HTTP/1.1"):
        raise _bad(505, "BadVersion", f"this server speaks HTTP/1.1, but was asked in {version[:20]!r}")
    if len(lines) > _MOST_HEADERS:
        raise _bad(431, "HeadersTooLarge", f"a request may have {_MOST_HEADERS} headers, but has {len(lines)}")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise _bad(400, "BadRequest", f'a header must read "Name: value", but one reads {line[:80]!r}')
        key = name.lower()
        if key in ("content-length", "host", "transfer-encoding") and key in headers:
            raise _bad(400, "BadRequest", f"the header {name} must come once, but comes twice")
        headers[key] = value.strip()
    return method, target, version, headers


async def _body(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, headers: Mapping[str, str], limits: Limits
) -> bytes:
    coding, length = headers.get("transfer-encoding"), headers.get("content-length")
    if coding is not None and (length is not None or coding.lower() != "chunked"):
        raise _bad(400, "BadRequest", "a body must have a Content-Length, or else be chunked and nothing else")
    if length is not None and not (length.isascii() and length.isdigit()):
        raise _bad(400, "BadRequest", f"a Content-Length must be a number of bytes, but is {length[:40]!r}")
    size = int(length[:20]) if length is not None else 0
    if size > limits.body:
        raise _too_large(limits)
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
    if coding is None:
        return await reader.readexactly(size)
    body = bytearray()
    while size := await _chunk_size(reader):
        if len(body) + size > limits.body:
            raise _too_large(limits)
        body += await reader.readexactly(size)
        if await reader.readexactly(2) != b"\r\n":
            raise _bad(400, "BadRequest", "a chunk must end with a line end, but does not")
    while (await reader.readuntil(b"\r\n")) != b"\r\n":
        pass  # trailers, within the time for reading
    return bytes(body)


async def _chunk_size(reader: asyncio.StreamReader) -> int:
    line = (await reader.readuntil(b"\r\n")).partition(b";")[0].strip()
    if not line or len(line) > 8 or line.strip(b"0123456789abcdefABCDEF"):
        raise _bad(400, "BadRequest", f"a chunk must begin with its size in hexadecimal, but begins {line[:20]!r}")
    return int(line, 16)


def _too_large(limits: Limits) -> HttpError:
    return _bad(413, "TooLarge", f"a body may have {limits.body} bytes, but this one has more; send less")


def _bad(status: int, kind: str, message: str) -> HttpError:
    return HttpError(status, kind, message, close=True)


def _finite(value: Any) -> Any:
    """The value with null for what is not a number, or infinite."""
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, list | tuple) else value
