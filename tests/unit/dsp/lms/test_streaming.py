from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator

import pytest

from dsp.cache.memory import MemoryCache
from dsp.errors import InputError, LMConnectionError, LMError, LMResponseError, LMServerError, LMTimeoutError
from dsp.lms.cached import cached
from dsp.lms.limited import limited
from dsp.lms.openai import OpenAI
from dsp.lms.retrying import retrying
from dsp.lms.scripted import Scripted
from dsp.lms.signals import listening_to_pieces
from dsp.testing.server import Fault, LMServer, completion_body, events_of

TEXT = "The capital of France is Paris, 𝒻𝒶𝓂ously."


@pytest.fixture
def server() -> Iterator[LMServer]:
    with LMServer(TEXT) as running:
        yield running


@pytest.fixture
def lm(server: LMServer) -> OpenAI:
    return OpenAI("test", base_url=server.base_url, timeout=5)


def test_pieces_come_while_the_model_still_speaks(server: LMServer, lm: OpenAI) -> None:
    server.pause = 0.02
    pieces = lm.stream("q")
    first = next(pieces)
    assert server._in_flight == 1
    assert 0 < len(first) < len(TEXT)
    assert first + "".join(pieces) == TEXT
    assert server.requests[0].body["stream"] is True


def test_inside_an_event_loop_too(lm: OpenAI) -> None:
    async def collect() -> list[str]:
        return [piece async for piece in lm.astream("q")]

    pieces = asyncio.run(collect())
    assert len(pieces) > 3
    assert "".join(pieces) == TEXT


def test_a_stream_goes_through_every_wrapper_and_its_answer_is_cached(server: LMServer, lm: OpenAI) -> None:
    whole = cached(limited(retrying(lm), in_flight=2), MemoryCache())
    pieces = list(whole.stream("q"))
    assert len(pieces) > 3
    assert list(whole.stream("q")) == [TEXT]
    assert whole("q").usage.cached_calls == 1
    assert len(server.requests) == 1


def test_a_streamed_answer_counts_its_tokens(lm: OpenAI) -> None:
    with listening_to_pieces(lambda piece: None):
        response = lm("two words")
    assert (response.usage.calls, response.usage.prompt_tokens, response.usage.completion_tokens) == (1, 2, 7)


def test_a_model_that_cannot_stream_gives_one_piece() -> None:
    assert list(Scripted(["whole"]).stream("q")) == ["whole"]


def test_a_server_that_answers_without_streaming_is_understood(server: LMServer, lm: OpenAI) -> None:
    server.fail(Fault.json(completion_body(["whole"])))
    assert list(lm.stream("q")) == ["whole"]


def test_a_stream_cut_halfway_is_an_error_and_never_a_whole_answer(server: LMServer, lm: OpenAI) -> None:
    content = events_of(completion_body([TEXT]))
    half = content[: content.index(b"Paris") - 20].rpartition(b"\n\n")[0] + b"\n\n"
    for fault in (
        Fault(content=half, content_type="text/event-stream"),
        Fault(content=content, content_type="text/event-stream", sent=len(half)),
    ):
        server.fail(fault)
        with pytest.raises(LMConnectionError) as caught:
            list(lm.stream("q"))
        assert caught.value.retryable
    assert list(lm("again")) == [TEXT]


def test_an_attempt_that_breaks_off_is_gone_on_with_where_it_stopped(server: LMServer, lm: OpenAI) -> None:
    content = events_of(completion_body([TEXT]))
    server.fail(Fault(content=content, content_type="text/event-stream", sent=len(content) // 2))
    assert "".join(retrying(lm, first_wait=0.001).stream("q")) == TEXT
    assert len(server.requests) == 2


def test_a_new_attempt_that_says_something_else_is_an_error(server: LMServer, lm: OpenAI) -> None:
    content = events_of(completion_body(["Quite another answer, at some length."]))
    server.fail(Fault(content=content, content_type="text/event-stream", sent=len(content) // 2))
    given: list[str] = []
    with pytest.raises(LMConnectionError, match="must go on where it broke off"):
        given.extend(retrying(lm, first_wait=0.001).stream("q"))
    assert given
    assert "Quite another answer".startswith("".join(given)[:10])


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.status(500), LMServerError),
        (Fault.html(), LMResponseError),
        (Fault(content=b"data: {half\n\n", content_type="text/event-stream"), LMResponseError),
        (Fault(content=b"data: [DONE]\n\n", content_type="text/event-stream"), LMResponseError),
        (Fault(content=b'data: {"error": {"message": "x"}}\n\n', content_type="text/event-stream"), LMResponseError),
        (Fault(content=b"data: [1]\n\n", content_type="text/event-stream"), LMResponseError),
        (Fault(content=events_of(completion_body([TEXT])), content_type="text/event-stream", pace=20), LMTimeoutError),
        (Fault.drop(), LMConnectionError),
    ],
)
def test_whatever_goes_wrong_in_a_stream_is_a_typed_error(server: LMServer, fault: Fault, kind: type[LMError]) -> None:
    lm = OpenAI("test", base_url=server.base_url, timeout=0.4)
    server.fail(fault)
    with pytest.raises(LMError) as caught:
        list(lm.stream("q"))
    assert type(caught.value) is kind
    assert "".join(lm.stream("again")) == TEXT


def test_surrogate_pairs_split_between_chunks_are_joined(server: LMServer, lm: OpenAI) -> None:
    chunks = [{"content": "a\ud83d"}, {"content": "\ude00b"}, {"content": "\ud83d"}]
    lines = [json.dumps({"choices": [{"index": 0, "delta": delta}]}) for delta in chunks]
    lines.append(json.dumps({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}))
    content = "".join(f"data: {line}\n\n" for line in lines).encode()
    server.fail(Fault(content=content, content_type="text/event-stream"))
    assert "".join(lm.stream("q")) == "a😀b\ufffd"


def test_a_reader_that_leaves_early_calls_the_request_off(server: LMServer, lm: OpenAI) -> None:
    server.pause = 0.05
    before = threading.active_count()
    pieces = lm.stream("q")
    next(pieces)
    pieces.close()
    assert threading.active_count() <= before + 1
    server.pause = 0.0
    assert list(lm("again")) == [TEXT]


def test_a_stream_of_several_completions_is_refused(lm: OpenAI) -> None:
    with pytest.raises(InputError, match="n is 2"):
        list(lm.stream("q", n=2))
