"""The ways to put a request on the wire: chat completions, which every server speaks, and OpenAI's responses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from dsp.lms.assembly import Assembly
from dsp.lms.chat import Answer, body_of, read_answer
from dsp.lms.responses import ResponsesAssembly, read_response, responses_body
from dsp.types.messages import LMRequest


class Collector(Protocol):
    """Lines of a stream in, the new text of each out, and the whole answer at the end."""

    def feed(self, line: str) -> str: ...

    def finish(self) -> Answer: ...


class Reader(Protocol):
    def __call__(self, content: bytes, content_type: str, *, model: str, url: str) -> Answer: ...


class Opener(Protocol):
    def __call__(self, *, model: str, url: str) -> Collector: ...


@dataclass(frozen=True, slots=True)
class Wire:
    """One way: where requests go, how they are written, how answers and streams are read.

    `several` says whether a request may ask for n > 1.
    """

    name: str
    path: str
    body: Callable[[LMRequest, str, Mapping[str, Any]], dict[str, Any]]
    read: Reader
    collect: Opener
    several: bool = True
    streaming: Mapping[str, Any] = field(default_factory=dict)


CHAT = Wire(
    "chat",
    "/chat/completions",
    body_of,
    read_answer,
    Assembly,
    streaming={"stream": True, "stream_options": {"include_usage": True}},
)
RESPONSES = Wire(
    "responses",
    "/responses",
    responses_body,
    read_response,
    ResponsesAssembly,
    several=False,
    streaming={"stream": True},
)
WIRES = {wire.name: wire for wire in (CHAT, RESPONSES)}
