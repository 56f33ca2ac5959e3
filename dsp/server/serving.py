"""Connections in, answers out, and an end within two seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from dsp.errors import InputError
from dsp.server.http import HEAD_BYTES, HttpError, Request, Response, error_response, read_request, write_response
from dsp.server.running import DaemonThreads
from dsp.server.service import Service

GRACE = 0.6  # seconds that runs under way have to end in, when the server stops
_MOST_CONNECTIONS = 2000
_LOOK = 0.2  # seconds after which a client is looked at again, whether it is still there
_ENTERING = 0.02  # seconds for connections on their way in: asyncio loses one that comes in while it closes
_LINGER_BYTES = 16 * 1024 * 1024  # of a request that was refused: read, so that the client reads why


async def serve(
    service: Service, host: str, port: int, *, stop: asyncio.Event, ready: Callable[[str, int], None] = lambda *_: None
) -> None:
    """Serve until `stop` is set; `ready` is told the address. Port 0 is any that is free.

    On `stop` nobody is let in any more, runs under way have `GRACE` seconds to end, and are called off then; a run in a
    thread is left to itself. Raises InputError where the address cannot be had.
    """
    asyncio.get_running_loop().set_default_executor(DaemonThreads(1))
    connections = _Connections(service)
    try:
        server = await asyncio.start_server(connections.serve, host, port, limit=HEAD_BYTES)
    except (OSError, OverflowError) as fault:
        raise InputError(f"the server needs a free address, but {host}:{port} cannot be had ({fault})") from fault
    address = server.sockets[0].getsockname()
    ready(str(address[0]), int(address[1]))
    try:
        await stop.wait()
    finally:
        await asyncio.sleep(_ENTERING)
        server.close()
        await connections.end()


class _Connections:
    """The open connections, each served by its task."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._busy: set[asyncio.Task[None]] = set()
        self._idle: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._stopping = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:  # pragma: no cover - asyncio serves each connection in a task
            return
        self._idle.add(task)
        self._writers.add(writer)
        try:
            if len(self._idle) + len(self._busy) > _MOST_CONNECTIONS:
                error = HttpError(503, "Overloaded", "too many connections are open; try again", close=True)
                await write_response(writer, error_response(error), keep_alive=False, head_only=False)
                return
            while await self._next(reader, writer, task):
                pass
        except (ConnectionError, asyncio.CancelledError):
            pass  # the client hung up, or the server stops: there is nobody to answer
        finally:
            self._idle.discard(task)
            self._busy.discard(task)
            writer.close()
            with suppress(ConnectionError, TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), _LOOK)
                self._writers.discard(writer)

    async def _next(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, task: asyncio.Task[None]) -> bool:
        """Answer one request; whether another may follow."""
        request: Request | None = None
        try:
            request = await read_request(reader, writer, self._service.limits)
            if request is None:
                return False
            self._idle.discard(task)
            self._busy.add(task)
            response = await self._answered(request, reader)
        except HttpError as error:
            response = error_response(error)
        except Exception as error:  # noqa: BLE001 - a fault of the server's own must not end it
            response = error_response(HttpError(500, "ServerError", f"{type(error).__name__}: {error}", close=True))
        if response is None:
            return False
        keep_alive = request is not None and request.keep_alive and not response.close and not self._stopping
        head_only = request is not None and request.method == "HEAD"
        await write_response(writer, response, keep_alive=keep_alive, head_only=head_only)
        if request is None:
            await _linger(reader, writer)
        self._busy.discard(task)
        self._idle.add(task)
        return keep_alive

    async def _answered(self, request: Request, reader: asyncio.StreamReader) -> Response | None:
        """The answer; None where the client hung up meanwhile, and what was asked for it is called off."""
        answering = asyncio.ensure_future(self._service.answer(request))
        try:
            while True:
                done, _ = await asyncio.wait([answering], timeout=_LOOK)
                if done:
                    return await answering
                if reader.at_eof():
                    return None
        finally:
            answering.cancel()
            with suppress(asyncio.CancelledError, HttpError):
                await answering

    async def end(self) -> None:
        self._stopping = True
        for task in self._idle:
            task.cancel()
        busy = [*self._busy]
        if busy:
            await asyncio.wait(busy, timeout=GRACE)
        for task in busy:
            task.cancel()
        if left := [*self._busy, *self._idle]:
            await asyncio.wait(left, timeout=GRACE / 4)
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0)  # in which the loop closes them


async def _linger(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read on for a moment what a refused request still sends: closing at once would lose the answer on its way."""
    left = _LINGER_BYTES
    with suppress(ConnectionError, TimeoutError, OSError):
        if writer.can_write_eof():
            writer.write_eof()
        async with asyncio.timeout(2.0):
            while left > 0 and (piece := await reader.read(64 * 1024)):
                left -= len(piece)
