"""What OpenAI-compatible servers say: whole answers and streams of events, for tests."""

from __future__ import annotations

import base64
import json
import re
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any


def completion_body(texts: Sequence[str], *, model: str = "test", prompt_tokens: int = 10) -> dict[str, Any]:
    """A chat completion as servers write it. Tokens are counted in words."""
    said = sum(len(text.split()) for text in texts)
    return {
        "id": "chatcmpl-test",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [
            {"index": i, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            for i, text in enumerate(texts)
        ],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": said,
            "total_tokens": prompt_tokens + said,
        },
    }


def response_body(text: str, *, model: str = "test", prompt_tokens: int = 10) -> dict[str, Any]:
    """An answer of the responses API. Tokens are counted in words."""
    said = len(text.split())
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {
        "id": "resp_test",
        "object": "response",
        "status": "completed",
        "model": model,
        "output": [{"type": "message", "role": "assistant", "status": "completed", "content": content}],
        "usage": {"input_tokens": prompt_tokens, "output_tokens": said, "total_tokens": prompt_tokens + said},
    }


def responses_events_of(body: Mapping[str, Any]) -> bytes:
    """An answer of the responses API as a stream of events."""
    text = body["output"][0]["content"][0]["text"]
    pieces = [text[place : place + 6] for place in range(0, len(text), 6)]
    events = [{"type": "response.output_text.delta", "output_index": 0, "delta": piece} for piece in pieces]
    whole = [{"type": "response.created"}, *events, {"type": "response.completed", "response": body}]
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in whole).encode()


def events_of(body: Mapping[str, Any]) -> bytes:
    """A chat completion as a stream of events, a word or so in each."""
    events: list[Any] = []
    for choice in body["choices"]:
        text = choice["message"]["content"] or ""
        for place in range(0, len(text), 6):
            delta = {"role": "assistant", "content": text[place : place + 6]}
            events.append({"choices": [{"index": choice["index"], "delta": delta, "finish_reason": None}]})
        last = {"index": choice["index"], "delta": {}, "finish_reason": choice.get("finish_reason")}
        events.append({"choices": [last]})
    events.append({"choices": [], "usage": body.get("usage")})
    lines = [json.dumps({"object": "chat.completion.chunk", **event}) for event in events]
    return "".join(f"data: {line}\n\n" for line in [*lines, "[DONE]"]).encode()


def embeddings_body(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Vectors of 64 numbers, or of as many as are asked for: texts that share words are close."""
    size = int(asked.get("dimensions") or 64)
    vectors = []
    for text in asked["input"]:
        vector = [0.0] * size
        for word in set(re.findall(r"\w+", text.lower())):
            vector[zlib.crc32(word.encode()) % size] += 1.0
        vectors.append(vector)
    told = [_as_asked(vector, asked.get("encoding_format")) for vector in vectors]
    data = [{"object": "embedding", "index": place, "embedding": vector} for place, vector in enumerate(told)]
    words = sum(len(text.split()) for text in asked["input"])
    usage = {"prompt_tokens": words, "total_tokens": words}
    return {"object": "list", "model": str(asked.get("model", "")), "data": data, "usage": usage}


def _as_asked(vector: Sequence[float], form: Any) -> Any:
    packed = struct.pack(f"<{len(vector)}f", *vector)
    return base64.b64encode(packed).decode() if form == "base64" else list(vector)
