"""`dsp serve` over real sockets: what is answered, what is refused, and that nobody can hurt anybody else."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

import dsp
from dsp.cache.memory import MemoryCache
from dsp.errors import InputError, LMBudgetError, LMRateLimitError, LMTimeoutError
from dsp.lms.cached import cached
from dsp.lms.openai import OpenAI
from dsp.lms.scripted import Scripted
from dsp.server.http import Limits
from dsp.server.service import Service, is_loopback
from dsp.testing.server import LMServer
from dsp.types.prediction import Prediction
from indexes.passage import Passage

Start = Callable[..., Any]


class RAG(dsp.Module):
    def __init__(self) -> None:
        self.answer = dsp.Predict("context, question -> answer")

    def forward(self, question: str) -> Prediction:
        found = dsp.retrieve(question, k=1)
        return self.answer(context=found, question=question).copy(context=found)


class AsyncRAG(RAG):
    async def aforward(self, question: str) -> Prediction:
        found = dsp.retrieve(question, k=1)
        return (await self.answer.acall(context=found, question=question)).copy(context=found)


class Does(dsp.Module):
    """A program that does what it is told to."""

    def __init__(self, what: Callable[..., Any]) -> None:
        self.what = what

    async def aforward(self, **inputs: Any) -> Prediction:
        given = self.what(**inputs)
        return await given if asyncio.iscoroutine(given) else given


class DoesInAThread(dsp.Module):
    def __init__(self, what: Callable[..., Any]) -> None:
        self.what = what

    def forward(self, **inputs: Any) -> Prediction:
        given: Prediction = self.what(**inputs)
        return given


@pytest.fixture
def settings(make_retriever: Callable[[Sequence[Passage]], Any]) -> dict[str, Any]:
    emma = Passage("e", "Emma", "Jane Austen wrote Emma.")
    return {"lm": Scripted(lambda request: "Jane Austen"), "rm": make_retriever([emma])}


# what is answered


@pytest.mark.parametrize("in_thread", [False, True])
@pytest.mark.parametrize("make", [RAG, AsyncRAG])
def test_inputs_in_a_prediction_with_its_passages_out(
    served: Start, settings: dict[str, Any], make: type[dsp.Module], in_thread: bool
) -> None:
    got = served(make(), settings, in_thread=in_thread).run({"question": "Who wrote Emma?"})
    assert (got.status, got.headers["Content-Type"]) == (200, "application/json")
    assert got.json["prediction"]["answer"] == "Jane Austen"
    (passage,) = got.json["prediction"]["context"]
    assert (passage["id"], passage["title"], passage["rank"]) == ("e", "Emma", 1)
    assert got.json["usage"].keys() >= {"calls", "usd"}
    assert got.json["seconds"] >= 0
    assert "trace" not in got.json


@pytest.mark.parametrize(
    ("body", "query"),
    [({"question": "q"}, "?trace=1"), ({"inputs": {"question": "q"}, "trace": True}, "")],
)
def test_the_trace_comes_on_request(served: Start, settings: dict[str, Any], body: Any, query: str) -> None:
    trace = served(RAG(), settings).run(body, query).json["trace"]
    assert [step["kind"] for step in trace["steps"]] == ["search", "predict"]


def test_a_program_may_have_an_input_called_inputs(served: Start) -> None:
    program = dsp.Predict("inputs -> answer", lm=Scripted(["a", "b"]))
    server = served(program)
    assert server.run({"inputs": "x"}).json["prediction"] == {"answer": "a"}
    assert server.run({"inputs": {"x": 1}}).json["prediction"] == {"answer": "b"}


def test_health_says_how_it_is_and_what_it_cost(served: Start, settings: dict[str, Any]) -> None:
    server = served(RAG(), settings, concurrency=3)
    server.run({"question": "q"})
    server.run({})
    health = server.ask("GET", "/health").json
    assert {name: health[name] for name in ("status", "program", "lm", "concurrency", "finished", "failed")} == {
        "status": "ok", "program": "tested", "lm": "scripted/test", "concurrency": 3, "finished": 1, "failed": 0,
    }  # fmt: skip
    assert (health["running"], health["waiting"]) == (0, 0)
    assert health["usage"]["calls"] == 1


def test_the_page_says_what_is_served_and_shows_text_as_text(served: Start) -> None:
    program = dsp.Predict(dsp.Signature("question -> answer"), lm=Scripted([]))
    server = served(program)
    server.service.name = "<script>alert(1)</script>"
    got = server.ask("GET", "/")
    text = got.content.decode()
    assert got.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "&lt;script&gt;" in text
    assert "<script>" not in text
    assert "question -&gt; answer" in text
    assert "POST /v1/run" in text
    assert server.ask("HEAD", "/").content == b""


def test_numbers_that_json_lacks_come_as_null(served: Start) -> None:
    server = served(Does(lambda: Prediction(score=float("nan"), all=[float("inf"), 1.0], text="\ud800")))
    assert server.run({}).json["prediction"] == {"score": None, "all": [None, 1.0], "text": "\ud800"}


def test_a_connection_is_kept_for_further_requests_and_may_pipeline_them(served: Start) -> None:
    server = served(Does(lambda n: Prediction(n=n)))

    def request(n: int) -> bytes:
        body = json.dumps({"n": n}).encode()
        return b"POST /v1/run HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)

    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(request(1) + request(2) + request(3).replace(b"Host", b"Connection: close\r\nHost"))
        answers = b"".join(iter(lambda: client.recv(65536), b""))
    assert answers.count(b"HTTP/1.1 200 OK") == 3
    assert [answers.index(b'{"n": %d}' % n) for n in (1, 2, 3)] == sorted(
        answers.index(b'{"n": %d}' % n) for n in (1, 2, 3)
    )


def test_a_body_in_chunks_is_read(served: Start) -> None:
    server = served(Does(lambda n: Prediction(n=n)))
    head = b"POST /v1/run HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(head + b'3\r\n{"n\r\n5;x=y\r\n": 7}\r\n0\r\nX-Trailer: 1\r\n\r\n')
        assert b'{"n": 7}' in b"".join(iter(lambda: client.recv(65536), b""))


# what is refused


@pytest.mark.parametrize(
    ("body", "status", "kind", "said"),
    [
        (b"{", 400, "BadJSON", "must be a JSON object of inputs, but is none"),
        (b"", 400, "BadJSON", "must be a JSON object"),
        (b"\xff\xfe", 400, "BadJSON", "must be a JSON object"),
        (b"[1]", 400, "BadJSON", "but is a list"),
        (b'{"a":' * 20_000, 400, "BadJSON", "must be a JSON object"),
        ({}, 400, "InputError", "takes the inputs question, but this one lacks question"),
        ({"question": "q", "qestion": 1}, 400, "InputError", "has qestion besides"),
        ({"question": "q", "config": {}}, 400, "InputError", "has config besides"),
    ],
)  # fmt: skip
def test_bodies_that_are_no_inputs_are_refused_with_a_typed_error(
    served: Start, settings: dict[str, Any], body: Any, status: int, kind: str, said: str
) -> None:
    got = served(RAG(), settings).run(body)
    assert got.error == (status, kind)
    assert said in got.json["error"]["message"]


def test_paths_and_methods_that_are_not_there(served: Start, settings: dict[str, Any]) -> None:
    server = served(RAG(), settings)
    assert server.ask("GET", "/v2/run").error == (404, "NotFound")
    assert server.ask("GET", "/../../etc/passwd").error == (404, "NotFound")
    got = server.ask("GET", "/v1/run")
    assert (got.error, got.headers["Allow"]) == ((405, "MethodNotAllowed"), "POST")
    assert server.ask("DELETE", "/health").error == (405, "MethodNotAllowed")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_refused_and_the_client_reads_why(served: Start, chunked: bool) -> None:
    server = served(Does(lambda **_: Prediction()), limits=Limits(body=1000))
    big = b"x" * 3_000_000
    size = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % len(big)
    content = b"%x\r\n%s\r\n0\r\n\r\n" % (len(big), big) if chunked else big
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"POST /v1/run HTTP/1.1\r\nHost: localhost\r\n" + size + b"\r\n\r\n")
        with suppress(ConnectionError):  # it need not be read to its end
            client.sendall(content)
        answer = client.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"TooLarge"' in answer
    assert server.run({}).status == 200


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/3.0\r\n\r\n", 505),
        (b"GET evil HTTP/1.1\r\n\r\n", 400),
        (b"GET http://[ HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n folded: 1\r\n\r\n", 400),
        (b"POST /v1/run HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /v1/run HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST /v1/run HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST /v1/run HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
        (b"POST /v1/run HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"POST /v1/run HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n", 413),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nA: " + b"b" * 100_000 + b"\r\n\r\n", 431),
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400),
    ],
)  # fmt: skip
def test_what_is_no_request_is_told_so_and_the_server_goes_on(served: Start, sent: bytes, status: int) -> None:
    server = served(Does(lambda: Prediction(fine=True)))
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(sent)
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["type"]
    assert server.run({}).json["prediction"] == {"fine": True}


def test_a_request_that_comes_too_slowly_ends(served: Start) -> None:
    server = served(Does(lambda: Prediction()), limits=Limits(reading=0.2, idle=0.2))
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"GET / HTT")
        assert client.recv(65536).startswith(b"HTTP/1.1 408 ")
    with socket.create_connection(("127.0.0.1", server.port)) as silent:
        assert silent.recv(65536) == b""


@pytest.mark.parametrize(
    ("headers", "status", "kind"),
    [
        ({"Host": "evil.example"}, 403, "WrongHost"),
        ({"Host": "["}, 403, "WrongHost"),
        ({"Origin": "http://evil.example"}, 403, "WrongOrigin"),
        ({"Origin": "null"}, 403, "WrongOrigin"),
    ],
)
def test_no_web_page_may_use_a_server_on_loopback(
    served: Start, headers: dict[str, str], status: int, kind: str
) -> None:
    server = served(Does(lambda: Prediction()))
    assert server.ask("POST", "/v1/run", {}, **headers).error == (status, kind)
    own = f"localhost:{server.port}"
    assert server.ask("POST", "/v1/run", {}, Host=own, Origin=f"http://{own}").status == 200
    server.service.on_loopback = False
    assert server.ask("POST", "/v1/run", {}, Host="my.server").status == 200


# programs that fail


@pytest.mark.parametrize("make", [Does, DoesInAThread])
@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (ValueError("no idea"), 500, "ProgramError"),
        (SystemExit(3), 500, "ProgramError"),
        (InputError("k must be 1"), 400, "InputError"),
        (LMTimeoutError("slow"), 504, "LMTimeoutError"),
        (LMBudgetError("spent"), 503, "LMBudgetError"),
        (dsp.errors.ParseError("no field"), 502, "ParseError"),  # type: ignore[attr-defined]
    ],
)
def test_a_program_that_raises_is_an_error_of_its_type_and_the_others_go_on(
    served: Start, make: type[dsp.Module], error: BaseException, status: int, kind: str
) -> None:
    def what(fails: bool) -> Prediction:
        if fails:
            raise error
        return Prediction(fine=True)

    server = served(make(what))  # type: ignore[call-arg]
    got = server.run({"fails": True})
    assert got.error == (status, kind)
    assert str(error) in got.json["error"]["message"]
    assert "Traceback" not in got.json["error"]["message"]
    assert server.run({"fails": False}).status == 200
    assert server.ask("GET", "/health").json["failed"] == 1


def test_a_limit_of_the_lms_server_is_handed_on_with_its_wait(served: Start) -> None:
    def what() -> Prediction:
        raise LMRateLimitError("wait", retry_after=2.5)

    got = served(Does(what)).run({})
    assert (got.error, got.headers["Retry-After"]) == ((503, "LMRateLimitError"), "3")


def test_what_is_no_prediction_is_an_error(served: Start) -> None:
    got = served(Does(lambda: "text")).run({})
    assert got.error == (500, "ProgramError")
    assert "must return a Prediction, but this one gave str" in got.json["error"]["message"]


@pytest.mark.parametrize("in_thread", [False, True])
def test_a_run_that_takes_too_long_ends_with_a_timeout(served: Start, in_thread: bool) -> None:
    ended = threading.Event()

    def hangs(long: bool) -> Any:
        if in_thread:
            ended.wait(30 if long else 0)
            return Prediction()
        return asyncio.sleep(30 if long else 0, Prediction())

    server = served((DoesInAThread if in_thread else Does)(hangs), seconds=0.2, concurrency=2, in_thread=in_thread)
    assert server.run({"long": True}).error == (504, "Timeout")
    assert server.run({"long": False}).status == 200
    ended.set()


# many at once


@pytest.mark.parametrize("in_thread", [False, True])
def test_no_more_runs_than_allowed_are_under_way_and_all_are_answered(served: Start, in_thread: bool) -> None:
    lock, running, most = threading.Lock(), 0, 0

    def begin() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)

    def end(n: int) -> Prediction:
        nonlocal running
        with lock:
            running -= 1
        return Prediction(n=n)

    def in_a_thread(n: int) -> Prediction:
        begin()
        time.sleep(0.01)
        return end(n)

    async def awaited(n: int) -> Prediction:
        begin()
        await asyncio.sleep(0.01)
        return end(n)

    program = DoesInAThread(in_a_thread) if in_thread else Does(awaited)
    server = served(program, concurrency=4, in_thread=in_thread)
    with ThreadPoolExecutor(24) as clients:
        answers = list(clients.map(lambda n: server.run({"n": n}).json["prediction"]["n"], range(120)))
    assert answers == list(range(120))
    assert most == 4
    assert server.service.finished == 120


def test_many_clients_share_the_cache_and_what_is_in_flight(
    served: Start, settings: dict[str, Any], tmp_path: Any
) -> None:
    with LMServer("Jane Austen", latency=0.1) as lms:
        lm = cached(OpenAI("m", base_url=lms.base_url), MemoryCache())
        server = served(AsyncRAG(), {**settings, "lm": lm}, concurrency=16)
        with ThreadPoolExecutor(16) as clients:
            answers = list(clients.map(lambda n: server.run({"question": f"q{n % 4}"}).json, range(64)))
        assert {each["prediction"]["answer"] for each in answers} == {"Jane Austen"}
        server.stop()  # which closes its connections to the LM's server
        assert len(lms.requests) == 4
        assert sum(each["usage"]["calls"] for each in answers) == 4


def test_when_too_many_wait_others_are_sent_away_and_come_back(served: Start) -> None:
    let_go = threading.Event()
    server = served(DoesInAThread(lambda: Prediction(fine=let_go.wait(30))), concurrency=1, in_thread=True)
    server.service.slots._most_waiting = 1
    with ThreadPoolExecutor(2) as clients:
        under_way = [clients.submit(server.run, {}) for _ in range(2)]
        while server.service.slots.running + server.service.slots.waiting < 2:
            time.sleep(0.01)
        got = server.run({})
        assert (got.error, got.headers["Retry-After"]) == ((503, "Overloaded"), "1")
        assert server.ask("GET", "/health").json["waiting"] == 1
        let_go.set()
        assert [each.result().status for each in under_way] == [200, 200]


def test_a_client_that_hangs_up_calls_its_run_off_and_no_other(served: Start) -> None:
    began, called_off = threading.Event(), threading.Event()

    async def what(slow: bool) -> Prediction:
        try:
            began.set()
            await asyncio.sleep(60 if slow else 0)
        except asyncio.CancelledError:
            called_off.set()
            raise
        return Prediction(fine=True)

    server = served(Does(what), concurrency=2)
    body = b'{"slow": true}'
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"POST /v1/run HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        assert began.wait(30)
    assert called_off.wait(30)
    assert server.run({"slow": False}).json["prediction"] == {"fine": True}
    assert server.service.slots.running == 0


def test_a_client_that_hangs_up_in_the_middle_of_its_request_is_forgotten(served: Start) -> None:
    server = served(Does(lambda: Prediction(fine=True)))
    for sent in (b"", b"POST /v1/r", b"POST /v1/run HTTP/1.1\r\nContent-Length: 100\r\n\r\n{"):
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(sent)
    assert server.run({}).status == 200


# the end


def test_stopping_lets_runs_end_and_calls_off_those_that_do_not(served: Start) -> None:
    began = threading.Semaphore(0)

    async def what(seconds: float) -> Prediction:
        began.release()
        await asyncio.sleep(seconds)
        return Prediction(fine=True)

    server = served(Does(what))
    with ThreadPoolExecutor(2) as clients:
        quick, slow = clients.submit(server.run, {"seconds": 0.3}), clients.submit(server.run, {"seconds": 60})
        assert began.acquire(timeout=30)
        assert began.acquire(timeout=30)
        with socket.create_connection(("127.0.0.1", server.port)):  # who says nothing holds up nobody
            server.stop()
        assert quick.result().json["prediction"] == {"fine": True}
        with pytest.raises(Exception, match=r"closed|reset|Remote end"):
            slow.result()


def test_an_address_that_is_taken_is_an_input_error(served: Start) -> None:
    from dsp.server.serving import serve

    port = served(Does(lambda: Prediction())).port
    with pytest.raises(InputError, match=f"127.0.0.1:{port} cannot be had"):
        asyncio.run(serve(Service(RAG(), "x", {}), "127.0.0.1", port, stop=asyncio.Event()))


@pytest.mark.parametrize("options", [{"concurrency": 0}, {"seconds": 0}, {"limits": Limits(body=0)}])
def test_bounds_that_let_nothing_through_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="a server needs a concurrency from 1"):
        Service(RAG(), "x", {}, **options)


@pytest.mark.parametrize(
    ("host", "local"),
    [("localhost", True), ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("0.0.0.0", False),
     ("192.168.0.1", False), ("localhost.evil.example", False), ("", False)],
)  # fmt: skip
def test_which_names_are_this_machines_own(host: str, local: bool) -> None:
    assert is_loopback(host) is local
