from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from dsp.modules.module import Module
from dsp.server.service import Service
from dsp.server.serving import serve


@dataclass(frozen=True)
class Got:
    """An answer, its JSON read."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def error(self) -> tuple[int, str]:
        """Its status, and the type of its error."""
        assert self.json["error"]["message"]
        return self.status, self.json["error"]["type"]


@dataclass(frozen=True)
class Served:
    """A server on loopback, in a thread of its own."""

    service: Service
    port: int
    stop: Callable[[], None]

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Got:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            connection.request(method, path, content, headers)
            response = connection.getresponse()
            return Got(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def run(self, body: Any, query: str = "") -> Got:
        return self.ask("POST", f"/v1/run{query}", body)


@pytest.fixture
def served() -> Iterator[Callable[..., Served]]:
    """Serves a program until the test ends."""
    stops: list[Callable[[], None]] = []

    def start(program: Module, settings: dict[str, Any] | None = None, **options: Any) -> Served:
        service = Service(program, "tested", settings or {}, **options)
        ready = threading.Event()
        known: dict[str, Any] = {}

        async def until_stopped() -> None:
            known["loop"], known["stop"] = asyncio.get_running_loop(), asyncio.Event()

            def told(host: str, port: int) -> None:
                known["port"] = port
                ready.set()

            await serve(service, "127.0.0.1", 0, stop=known["stop"], ready=told)

        thread = threading.Thread(target=asyncio.run, args=(until_stopped(),))
        thread.start()
        assert ready.wait(30)

        def stop() -> None:
            if thread.is_alive():
                known["loop"].call_soon_threadsafe(known["stop"].set)
                thread.join(30)
            assert not thread.is_alive()

        stops.append(stop)
        return Served(service, known["port"], stop)

    yield start
    for stop in stops:
        stop()
