from __future__ import annotations

import asyncio
import logging
import pickle
import threading
from collections.abc import Iterator
from types import TracebackType

import pytest

from dsp.errors import (
    InputError,
    LMAuthenticationError,
    LMConnectionError,
    LMError,
    LMRateLimitError,
    LMRequestError,
    LMResponseError,
    LMServerError,
    LMTimeoutError,
)
from dsp.lms.openai import OpenAI
from dsp.testing.server import Asked, Fault, LMServer

KEY = "sk-very-secret-0123456789"


class Vault:
    """A key source whose repr shows nothing."""

    def __call__(self) -> str:
        return KEY


@pytest.fixture
def server() -> Iterator[LMServer]:
    with LMServer(lambda body: f"heard {body['messages'][-1]['content']}") as running:
        yield running


@pytest.fixture
def lm(server: LMServer) -> OpenAI:
    return OpenAI("test", base_url=server.base_url, key=Vault(), key_name="TEST_KEY", key_required=True)


def test_a_request_arrives_as_it_was_meant(lm: OpenAI, server: LMServer) -> None:
    response = lm("hello", temperature=0.5, max_tokens=9, stop="\n", seed=3, user="me")
    assert list(response) == ["heard hello"]
    assert response.model == "openai/test"
    assert (response.usage.calls, response.usage.prompt_tokens, response.usage.completion_tokens) == (1, 1, 2)
    assert response.usage.usd is None
    asked = server.requests[0]
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.body == {
        "model": "test",
        "messages": [{"role": "user", "content": "hello"}],
        "temperature": 0.5,
        "max_tokens": 9,
        "stop": ["\n"],
        "seed": 3,
        "user": "me",
    }


def test_both_faces_may_be_used_in_turn_and_one_loop_after_another(lm: OpenAI) -> None:
    for number in range(3):
        assert asyncio.run(lm.acall(f"a{number}"))[0] == f"heard a{number}"
        assert lm(f"b{number}")[0] == f"heard b{number}"


def test_many_in_flight_spread_over_clients_and_all_arrive(server: LMServer) -> None:
    server.latency = 0.1
    lm = OpenAI("test", base_url=server.base_url)

    async def together() -> list[str]:
        return [response[0] for response in await asyncio.gather(*(lm.acall(str(n)) for n in range(100)))]

    assert asyncio.run(together()) == [f"heard {n}" for n in range(100)]
    assert server.most_in_flight > 64


@pytest.mark.parametrize(
    ("fault", "kind", "said"),
    [
        (Fault.status(400, "bad temperature"), LMRequestError, "bad temperature"),
        (Fault.status(401, f"Incorrect API key provided: {KEY}"), LMAuthenticationError, "TEST_KEY"),
        (Fault.status(403), LMAuthenticationError, "TEST_KEY"),
        (Fault.status(404, "no such model"), LMRequestError, 'knows no model "test"'),
        (Fault.status(408), LMTimeoutError, "too long"),
        (Fault.status(413, "too large"), LMRequestError, "too large"),
        (Fault.status(429), LMRateLimitError, "asks to wait"),
        (Fault.status(429, "spent", code="insufficient_quota"), LMRequestError, "no quota left"),
        (Fault.status(500), LMServerError, "failed"),
        (Fault.status(503), LMServerError, "failed"),
        (Fault.status(529), LMServerError, "failed"),
        (Fault.html(502), LMServerError, "Bad gateway"),
        (Fault.html(200), LMResponseError, "text/html"),
        (Fault.truncated(), LMResponseError, "not JSON"),
        (Fault.json({"choices": []}), LMResponseError, "no choices"),
        (Fault.json({"choices": [{"message": {"content": None}}]}), LMResponseError, "no text"),
        (Fault.drop(), LMConnectionError, "broke before the answer was whole"),
        (Fault.drop(after=7), LMConnectionError, "broke before the answer was whole"),
        (Fault(304, b""), LMResponseError, "redirects to nowhere"),
    ],
)
def test_whatever_the_server_does_is_a_typed_error_and_the_next_request_is_unharmed(
    lm: OpenAI, server: LMServer, fault: Fault, kind: type[LMError], said: str
) -> None:
    server.fail(fault)
    with pytest.raises(LMError, match=said) as caught:
        lm("hello")
    assert type(caught.value) is kind
    assert caught.value.model in ("test", "openai/test")
    assert lm("again")[0] == "heard again"


def test_a_redirect_in_a_circle_ends_in_an_error() -> None:
    def circle(_: int) -> Fault:
        return Fault(307, b"", headers={"Location": "/v1/chat/completions"})

    with (
        LMServer(faults=circle) as server,
        pytest.raises(LMResponseError, match="redirects in a circle"),
    ):
        OpenAI("test", base_url=server.base_url)("hello")


def test_a_refused_connection_names_the_address_and_the_remedy() -> None:
    with LMServer() as gone:
        address = gone.base_url
    with pytest.raises(LMConnectionError, match=r"no server answers at http://127.0.0.1:\d+/v1 .*; start it") as caught:
        OpenAI("test", base_url=address)("hello")
    assert caught.value.retryable


@pytest.mark.parametrize("fault", [Fault.silence(), Fault.trickle(20)])
def test_a_server_that_is_too_slow_is_left_and_no_thread_hangs(server: LMServer, fault: Fault) -> None:
    lm = OpenAI("test", base_url=server.base_url, timeout=0.3)
    lm("warm")
    threads = threading.active_count()
    server.fail(fault)
    with pytest.raises(LMTimeoutError, match=r"within 0\.3 s"):
        lm("hello")
    assert threading.active_count() == threads


def test_a_proxy_of_the_environment_does_not_stand_before_this_machine(
    server: LMServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert OpenAI("test", base_url=server.base_url)("hello")[0] == "heard hello"


def test_a_missing_key_names_the_variable_and_no_request_is_made(server: LMServer) -> None:
    lm = OpenAI("test", base_url=server.base_url, key=lambda: None, key_name="MY_KEY", key_required=True)
    with pytest.raises(LMAuthenticationError, match=r"needs a key, but MY_KEY is not set; set MY_KEY"):
        lm("hello")
    assert server.requests == []


def test_a_key_is_asked_for_each_time(server: LMServer) -> None:
    keys = iter(["first", "second"])
    lm = OpenAI("test", base_url=server.base_url, key=lambda: next(keys))
    lm("a")
    lm("b")
    assert [asked.headers["authorization"] for asked in server.requests] == ["Bearer first", "Bearer second"]


def _everything_held(error: BaseException) -> str:
    """What a crash reporter could write down: messages, attributes, chains, and the locals of every frame."""
    seen, parts = error, []
    while seen is not None:
        parts.append(f"{seen!r} {seen.__dict__!r} {getattr(seen, '__notes__', '')}")
        trace: TracebackType | None = seen.__traceback__
        while trace is not None:
            if trace.tb_frame.f_globals["__name__"].startswith("dsp."):
                parts.append(repr(trace.tb_frame.f_locals))
            trace = trace.tb_next
        seen = seen.__cause__ or seen.__context__
    return "\n".join(parts)


@pytest.mark.parametrize(
    "fault",
    [
        Fault.status(401, f"Incorrect API key: {KEY}"),
        Fault.status(400, f"your header was Authorization: Bearer {KEY}"),
        Fault.status(500, KEY),
        Fault.drop(),
        Fault.html(),
        Fault(content=f"<html>{KEY}</html>".encode()),
        Fault.silence(),
    ],
)
def test_no_key_is_in_an_error_or_in_what_it_holds(server: LMServer, fault: Fault) -> None:
    lm = OpenAI("test", base_url=server.base_url, key=Vault(), timeout=0.5)
    server.fail(fault)
    with pytest.raises(LMError) as caught:
        lm("hello")
    assert KEY not in _everything_held(caught.value)


def test_no_key_is_in_a_name_a_repr_or_a_fingerprint(lm: OpenAI) -> None:
    lm("hello")
    assert KEY not in f"{lm!r} {lm.name} {lm.fingerprint} {vars(lm)!r} {vars(lm.endpoint)!r}"


def test_no_key_is_in_any_log_however_talkative(lm: OpenAI, server: LMServer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        lm("hello")
        server.fail(Fault.status(401, KEY))
        with pytest.raises(LMAuthenticationError):
            lm("again")
    assert len(caplog.records) >= 2
    assert KEY not in caplog.text
    assert KEY not in "".join(repr(record.__dict__) for record in caplog.records)


def test_the_fingerprint_tells_endpoints_models_and_settings_apart() -> None:
    prints = {
        OpenAI("a").fingerprint,
        OpenAI("b").fingerprint,
        OpenAI("a", base_url="http://127.0.0.1:8000/v1").fingerprint,
        OpenAI("a", extra={"reasoning_effort": "low"}).fingerprint,
    }
    assert len(prints) == 4
    assert OpenAI("a", base_url="https://api.openai.com/v1/").fingerprint == OpenAI("a").fingerprint


def test_a_server_that_ignores_n_is_asked_again_for_the_rest(server: LMServer) -> None:
    server.honours_n = False
    lm = OpenAI("test", base_url=server.base_url)
    response = lm("hello", n=4, seed=10)
    assert len(response) == 4
    assert response.usage.calls == 4
    assert sorted(asked.body["seed"] for asked in server.requests) == [10, 11, 12, 13]


def test_a_server_that_refuses_n_is_asked_one_at_a_time(server: LMServer) -> None:
    server.fail(Fault.status(400, "n must be 1", param="n", code="invalid"))
    lm = OpenAI("test", base_url=server.base_url)
    assert len(lm("hello", n=3)) == 3
    assert len(lm("hello", n=2)) == 2
    assert [asked.body.get("n") for asked in server.requests] == [3] + [None] * 5


def test_a_server_that_gives_more_than_n_is_cut(server: LMServer) -> None:
    server.answer = {"choices": [{"message": {"content": text}, "finish_reason": "stop"} for text in "abc"]}
    assert list(OpenAI("test", base_url=server.base_url)("hello", n=2)) == ["a", "b"]


def _reasoning_model(requests: list[Asked]) -> Fault | None:
    """Refuses what reasoning models refuse, as OpenAI words it."""
    body = requests[-1].body
    if "max_tokens" in body:
        return Fault.status(400, "Use max_completion_tokens", param="max_tokens", code="unsupported_parameter")
    if "temperature" in body:
        return Fault.status(400, "Only the default (1)", param="temperature", code="unsupported_value")
    return None


def test_a_model_that_wants_its_settings_spelled_otherwise_is_understood_once_and_for_all() -> None:
    server = LMServer(faults=lambda _: _reasoning_model(server.requests))
    with server:
        lm = OpenAI("test", base_url=server.base_url)
        lm("hello", max_tokens=9)
        lm("again", max_tokens=9)
    assert len(server.requests) == 4
    assert server.requests[-1].body["max_completion_tokens"] == 9


def test_an_interrupted_task_leaves_the_others_unharmed(lm: OpenAI, server: LMServer) -> None:
    async def both() -> str:
        server.fail(Fault.silence())
        slow = asyncio.create_task(lm.acall("slow"))
        while not server.requests:
            await asyncio.sleep(0.001)
        quick = asyncio.create_task(lm.acall("quick"))
        slow.cancel()
        return (await quick)[0]

    assert asyncio.run(both()) == "heard quick"


def test_a_pickled_lm_still_answers(server: LMServer) -> None:
    lm = OpenAI("test", base_url=server.base_url, key=Vault())
    lm("hello")
    assert pickle.loads(pickle.dumps(lm))("again")[0] == "heard again"  # noqa: S301


@pytest.mark.parametrize("base_url", ["", "localhost:8000", "ftp://host/v1", "http://"])
def test_a_base_url_that_is_not_one_is_refused(base_url: str) -> None:
    with pytest.raises(InputError, match="begins with http:// or https:// and a host"):
        OpenAI("test", base_url=base_url)


def test_a_model_without_a_name_is_refused() -> None:
    with pytest.raises(InputError, match="a model needs a name"):
        OpenAI("")
