"""What every language model here shares: it is called with a prompt or with messages."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Self

from dsp.callbacks import telling
from dsp.errors import InputError
from dsp.execution.loop import BACKGROUND
from dsp.types.messages import LMRequest, LMResponse, Message

NOTHING: Mapping[str, Any] = MappingProxyType({})
SETTINGS = frozenset({"n", "temperature", "max_tokens", "top_p", "stop", "seed", "rollout"})
ELSEWHERE = frozenset({"model", "lm", "messages", "input", "stream"})
SECRETS = frozenset({"api_key", "api_base", "base_url", "extra_headers", "headers", "authorization"})


def request_of(prompt: str | Sequence[Message], config: dict[str, Any]) -> LMRequest:
    """A request from what a caller wrote: a prompt or messages, and sampling settings by name.

    Settings that `LMRequest` does not name go to the server as they are; `rollout_id` is DSPy's word for `rollout`.
    Raises InputError for no messages, n < 1, a negative temperature, or a key or an address among the settings:
    requests are hashed, traced and cached.
    """
    messages: tuple[Message, ...]
    messages = ({"role": "user", "content": prompt},) if isinstance(prompt, str) else tuple(prompt)
    if not messages:
        raise InputError("a request needs at least one message, but got none; give a prompt or messages")
    if "rollout_id" in config:
        config = {"rollout": config["rollout_id"] or 0, **config}
        del config["rollout_id"]
    named = {key: value for key, value in config.items() if key in SETTINGS}
    extra = {key: value for key, value in config.items() if key not in SETTINGS}
    if chosen := sorted(key for key in extra if key.lower() in ELSEWHERE):
        raise InputError(
            f"a request's settings say how to sample, but got {', '.join(chosen)}; "
            "the model is chosen where the LM is made"
        )
    if misplaced := sorted(key for key in extra if key.lower() in SECRETS):
        raise InputError(
            f"a request carries no keys and no addresses, but got {', '.join(misplaced)}; "
            "set the provider's environment variable, or say it where the LM is made"
        )
    if isinstance(named.get("stop"), str):
        named["stop"] = (named["stop"],)
    elif "stop" in named:
        named["stop"] = tuple(named["stop"] or ())
    request = LMRequest(messages=messages, extra=extra, **named)
    if request.n < 1:
        raise InputError(f"n must be at least 1, but got {request.n}; ask for one completion or more")
    if request.temperature < 0:
        raise InputError(f"temperature must be 0 or more, but got {request.temperature}")
    return request


def further(request: LMRequest, have: int, missing: int) -> LMRequest:
    """The request for `missing` completions more when `have` are there.

    A seed moves on, so as not to repeat them.
    """
    if have == 0 and missing == request.n:
        return request
    seed = request.seed + have if request.seed is not None else None
    return request.with_(n=missing, seed=seed)


class BaseLM(ABC):
    """An LM that is called like a function: `lm("Say hello", temperature=0.7)` or `lm(messages=[...])`.

    `callbacks` are told of its calls (`dsp.callbacks`).
    """

    callbacks: Sequence[object] = ()

    @property
    @abstractmethod
    def name(self) -> str: ...

    @property
    def fingerprint(self) -> str:
        return self.name

    @property
    def defaults(self) -> Mapping[str, Any]:
        """The sampling settings that hold where a request's writer says none."""
        return NOTHING

    def _request(self, prompt: str | None, messages: Sequence[Message] | None, config: dict[str, Any]) -> LMRequest:
        return request_of(prompt if prompt is not None else messages or [], {**self.defaults, **config})

    @abstractmethod
    def complete(self, request: LMRequest) -> LMResponse: ...

    @abstractmethod
    async def acomplete(self, request: LMRequest) -> LMResponse: ...

    def __call__(
        self, prompt: str | None = None, *, messages: Sequence[Message] | None = None, **config: Any
    ) -> LMResponse:
        with telling("lm", self, prompt=prompt, messages=messages, kwargs=config) as told:
            return told.gave(self.complete(self._request(prompt, messages, config)))

    async def acall(
        self, prompt: str | None = None, *, messages: Sequence[Message] | None = None, **config: Any
    ) -> LMResponse:
        with telling("lm", self, prompt=prompt, messages=messages, kwargs=config) as told:
            return told.gave(await self.acomplete(self._request(prompt, messages, config)))

    def stream(
        self, prompt: str | None = None, *, messages: Sequence[Message] | None = None, **config: Any
    ) -> Generator[str, None, None]:
        """The completion's text as it comes; see `dsp.lms.streaming`."""
        from dsp.lms.streaming import stream

        return stream(self, self._request(prompt, messages, config))

    def astream(
        self, prompt: str | None = None, *, messages: Sequence[Message] | None = None, **config: Any
    ) -> AsyncGenerator[str, None]:
        """The same inside an event loop."""
        from dsp.lms.streaming import astream

        return astream(self, self._request(prompt, messages, config))

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Itself: programs are copied, the connection they speak through is shared."""
        return self

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"


class LocalLM(BaseLM):
    """A model that computes in this process: `complete` is the work, and an event loop runs it in a thread."""

    async def acomplete(self, request: LMRequest) -> LMResponse:
        return await asyncio.to_thread(self.complete, request)


class RemoteLM(BaseLM):
    """A model behind a network: `acomplete` is the work, and the synchronous face runs it on the background loop."""

    def complete(self, request: LMRequest) -> LMResponse:
        return BACKGROUND.run(self.acomplete(request))
