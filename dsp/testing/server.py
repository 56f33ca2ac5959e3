"""A small OpenAI-compatible server on loopback, for tests: it answers as told, and fails as told.

    with LMServer(answer=lambda body: "Paris") as server:
        lm = OpenAI("any", base_url=server.base_url)
        server.fail(Fault.status(429, headers={"Retry-After": "1"}))
        ...
        server.requests[-1].body["messages"]

It speaks HTTP/1.1 with keep-alive over asyncio in a thread of its own, with the standard library alone.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from dsp.testing.batches import Batches
from dsp.testing.bodies import completion_body, embeddings_body, events_of, response_body, responses_events_of

Answer = str | Sequence[str] | Mapping[str, Any]
"""The text of every completion, the texts of all, or the whole JSON body."""

_PHRASES = {200: "OK", 301: "Moved Permanently", 307: "Temporary Redirect", 404: "Not Found", 429: "Too Many Requests"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that the server got."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Fault:
    """One way for a server to fail one request.

    `code`, `headers` and `content` replace the answer's; content None keeps it. `delay` is in seconds, before the
    first byte. `sent` is how many bytes of the content go out before the connection is dropped; `pace` is the
    bytes sent a second.
    """

    code: int = 200
    content: bytes | None = None
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    dropped: bool = False
    sent: int | None = None
    pace: float | None = None

    @classmethod
    def status(
        cls, code: int, message: str = "", /, *, headers: Mapping[str, str] | None = None, **error: Any
    ) -> Fault:
        """An error as OpenAI-compatible servers write it; `error` adds fields such as `code` and `param`."""
        body = {"error": {"message": message or f"status {code}", "type": "error", **error}}
        return cls(code, json.dumps(body).encode(), headers=headers or {})

    @classmethod
    def html(cls, code: int = 200) -> Fault:
        """An error page of a proxy, as if it were an answer."""
        return cls(code, b"<html><body><h1>Bad gateway</h1></body></html>", "text/html; charset=utf-8")

    @classmethod
    def truncated(cls) -> Fault:
        """Half a JSON object that claims to be whole."""
        return cls(content=b'{"choices": [{"message": {"content": "Par')

    @classmethod
    def drop(cls, after: int | None = None) -> Fault:
        """The connection closes: before any answer, or after so many bytes of its content."""
        return cls(dropped=after is None, sent=after)

    @classmethod
    def silence(cls, seconds: float = 3600.0) -> Fault:
        """It accepts and does not answer."""
        return cls(delay=seconds)

    @classmethod
    def trickle(cls, bytes_per_second: float = 1.0) -> Fault:
        return cls(pace=bytes_per_second)

    @classmethod
    def json(cls, body: Any) -> Fault:
        """Any JSON body with status 200: no choices, nulls, an error in disguise."""
        return cls(content=json.dumps(body).encode())


class LMServer:
    """A server of chat completions, of batches of them (`batches`), and of embeddings.

    A context manager; `base_url` is for clients, `requests` is what was asked.

    `answer` is a text, or a function of the request's body. `latency` is in seconds, and so is
    `pause`, between the events of a stream. `honours_n` False gives one
    choice whatever is asked. `headers` go with every answer. Faults are used up one a request, in order, before
    `faults`, a function of the request's number (0, 1, …), is asked for one.
    """

    def __init__(
        self,
        answer: Answer | Callable[[Any], Answer] = "Paris",
        *,
        latency: float = 0.0,
        pause: float = 0.0,
        honours_n: bool = True,
        headers: Mapping[str, str] | None = None,
        faults: Callable[[int], Fault | None] | None = None,
        port: int = 0,
    ) -> None:
        self.answer = answer
        self.latency = latency
        self.pause = pause
        self.honours_n = honours_n
        self.headers = dict(headers or {})
        self.requests: list[Asked] = []
        self.batches = Batches(lambda path, body: self._body(Asked("POST", path, {}, body)))
        self.most_in_flight = 0
        self.port = port
        self._in_flight = 0
        self._faults = faults
        self._queue: deque[Fault] = deque()
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._serve, name="LMServer", daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def fail(self, *faults: Fault) -> None:
        """The next requests fail so, one fault each."""
        self._queue.extend(faults)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._run())
        finally:
            self._loop.close()

    async def _run(self) -> None:
        server = await asyncio.start_server(self._converse, "127.0.0.1", self.port, backlog=2048)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request after request."""
        try:
            while asked := await _read(reader):
                self.requests.append(asked)
                self._in_flight += 1
                self.most_in_flight = max(self.most_in_flight, self._in_flight)
                try:
                    keep = await self._reply(asked, len(self.requests) - 1, writer)
                finally:
                    self._in_flight -= 1
                if not keep:
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            return
        finally:
            writer.close()

    async def _reply(self, asked: Asked, number: int, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; whether the connection stays open."""
        fault = self._queue.popleft() if self._queue else self._faults(number) if self._faults else None
        fault = fault or Fault()
        if fault == Fault() and asked.path.partition("?")[0].split("/")[2:3] in (["files"], ["batches"]):
            code, answer = self.batches.reply(asked.method, asked.path, asked.headers, asked.content)
            fault = Fault(code, answer)
        await asyncio.sleep(self.latency + fault.delay)
        if fault.dropped:
            return False
        content, kind = fault.content, fault.content_type
        if content is None:
            body = self._body(asked)
            events = responses_events_of if asked.path.endswith("/responses") else events_of
            streams = isinstance(asked.body, dict) and asked.body.get("stream")
            kind = "text/event-stream" if streams else kind
            content = events(body) if streams else json.dumps(body).encode()
        head = [
            f"HTTP/1.1 {fault.code} {_PHRASES.get(fault.code, 'Status')}",
            f"Content-Type: {kind}",
            f"Content-Length: {len(content)}",
            *(f"{name}: {value}" for name, value in {**self.headers, **fault.headers}.items()),
        ]
        writer.write("\r\n".join([*head, "", ""]).encode("latin-1"))
        if kind == "text/event-stream" and fault.sent is None and not fault.pace:
            for event in content.split(b"\n\n")[:-1]:
                writer.write(event + b"\n\n")
                await writer.drain()
                await asyncio.sleep(self.pause)
            return True
        if fault.pace:
            for place in range(len(content)):
                writer.write(content[place : place + 1])
                await writer.drain()
                await asyncio.sleep(1 / fault.pace)
            return True
        writer.write(content[: fault.sent])
        await writer.drain()
        return fault.sent is None

    def _body(self, asked: Asked) -> Any:
        body = asked.body if isinstance(asked.body, dict) else {}
        if asked.path.endswith("/embeddings"):
            return embeddings_body(body)
        said = self.answer(body) if callable(self.answer) else self.answer
        if isinstance(said, Mapping):
            return said
        n = int(body.get("n") or 1) if self.honours_n else 1
        texts = [said] * n if isinstance(said, str) else list(said)[:n]
        asked_for = body.get("messages") or body.get("input") or []
        words = sum(len(str(message.get("content")).split()) for message in asked_for)
        if asked.path.endswith("/responses"):
            return response_body(texts[0], model=str(body.get("model", "")), prompt_tokens=words)
        return completion_body(texts, model=str(body.get("model", "")), prompt_tokens=words)


async def _read(reader: asyncio.StreamReader) -> Asked | None:
    """The next request of a connection; None at its end."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.rstrip("\r\n").split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    content = await reader.readexactly(int(headers.get("content-length", 0)))
    method, path, _ = first.split(" ", 2)
    is_json = content and not headers.get("content-type", "").startswith("multipart/")
    return Asked(method, path, headers, json.loads(content) if is_json else None, content)
