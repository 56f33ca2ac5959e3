"""What goes to a language model and what comes back: chat messages in, n completions out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypedDict, overload

from dsp.types.usage import Usage

FinishReason = Literal["stop", "length", "content_filter", "tool_calls", "unknown"]


class Message(TypedDict):
    """One turn of a chat, as OpenAI-compatible servers take it.

    Its content is text; where it holds images it is a list of parts, as those servers define them.
    """

    role: Literal["system", "user", "assistant"]
    content: str | list[dict[str, Any]]


def text_of(message: Message) -> str:
    """The text of a message, without its images."""
    content = message["content"]
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in content if part.get("type") == "text")


@dataclass(frozen=True, slots=True)
class LMRequest:
    """A request that means the same whoever answers it.

    `temperature` 0 asks for the most likely completion. `rollout` tells otherwise equal requests apart: ask
    again with another rollout to get another sample where the first is cached. `extra` passes through to the
    server as it is.
    """

    messages: tuple[Message, ...]
    n: int = 1
    temperature: float = 0.0
    max_tokens: int | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    rollout: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)

    def with_(self, **changes: Any) -> LMRequest:
        return replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Every part that decides the answer, as JSON: the body of a cache key."""
        return {
            "messages": [dict(message) for message in self.messages],
            "n": self.n,
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "top_p": self.top_p,
            "stop": list(self.stop),
            "seed": self.seed,
            "rollout": self.rollout,
            "extra": dict(self.extra),
        }


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that a model asks for. `arguments` is the JSON text that the model wrote, checked by nobody yet."""

    name: str
    arguments: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class LMCompletion:
    """One completion: its text, why it ended, and its log-probability (natural log) where the model says it.

    `tool_calls` are the calls it asks for, where tools were offered.
    """

    text: str
    finish_reason: FinishReason = "stop"
    logprob: float | None = None
    tool_calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class LMResponse(Sequence[str]):
    """The n completions of a request, and what they cost. As a sequence it is the completions' texts."""

    completions: tuple[LMCompletion, ...]
    usage: Usage = field(default_factory=Usage)
    model: str = ""

    def __len__(self) -> int:
        return len(self.completions)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [completion.text for completion in self.completions[index]]
        return self.completions[index].text

    def __iter__(self) -> Iterator[str]:
        return (completion.text for completion in self.completions)
