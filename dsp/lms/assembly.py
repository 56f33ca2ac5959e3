"""A streamed chat completion, put together again: lines of server-sent events in, one answer out."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from dsp.errors import LMConnectionError, LMError, LMResponseError
from dsp.lms.chat import EVIDENCE, Answer, answer_of, completion_of, short, whole_text
from dsp.types.messages import LMCompletion


@dataclass(slots=True)
class _Choice:
    text: list[str] = field(default_factory=list)
    held: str = ""
    refusal: str = ""
    reason: str | None = None
    tokens: list[Any] = field(default_factory=list)
    calls: dict[int, dict[str, str]] = field(default_factory=dict)


class Assembly:
    """Collects the chunks of one streamed answer.

    `feed` takes a line and gives the new text of the first choice. `finish` gives the answer, or raises
    LMConnectionError where the stream ended before every choice did, LMResponseError where it held no completion:
    half an answer is never given as a whole one.
    """

    def __init__(self, *, model: str, url: str) -> None:
        self._model = model
        self._url = url
        self._choices: dict[int, _Choice] = {}
        self._usage: Any = None
        self._heard = ""

    def feed(self, line: str) -> str:
        """One line of the stream. Raises LMResponseError for what is no chunk, or for an error sent as one."""
        if len(self._heard) < EVIDENCE:
            self._heard += line + "\n"
        name, _, value = line.partition(":")
        value = value.strip()
        if name != "data" or not value or value == "[DONE]":
            return ""
        try:
            chunk = json.loads(value)
        except (ValueError, RecursionError):
            raise self._refuse(f"a chunk is not JSON (it begins {value[:60]!r})") from None
        if not isinstance(chunk, dict):
            raise self._refuse(f"a chunk is a JSON {type(chunk).__name__}")
        if chunk.get("error"):
            raise self._refuse(f"it breaks off with an error: {short(chunk['error'])}")
        self._usage = chunk.get("usage") or self._usage
        choices = chunk.get("choices")
        told = [self._take(choice) for choice in choices or () if isinstance(choice, dict)]
        return "".join(text for index, text in told if index == 0)

    def finish(self) -> Answer:
        if not self._choices:
            raise self._refuse("the stream holds no choices")
        completions = [self._whole(choice) for _, choice in sorted(self._choices.items())]
        return answer_of(completions, self._usage)

    def _take(self, choice: dict[str, Any]) -> tuple[int, str]:
        """A choice's chunk: its index and its new text. Half a surrogate pair waits for its other half."""
        index = choice.get("index")
        index = index if isinstance(index, int) else 0
        kept = self._choices.setdefault(index, _Choice())
        delta = choice.get("delta")
        delta = delta if isinstance(delta, dict) else {}
        kept.reason = choice.get("finish_reason") or kept.reason
        _take_calls(kept.calls, delta.get("tool_calls"))
        if isinstance(delta.get("refusal"), str):
            kept.refusal += delta["refusal"]
        logprobs = choice.get("logprobs")
        if isinstance(logprobs, dict) and isinstance(logprobs.get("content"), list):
            kept.tokens.extend(logprobs["content"])
        content = delta.get("content")
        text = kept.held + (content if isinstance(content, str) else "")
        kept.held = ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, kept.held = text[:-1], text[-1]
        text = whole_text(text)
        kept.text.append(text)
        return index, text

    def _whole(self, choice: _Choice) -> LMCompletion:
        if choice.reason is None:
            said = "".join(choice.text)
            raise LMConnectionError(
                f"a stream of {self._url} must say why it ends, but was cut after {len(said)} characters; ask again",
                model=self._model,
                evidence=said[-EVIDENCE:],
            )
        text = "".join(choice.text) + whole_text(choice.held)
        calls = [{"id": call["id"], "function": call} for _, call in sorted(choice.calls.items())]
        message: dict[str, Any] = {"content": text, "tool_calls": calls}
        if not text and choice.refusal:
            message = {"content": None, "refusal": choice.refusal}
        logprobs = {"content": choice.tokens}
        whole = completion_of({"message": message, "finish_reason": choice.reason, "logprobs": logprobs})
        return whole or LMCompletion(text)

    def _refuse(self, what: str) -> LMError:
        return LMResponseError(
            f"the stream of {self._url} must be a chat completion, but {what}; ask again, or look at the server's log",
            model=self._model,
            evidence=self._heard[:EVIDENCE],
            status=200,
        )


def _take_calls(kept: dict[int, dict[str, str]], deltas: Any) -> None:
    """Add a chunk's pieces to the calls they belong to."""
    for delta in deltas if isinstance(deltas, list) else ():
        if not isinstance(delta, dict) or not isinstance(delta.get("index", 0), int):
            continue
        call = kept.setdefault(delta.get("index", 0), {"id": "", "name": "", "arguments": ""})
        function = delta.get("function")
        pieces = {"id": delta.get("id"), **(function if isinstance(function, dict) else {})}
        for key in call:
            if isinstance(pieces.get(key), str):
                call[key] += pieces[key]
