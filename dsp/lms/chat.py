"""Chat completions on the wire: a request as a JSON body, and a JSON body as completions. Pure functions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dsp.errors import LMRequestError, LMResponseError
from dsp.types.messages import FinishReason, LMCompletion, LMRequest, ToolCall

EVIDENCE = 2000
"""Characters of a server's answer that an error keeps."""

_REASONS: dict[Any, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content_filter",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What one chat completion said: its choices and what it counted. Tokens are 0 where the server says none."""

    completions: tuple[LMCompletion, ...]
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0


def body_of(request: LMRequest, model: str, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON body of a request. Settings left alone are left out, so that the server's own defaults hold.

    Raises LMRequestError where a message holds half a surrogate pair: no server can be sent that.
    """
    for place, message in enumerate(request.messages):
        _encodable(message.get("content"), f"message {place} ({message.get('role')})", model)
    body: dict[str, Any] = {"model": model, "messages": list(request.messages)}
    body["temperature"] = request.temperature
    optional = {
        "n": request.n if request.n > 1 else None,
        "max_tokens": request.max_tokens,
        "top_p": request.top_p,
        "stop": list(request.stop) or None,
        "seed": request.seed,
    }
    body.update({key: value for key, value in optional.items() if value is not None})
    body.update(defaults)
    body.update(request.extra)
    return body


def read_answer(content: bytes, content_type: str, *, model: str, url: str) -> Answer:
    """The completions in a server's answer of status 200.

    Raises LMResponseError, with what the server said as evidence, for anything that is not a chat completion:
    a page of HTML, half a JSON object, an error in a body, no choices, a choice without text.
    """
    said = content[: 4 * EVIDENCE].decode("utf-8", "replace")[:EVIDENCE]

    def refuse(what: str, remedy: str) -> LMResponseError:
        return LMResponseError(
            f"the answer of {url} must be a chat completion, but {what}; {remedy}",
            model=model,
            evidence=said,
            status=200,
        )

    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        kind = content_type.partition(";")[0] or "no content type"
        what = f"it is not JSON ({kind}, {len(content)} bytes, beginning {said[:60]!r})"
        raise refuse(what, "check that the base URL is the one that ends before /chat/completions") from None
    if not isinstance(data, dict):
        raise refuse(f"it is a JSON {type(data).__name__}", "check the base URL")
    if data.get("error"):
        raise refuse(f"it carries an error: {short(data['error'])}", "see what the server says")
    choices = data.get("choices")
    if not isinstance(choices, list) or not choices:
        raise refuse("it has no choices", "ask again, or look at the server's log")
    completions = []
    for choice in choices:
        completion = completion_of(choice)
        if completion is None:
            raise refuse(f"a choice has no text: {short(choice)}", "ask again, or raise max_tokens")
        completions.append(completion)
    return answer_of(completions, data.get("usage"))


def answer_of(completions: Iterable[LMCompletion], usage: Any) -> Answer:
    """The completions and what the server's `usage` counts of them."""
    counts: Mapping[str, Any] = usage if isinstance(usage, dict) else {}
    details = counts.get("prompt_tokens_details")
    return Answer(
        tuple(completions),
        _count(counts, "prompt_tokens"),
        _count(counts, "completion_tokens"),
        _count(details, "cached_tokens") if isinstance(details, dict) else 0,
    )


def completion_of(choice: Any) -> LMCompletion | None:
    """One choice; None where it says nothing though it claims to be whole."""
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict):
        return None
    reason: FinishReason = _REASONS.get(choice.get("finish_reason"), "unknown")
    content, refusal = message.get("content"), message.get("refusal")
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    if content is None and isinstance(refusal, str):
        content, reason = refusal, "content_filter"
    calls = tool_calls_of(message.get("tool_calls"))
    if content is None and (reason in ("length", "content_filter") or calls):
        content = ""
    if not isinstance(content, str):
        return None
    return LMCompletion(whole_text(content), reason, _logprob(choice.get("logprobs")), calls)


def tool_calls_of(calls: Any) -> tuple[ToolCall, ...]:
    """The calls of functions that a message asks for; what is not one is left out."""
    read = []
    for call in calls if isinstance(calls, list) else ():
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict) and isinstance(function.get("name"), str):
            arguments = function.get("arguments") or "{}"
            text = arguments if isinstance(arguments, str) else json.dumps(arguments)
            read.append(ToolCall(function["name"], whole_text(text), str(call.get("id") or "")))
    return tuple(read)


def _logprob(logprobs: Any) -> float | None:
    """The completion's log-probability: the sum of its tokens', where every one is told."""
    tokens = logprobs.get("content") if isinstance(logprobs, dict) else None
    if not isinstance(tokens, list) or not tokens:
        return None
    values = [token.get("logprob") if isinstance(token, dict) else None for token in tokens]
    if not all(isinstance(value, int | float) for value in values):
        return None
    return float(sum(value for value in values if value is not None))


def _encodable(content: Any, where: str, model: str) -> None:
    if not isinstance(content, str):
        return
    try:
        content.encode()
    except UnicodeEncodeError as error:
        raise LMRequestError(
            f"text sent to a model must be valid Unicode, but {where} holds half a surrogate pair "
            f"(U+{ord(content[error.start]):04X} at character {error.start}); replace it where the text is read",
            model=model,
        ) from None


def whole_text(text: str) -> str:
    """The text with surrogate pairs joined and halves replaced: a server's JSON may spell either."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _count(counts: Mapping[str, Any], key: str) -> int:
    value = counts.get(key)
    return value if isinstance(value, int) and value > 0 else 0


def short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 300 else text[:300] + "…"
