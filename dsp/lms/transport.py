"""A transport for the `openai` package's HTTP client that costs little at hundreds of requests in flight.

The client's own looks through all of its connections for each request and checks every byte through two more layers;
at 256 in flight that is most of what a call costs. This one keeps idle connections in a stack and speaks HTTP/1.1
straight over asyncio. It is given to the client by its public `http_client`; redirects, decompression, cookies and
credentials stay the client's work. Proxies are not for it: see `dsp.lms.openai_endpoint`.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from functools import lru_cache
from ssl import SSLContext
from typing import Any

from dsp.lms.http1 import Connection, Head

IDLE = 30.0
"""Seconds after which a connection that nobody used is closed, before a router in between forgets it."""

Place = tuple[str, str, int]


class Transport:
    """What an `httpx` client asks of a transport: `handle_async_request` and `aclose`. It serves one event loop.

    `http` is the package (httpx, or its successor) whose requests, answers and errors it speaks; `secure` gives the
    certificates that are trusted, when they are first needed. Only connecting is timed here, by the request's own
    setting; whoever asks bounds the whole. An answer is read whole, unless it is a stream of events.
    """

    def __init__(self, http: Any, secure: Callable[[], SSLContext]) -> None:
        self._http = http
        self._secure = secure
        self._idle: dict[Place, deque[tuple[float, Connection]]] = {}

    async def handle_async_request(self, request: Any) -> Any:
        http = self._http
        data = _written(request, await request.aread(), http)
        place = _place(request.url)
        connection = self._kept(place) or await self._opened(place, request.extensions.get("timeout", {}))
        whole = False
        try:
            connection.send(data)
            head = await connection.head(request.method)
            if head.value(b"content-type").startswith(b"text/event-stream"):
                stream = _streams(http)(self, connection, head, place)
                whole = True
                return http.Response(head.status, headers=head.headers, stream=stream)
            content = await connection.body(head)
            whole = True
        except (ConnectionError, ValueError) as error:
            raise _mapped(error, http) from error
        finally:
            if not whole:
                connection.close()
        self.release(connection, head, place)
        return http.Response(head.status, headers=head.headers, content=content)

    def release(self, connection: Connection, head: Head, place: Place) -> None:
        """The answer was read to its end: keep the connection for another, or close it."""
        if not head.keeps or not connection.usable:
            connection.close()
            return
        now = time.monotonic()
        idle = self._idle.setdefault(place, deque())
        while idle and idle[0][0] + IDLE < now:
            idle.popleft()[1].close()
        idle.append((now, connection))

    async def aclose(self) -> None:
        for idle in self._idle.values():
            while idle:
                idle.pop()[1].close()
        await asyncio.sleep(0)  # the loop closes the sockets in its next round

    async def __aenter__(self) -> Transport:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _kept(self, place: Place) -> Connection | None:
        """The connection that was used last, if it is still good: older ones may idle away."""
        idle = self._idle.get(place)
        while idle:
            since, connection = idle.pop()
            if connection.usable and since + IDLE > time.monotonic():
                return connection
            connection.close()
        return None

    async def _opened(self, place: Place, timeouts: Any) -> Connection:
        scheme, host, port = place
        secure = self._secure() if scheme == "https" else None
        try:
            async with asyncio.timeout(timeouts.get("connect")):
                _, connection = await asyncio.get_running_loop().create_connection(
                    Connection, host, port, ssl=secure, happy_eyeballs_delay=None if _numeric(host) else 0.25
                )
        except TimeoutError as error:
            raise self._http.ConnectTimeout(f"no connection to {host}:{port} in time") from error
        except (OSError, UnicodeError) as error:
            raise self._http.ConnectError(str(error)) from error
        return connection


def _numeric(host: str) -> bool:
    """Whether a host is one address, so that there is nothing to race for."""
    return ":" in host or host.replace(".", "").isdigit()


def _place(url: Any) -> Place:
    return url.scheme, url.raw_host.decode("ascii"), url.port or (443 if url.scheme == "https" else 80)


def _written(request: Any, content: bytes, http: Any) -> bytes:
    """The request as bytes. Raises the package's LocalProtocolError for a header that holds the end of a line."""
    lines = [b"%s %s HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)]
    lines += [b"%s: %s" % header for header in request.headers.raw if header[0].lower() != b"transfer-encoding"]
    if b"content-length" not in {name.lower() for name, _ in request.headers.raw} and content:
        lines.append(b"Content-Length: %d" % len(content))
    head = b"\r\n".join(lines)
    if head.count(b"\n") != len(lines) - 1 or head.count(b"\r") != len(lines) - 1 or b"\0" in head:
        raise http.LocalProtocolError("a header must be one line, but one holds the end of a line")
    return b"%s\r\n\r\n%s" % (head, content)


def _mapped(error: Exception, http: Any) -> Exception:
    kind = http.ReadError if isinstance(error, ConnectionError) else http.RemoteProtocolError
    failure: Exception = kind(str(error))
    return failure


class _Stream:
    """A stream of events as it comes. One that is left before its end takes its connection along."""

    def __init__(self, transport: Transport, connection: Connection, head: Head, place: Place) -> None:
        self._transport, self._connection, self._head, self._place = transport, connection, head, place
        self._read = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._connection.pieces(self._head):
                yield piece
        except (ConnectionError, ValueError) as error:
            raise _mapped(error, self._transport._http) from error
        self._read = True

    async def aclose(self) -> None:
        if self._read:
            self._read = False
            self._transport.release(self._connection, self._head, self._place)
        else:
            self._connection.close()


@lru_cache(maxsize=2)
def _streams(http: Any) -> Any:
    """`_Stream` as the package's own kind of stream: its clients take no other."""
    return type("Stream", (_Stream, http.AsyncByteStream), {})
