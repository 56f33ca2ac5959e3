from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.lms.http1 import LONGEST_HEAD, Connection, parsed_head
from dsp.lms.openai_endpoint import _http
from dsp.lms.transport import Transport

http: Any = _http(openai)

Work = Callable[[Any, str], Awaitable[Any]]


class Wire:
    """A server that answers each request with the next of its scripts, piece by piece, and keeps what it was sent.

    A script that ends in None closes the connection.
    """

    def __init__(self, *scripts: Sequence[bytes | None]) -> None:
        self.scripts = list(scripts)
        self.heads: list[bytes] = []
        self.connections = 0

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while self.scripts:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
                await reader.readexactly(length)
                for piece in self.scripts.pop(0):
                    if piece is None:
                        return
                    writer.write(piece)
                    await asyncio.sleep(0.001)
            await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


def talk(wire: Wire, work: Work) -> Any:
    """What `work` gives, done with a client on our transport and the wire's address."""

    async def run() -> Any:
        talking: set[asyncio.Task[None]] = set()

        def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            talking.add(asyncio.ensure_future(wire.converse(reader, writer)))

        server = await asyncio.start_server(met, "127.0.0.1", 0)
        try:
            transport = Transport(http, ssl.create_default_context)
            async with http.AsyncClient(transport=transport, timeout=5) as client:
                url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
                return await asyncio.wait_for(work(client, url), 5)
        finally:
            server.close()
            await asyncio.gather(*talking, return_exceptions=True)

    return asyncio.run(run())


async def _text(client: Any, url: str) -> str:
    return str((await client.post(url, content=b"hello")).text)


def _after(work: Work, times: int) -> Work:
    async def several(client: Any, url: str) -> list[Any]:
        return [await work(client, url) for _ in range(times)]

    return several


WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nParis"


@pytest.mark.parametrize(
    "script",
    [
        [WHOLE],
        [bytes([byte]) for byte in WHOLE],
        [b"HTTP/1.1 100 Continue\r\n\r\n", WHOLE],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nPar\r\n2;ext=1\r\nis\r\n0\r\nTrailer: x\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"5\r", b"\nPar", b"is\r\n0", b"\r\n\r\n"],
        [b"HTTP/1.0 200 OK\r\n\r\nPar", b"is", None],
        [b"HTTP/1.1 200 OK\nContent-Length: 5\n\nParis"],
        [b"HTTP/1.1 200\r\nContent-Length: 5, 5\r\n\r\nParis"],
    ],
)
def test_an_answer_is_read_however_it_is_framed_and_cut(script: list[bytes | None]) -> None:
    assert talk(Wire(script), _text) == "Paris"


def test_a_compressed_answer_is_unpacked() -> None:
    packed = gzip.compress(b"Paris")
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    assert talk(Wire([head + packed]), _text) == "Paris"


def test_a_connection_carries_one_request_after_another() -> None:
    wire = Wire([WHOLE], [WHOLE], [WHOLE])
    assert talk(wire, _after(_text, 3)) == ["Paris"] * 3
    assert wire.connections == 1


@pytest.mark.parametrize(
    "script",
    [
        [WHOLE, None],
        [WHOLE + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"],
        [b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nParis"],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nParis\r\n0\r\n\r\n"],
        [b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nParis"],
    ],
)
def test_a_connection_that_ended_or_said_too_much_is_not_used_again(script: list[bytes | None]) -> None:
    async def with_a_pause(client: Any, url: str) -> str:
        text = await _text(client, url)
        await asyncio.sleep(0.02)
        return text

    wire = Wire(script, [WHOLE])
    assert talk(wire, _after(with_a_pause, 2)) == ["Paris", "Paris"]
    assert wire.connections == 2


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ([None], "ReadError"),
        ([WHOLE[:-1], None], "ReadError"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nPar", None], "ReadError"),
        ([b"SSH-2.0-OpenSSH_9.6\r\n\r\n"], "RemoteProtocolError"),
        ([b"HTTP/2 200\r\n\r\n"], "RemoteProtocolError"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nParis"], "RemoteProtocolError"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nParis"], "RemoteProtocolError"),
        ([b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n"], "RemoteProtocolError"),
        ([b"HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n"], "RemoteProtocolError"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\nParis\r\n0\r\n\r\n"], "RemoteProtocolError"),
        ([b"HTTP/1.1 200 OK\r\nA: " + b"x" * (LONGEST_HEAD + 1)], "RemoteProtocolError"),
    ],
)
def test_what_is_no_answer_is_the_clients_own_error(script: list[bytes | None], kind: str) -> None:
    with pytest.raises(getattr(http, kind)):
        talk(Wire(script), _text)


def test_events_are_given_as_they_come_and_the_connection_is_kept() -> None:
    events = [b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"]
    events += [b"9\r\ndata: %d\n\n\r\n" % number for number in range(3)]

    async def heard(client: Any, url: str) -> list[str]:
        async with client.stream("POST", url) as response:
            return [line async for line in response.aiter_lines() if line]

    wire = Wire([*events, b"0\r\n\r\n"], [*events, b"0\r\n\r\n"])
    assert talk(wire, _after(heard, 2)) == [["data: 0", "data: 1", "data: 2"]] * 2
    assert wire.connections == 1
    with pytest.raises(http.ReadError):
        talk(Wire([*events, None]), heard)


def test_a_stream_that_is_left_early_takes_its_connection_along() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 999\r\n\r\n"

    async def first(client: Any, url: str) -> str:
        async with client.stream("POST", url) as response:
            return str(await anext(response.aiter_lines()))

    wire = Wire([head, b"data: 1\n\ndata: 2\n\n"], [head, b"data: 3\n\n"])
    assert talk(wire, _after(first, 2)) == ["data: 1", "data: 3"]
    assert wire.connections == 2


def test_a_request_that_is_called_off_takes_its_connection_along() -> None:
    async def called_off(client: Any, url: str) -> str:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(_text(client, url), 0.05)
        return await _text(client, url)

    wire = Wire([b"HTTP/1.1 200 OK\r\n"], [WHOLE])
    assert talk(wire, called_off) == "Paris"
    assert wire.connections == 2


def test_no_header_can_begin_a_line_of_its_own() -> None:
    async def injected(client: Any, url: str) -> Any:
        return await client.post(url, headers={"Authorization": "Bearer key\r\nX-Evil: 1"})

    wire = Wire([WHOLE])
    with pytest.raises(http.LocalProtocolError, match="one line"):
        talk(wire, injected)
    assert wire.heads == []


def test_files_are_sent_with_their_length() -> None:
    async def uploaded(client: Any, url: str) -> str:
        return str((await client.post(url, files={"file": ("a.jsonl", b"{}")}, data={"purpose": "batch"})).text)

    wire = Wire([WHOLE])
    assert talk(wire, uploaded) == "Paris"
    assert b"multipart/form-data; boundary=" in wire.heads[0]


class Insecure(Wire):
    """Speaks plain HTTP whoever comes."""

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(WHOLE)
        await reader.read(1)
        writer.close()


def test_a_server_that_cannot_be_trusted_is_a_connection_that_fails() -> None:
    async def secured(client: Any, url: str) -> str:
        return await _text(client, url.replace("http:", "https:"))

    with pytest.raises(http.ConnectError, match="SSL"):
        talk(Insecure(), secured)


@given(st.binary(max_size=200))
def test_no_bytes_make_the_parser_raise_anything_but_its_own_error(data: bytes) -> None:
    for text in (data, b"HTTP/1.1 200 OK\r\n" + data):
        try:
            head = parsed_head(text, "POST")
        except ValueError:
            continue
        assert 100 <= head.status <= 999
        assert head.length is None or head.length >= 0


@given(st.binary(max_size=300), st.lists(st.integers(1, 40), max_size=20))
def test_a_body_survives_any_chunking_and_any_cut(body: bytes, sizes: list[int]) -> None:
    framed, rest = b"", body
    for size in sizes:
        piece, rest = rest[:size], rest[size:]
        framed += b"%x\r\n%s\r\n" % (len(piece), piece) if piece else b""
    framed += b"%x\r\n%s\r\n" % (len(rest), rest) if rest else b""
    whole = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + framed + b"0\r\n\r\n"

    async def read() -> bytes:
        connection = Connection()

        async def feed() -> None:
            for place in range(0, len(whole), 7):
                connection.data_received(whole[place : place + 7])
                await asyncio.sleep(0)

        feeding = asyncio.create_task(feed())
        head = await connection.head("POST")
        content = await connection.body(head)
        await feeding
        return content

    assert asyncio.run(read()) == body
