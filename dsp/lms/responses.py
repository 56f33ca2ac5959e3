"""The responses API on the wire: the same requests and answers as `chat`, spelled as OpenAI's newer endpoint does.

It gives one completion a request, and has neither stop strings nor seeds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dsp.errors import LMConnectionError, LMResponseError
from dsp.lms.chat import EVIDENCE, Answer, answer_of, body_of, short, tool_calls_of, whole_text
from dsp.types.messages import FinishReason, LMCompletion, LMRequest

_REASONS: dict[Any, FinishReason] = {"max_output_tokens": "length", "content_filter": "content_filter"}


def responses_body(request: LMRequest, model: str, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON body of a request. Nothing is stored at the server. Raises LMRequestError as `chat.body_of` does."""
    body = body_of(request, model, defaults)
    body = {key: value for key, value in body.items() if key not in ("n", "stop", "seed")}
    body["input"] = [item for message in body.pop("messages") for item in _items(message)]
    body.setdefault("store", False)
    body.setdefault("stream", False)  # some servers stream unless they are told not to
    if "max_tokens" in body:
        body["max_output_tokens"] = body.pop("max_tokens")
    if isinstance(form := body.pop("response_format", None), dict):
        inner = form.get("json_schema")
        flat = {"type": form.get("type"), **inner} if isinstance(inner, dict) else form
        body["text"] = {**body.get("text", {}), "format": flat}
    if isinstance(body.get("tools"), list):
        body["tools"] = [_flat_tool(tool) for tool in body["tools"]]
    return body


def read_response(content: bytes, content_type: str, *, model: str, url: str) -> Answer:
    """The completion in a server's answer of status 200. Raises LMResponseError as `chat.read_answer` does."""
    said = content[: 4 * EVIDENCE].decode("utf-8", "replace")[:EVIDENCE]
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        kind = content_type.partition(";")[0] or "no content type"
        raise _refuse(url, model, f"it is not JSON ({kind}, {len(content)} bytes)", said) from None
    return _answer(data, model=model, url=url, said=said)


class ResponsesAssembly:
    """Collects the events of one streamed response; see `Assembly`."""

    def __init__(self, *, model: str, url: str) -> None:
        self._model = model
        self._url = url
        self._told = ""
        self._held = ""
        self._final: Any = None

    def feed(self, line: str) -> str:
        """One line of the stream; gives the new text. Raises LMResponseError for what is no event, or an error."""
        name, _, value = line.partition(":")
        value = value.strip()
        if name != "data" or not value or value == "[DONE]":
            return ""
        try:
            event = json.loads(value)
        except (ValueError, RecursionError):
            raise _refuse(self._url, self._model, "an event of its stream is not JSON", value[:EVIDENCE]) from None
        kind = event.get("type") if isinstance(event, dict) else None
        if kind == "error":
            raise _refuse(self._url, self._model, f"it breaks off with an error: {short(event)}", value[:EVIDENCE])
        if kind in ("response.completed", "response.incomplete", "response.failed"):
            self._final = event.get("response")
        if kind not in ("response.output_text.delta", "response.refusal.delta"):
            return ""
        text = self._held + str(event.get("delta") or "")
        self._held = ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._held = text[:-1], text[-1]
        self._told += whole_text(text)
        return whole_text(text)

    def finish(self) -> Answer:
        if self._final is None:
            raise LMConnectionError(
                f"a stream of {self._url} must say how it ends, but was cut after {len(self._told)} characters; "
                "ask again",
                model=self._model,
                evidence=self._told[-EVIDENCE:],
            )
        return _answer(self._final, model=self._model, url=self._url, said=self._told[:EVIDENCE])


def _answer(data: Any, *, model: str, url: str, said: str) -> Answer:
    if not isinstance(data, dict):
        raise _refuse(url, model, f"it is a JSON {type(data).__name__}", said)
    if data.get("error"):
        raise _refuse(url, model, f"it carries an error: {short(data['error'])}", said)
    items = [item for item in data.get("output") or () if isinstance(item, dict)]
    parts = [part for item in items if item.get("type") == "message" for part in item.get("content") or ()]
    parts = [part for part in parts if isinstance(part, dict)]
    text = "".join(str(part.get("text") or "") for part in parts if part.get("type") == "output_text")
    refusal = "".join(str(part.get("refusal") or "") for part in parts if part.get("type") == "refusal")
    calls = [
        {"id": item.get("call_id"), "function": {"name": item.get("name"), "arguments": item.get("arguments")}}
        for item in items
        if item.get("type") == "function_call"
    ]
    details = data.get("incomplete_details")
    reason: FinishReason = "tool_calls" if calls else "stop"
    if data.get("status") == "incomplete":
        reason = _REASONS.get(details.get("reason") if isinstance(details, dict) else None, "unknown")
    elif not parts and not calls:
        raise _refuse(url, model, f"it holds no message: {short(data)}", said)
    if refusal and not text:
        text, reason = refusal, "content_filter"
    usage = data.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    counts = {
        "prompt_tokens": usage.get("input_tokens"),
        "completion_tokens": usage.get("output_tokens"),
        "prompt_tokens_details": usage.get("input_tokens_details"),
    }
    return answer_of([LMCompletion(whole_text(text), reason, None, tool_calls_of(calls))], counts)


_PARTS = {"text": "input_text", "image_url": "input_image", "file": "input_file"}
"""What chat calls a part of a message, and the responses API. Audio it does not take; a part of its own passes."""


def _items(message: Mapping[str, Any]) -> list[Any]:
    """A message of a chat as the items that it is here: calls of tools and what they gave stand by themselves."""
    content = message.get("content")
    if message.get("role") == "tool":
        return [{"type": "function_call_output", "call_id": message.get("tool_call_id"), "output": content}]
    calls = [_called(call) for call in message.get("tool_calls") or ()]
    if isinstance(content, list):
        content = [_part(part, message.get("role")) for part in content]
    kept = {name: value for name, value in message.items() if name != "tool_calls"}
    return [{**kept, "content": content}, *calls] if content or not calls else calls


def _part(part: Any, role: Any) -> Any:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind not in _PARTS:
        return part
    if kind == "text":
        return {**part, "type": "output_text" if role == "assistant" else "input_text"}
    inner = part.get(kind)
    if not isinstance(inner, dict):
        return part
    if kind == "image_url":
        inner = {"image_url": inner.get("url"), **{key: inner[key] for key in ("detail",) if key in inner}}
    return {"type": _PARTS[kind], **inner}


def _called(call: Any) -> dict[str, Any]:
    function = call.get("function") or {}
    called = {"call_id": call.get("id"), "name": function.get("name"), "arguments": function.get("arguments")}
    return {"type": "function_call", **called}


def _flat_tool(tool: Any) -> Any:
    function = tool.get("function") if isinstance(tool, dict) else None
    return {"type": "function", **function} if isinstance(function, dict) else tool


def _refuse(url: str, model: str, what: str, said: str) -> LMResponseError:
    message = f"the answer of {url} must be a response, but {what}; check the base URL, or ask again"
    return LMResponseError(message, model=model, evidence=said, status=200)
