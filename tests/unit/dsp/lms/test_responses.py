from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from dsp.errors import LMConnectionError, LMResponseError
from dsp.lms.openai import OpenAI
from dsp.lms.registry import lm_from_name
from dsp.lms.structured import structured
from dsp.lms.wires import RESPONSES
from dsp.testing.server import Fault, LMServer, response_body, responses_events_of
from dsp.types.messages import ToolCall

TEXT = "The capital of France is Paris, I think."


@pytest.fixture
def server() -> Iterator[LMServer]:
    with LMServer(TEXT) as running:
        yield running


@pytest.fixture
def lm(server: LMServer) -> OpenAI:
    return OpenAI("test", base_url=server.base_url, wire=RESPONSES)


def test_a_request_is_spelled_as_the_responses_api_does(server: LMServer, lm: OpenAI) -> None:
    response = lm("two words", max_tokens=9, seed=3)
    assert list(response) == [TEXT]
    assert (response.usage.prompt_tokens, response.usage.completion_tokens) == (2, 8)
    assert server.requests[0].path == "/v1/responses"
    assert server.requests[0].body == {
        "model": "test",
        "input": [{"role": "user", "content": "two words"}],
        "temperature": 0.0,
        "max_output_tokens": 9,
        "store": False,
        "stream": False,
    }


def test_several_completions_are_several_requests(server: LMServer, lm: OpenAI) -> None:
    assert len(lm("q", n=3)) == 3
    assert len(server.requests) == 3


def test_stop_strings_that_the_api_lacks_cut_all_the_same(lm: OpenAI) -> None:
    assert lm("q", stop=["Paris", "France"])[0] == "The capital of "
    assert "".join(lm.stream("q", stop="Paris")) == "The capital of France is "


def test_it_streams(server: LMServer, lm: OpenAI) -> None:
    pieces = list(lm.stream("q"))
    assert len(pieces) > 3
    assert "".join(pieces) == TEXT
    half = responses_events_of(response_body(TEXT)).partition(b"event: response.completed")[0]
    server.fail(Fault(content=half, content_type="text/event-stream"))
    with pytest.raises(LMConnectionError, match="cut after 40 characters"):
        list(lm.stream("again"))


def test_schemas_and_tools_are_spelled_as_the_api_does(server: LMServer, lm: OpenAI) -> None:
    server.answer = '{"city": "Paris"}'
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    structured(lm, schema)("q", tools=[{"type": "function", "function": {"name": "search", "parameters": {}}}])
    body = server.requests[0].body
    assert body["text"]["format"] == {"type": "json_schema", "name": "answer", "schema": schema, "strict": True}
    assert body["tools"] == [{"type": "function", "name": "search", "parameters": {}}]


def test_images_files_and_earlier_calls_of_tools_are_spelled_as_the_api_does(server: LMServer, lm: OpenAI) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}}
    pdf = {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"}}
    audio = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}
    call = {"id": "c1", "type": "function", "function": {"name": "search", "arguments": "{}"}}
    lm(
        [
            {"role": "user", "content": [{"type": "text", "text": "what is this?"}, image, pdf, audio]},
            {"role": "assistant", "content": [{"type": "text", "text": "I look it up."}], "tool_calls": [call]},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "a cat"},
        ]
    )
    called = {"type": "function_call", "call_id": "c1", "name": "search", "arguments": "{}"}
    assert server.requests[0].body["input"] == [
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "what is this?"},
                {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "low"},
                {"type": "input_file", **pdf["file"]},
                audio,
            ],
        },
        {"role": "assistant", "content": [{"type": "output_text", "text": "I look it up."}]},
        called,
        called,
        {"type": "function_call_output", "call_id": "c1", "output": "a cat"},
    ]


def test_calls_of_tools_and_cached_tokens_are_read(server: LMServer, lm: OpenAI) -> None:
    call = {"type": "function_call", "name": "search", "arguments": '{"q": 1}', "call_id": "c1"}
    server.fail(Fault.json({"status": "completed", "output": [{"type": "reasoning"}, call]}))
    completion = lm("q").completions[0]
    assert completion.tool_calls == (ToolCall("search", '{"q": 1}', "c1"),)
    assert completion.finish_reason == "tool_calls"


def test_an_answer_cut_short_says_so(server: LMServer, lm: OpenAI) -> None:
    body = response_body("half an")
    server.fail(Fault.json({**body, "status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}))
    assert lm("q").completions[0].finish_reason == "length"


@pytest.mark.parametrize(
    "body",
    [[], None, {}, {"output": None}, {"status": "completed", "output": []}, {"error": {"message": "overloaded"}}],
)
def test_what_is_no_response_is_refused_with_what_the_server_said(server: LMServer, lm: OpenAI, body: object) -> None:
    server.fail(Fault.json(body))
    with pytest.raises(LMResponseError) as caught:
        lm("q")
    assert caught.value.evidence == json.dumps(body)


def test_the_wire_is_part_of_the_fingerprint_and_has_a_name() -> None:
    named = lm_from_name("openai-responses/gpt-4o-mini", lookup=lambda _: None)
    assert named.fingerprint == OpenAI("gpt-4o-mini", wire=RESPONSES).fingerprint
    assert named.fingerprint != OpenAI("gpt-4o-mini").fingerprint
    assert isinstance(named, OpenAI)
    assert named.price is not None
