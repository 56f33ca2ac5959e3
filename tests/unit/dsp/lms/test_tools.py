from __future__ import annotations

import json

import pytest

from dsp.cache.memory import MemoryCache
from dsp.lms.cached import cached
from dsp.lms.openai import OpenAI
from dsp.testing.server import Fault, LMServer
from dsp.types.messages import ToolCall

TOOLS = [{"type": "function", "function": {"name": "search", "parameters": {"type": "object"}}}]
CALLS = (ToolCall("search", '{"query": "Emma"}', "call_1"), ToolCall("stop", "{}", "call_2"))
BODY = {
    "choices": [
        {
            "message": {
                "content": None,
                "tool_calls": [
                    {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
                    for call in CALLS
                ],
            },
            "finish_reason": "tool_calls",
        }
    ]
}


def test_tools_are_offered_and_calls_come_back_and_are_cached() -> None:
    with LMServer(BODY) as server:
        lm = cached(OpenAI("test", base_url=server.base_url), MemoryCache())
        for _ in range(2):
            completion = lm("q", tools=TOOLS).completions[0]
            assert completion.tool_calls == CALLS
            assert (completion.text, completion.finish_reason) == ("", "tool_calls")
        assert [asked.body["tools"] for asked in server.requests] == [TOOLS]


def test_calls_that_are_streamed_in_pieces_are_put_together() -> None:
    deltas = [
        [{"index": 0, "id": "call_1", "function": {"name": "search", "arguments": ""}}],
        [{"index": 0, "function": {"arguments": '{"query": '}}],
        [{"index": 1, "id": "call_2", "function": {"name": "stop", "arguments": "{}"}}],
        [{"index": 0, "function": {"arguments": '"Emma"}'}}],
    ]
    chunks = [{"choices": [{"index": 0, "delta": {"tool_calls": delta}}]} for delta in deltas]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
    content = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks).encode()
    with LMServer() as server:
        server.fail(Fault(content=content, content_type="text/event-stream"))
        cache = MemoryCache()
        lm = cached(OpenAI("test", base_url=server.base_url), cache)
        assert "".join(lm.stream("q", tools=TOOLS)) == ""
        assert lm("q", tools=TOOLS).completions[0].tool_calls == CALLS


@pytest.mark.parametrize("calls", ["many", [None], [{}], [{"function": None}], [{"function": {"name": 7}}]])
def test_calls_that_are_none_are_left_out(calls: object) -> None:
    body = {"choices": [{"message": {"content": "text", "tool_calls": calls}, "finish_reason": "stop"}]}
    with LMServer(body) as server:
        assert OpenAI("test", base_url=server.base_url)("q").completions[0].tool_calls == ()
