"""Any OpenAI-compatible server: chat completions, or the responses API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dsp.errors import InputError, LMRequestError
from dsp.lms.base import RemoteLM, further
from dsp.lms.chat import Answer
from dsp.lms.failures import error_field
from dsp.lms.keys import KeySource
from dsp.lms.openai_endpoint import EVENT_STREAM, Endpoint
from dsp.lms.prices import Price
from dsp.lms.signals import piece_listener
from dsp.lms.stops import StopGuard, cut
from dsp.lms.wires import CHAT, Wire
from dsp.types.messages import LMCompletion, LMRequest, LMResponse
from dsp.types.usage import Usage


class OpenAI(RemoteLM):
    """A model behind an OpenAI-compatible server.

    `key` is called for each request; `key_name` is the variable named where a needed key is missing. `extra` goes
    into every request's body. `timeout` is in seconds, for a whole exchange. `one_at_a_time` is for servers that
    refuse n > 1; one that quietly ignores n is found out by its answer and asked again for the rest. `renames`
    spells settings as the server does. Without a `price` the cost of a call is unknown, and without a
    `context_window` (tokens) so is what the model can read. `wire` is `CHAT`, which every such server speaks, or
    `RESPONSES`.

    Raises InputError for no model name, a window below 1, and for a base URL that is not one or could hold a secret.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str = "https://api.openai.com/v1",
        provider: str = "openai",
        key: KeySource | None = None,
        key_name: str = "",
        key_required: bool = False,
        timeout: float = 300.0,
        extra: Mapping[str, Any] | None = None,
        renames: Mapping[str, str] | None = None,
        one_at_a_time: bool = False,
        price: Price | None = None,
        context_window: int | None = None,
        wire: Wire = CHAT,
    ) -> None:
        if not model:
            raise InputError('a model needs a name, but got ""; write it as provider/model')
        if context_window is not None and context_window < 1:
            raise InputError(f"a context window must be at least 1 token, but got {context_window}; leave it out")
        self.model = model
        self.provider = provider
        self.endpoint = Endpoint(
            base_url,
            name=self.name,
            key=key,
            key_name=key_name,
            key_required=key_required,
            timeout=timeout,
        )
        self._extra = dict(extra or {})
        self._renames = dict(renames or {})
        self._dropped: frozenset[str] = frozenset()
        self._one_at_a_time = one_at_a_time or not wire.several
        self._wire = wire
        self.price = price
        self.context_window = context_window

    def problems(self) -> list[str]:
        """Why no request can be answered, as far as that is known before one is made: there is no key."""
        return self.endpoint.problems()

    @property
    def name(self) -> str:
        return f"{self.provider}/{self.model}"

    @property
    def fingerprint(self) -> str:
        """Endpoint, model, the wire where it is not chat, and the settings sent with every request."""
        wire = f" {self._wire.name}" if self._wire.name != CHAT.name else ""
        settings = f" {json.dumps(self._extra, sort_keys=True, default=repr)}" if self._extra else ""
        return f"{self.endpoint.base_url} {self.model}{wire}{settings}"

    async def acomplete(self, request: LMRequest) -> LMResponse:
        completions: list[LMCompletion] = []
        usage = Usage()
        while (missing := request.n - len(completions)) > 0:
            for answer in await self._round(request, len(completions), missing):
                completions.extend(answer.completions)
                usage += self._usage(answer)
                self.learn_from(len(answer.completions), missing)
        return LMResponse(tuple(completions[: request.n]), usage, self.name)

    async def _round(self, request: LMRequest, have: int, missing: int) -> list[Answer]:
        """The answers to one request for all that is missing, or to one request for each."""
        if not self._one_at_a_time or missing == 1:
            try:
                return [await self._exchange(further(request, have, missing))]
            except LMRequestError as error:
                if missing == 1 or error_field(error.evidence).get("param") != "n":
                    raise
                self._one_at_a_time = True
        tasks = [asyncio.ensure_future(self._exchange(further(request, have + i, 1))) for i in range(missing)]
        try:
            return await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def _exchange(self, request: LMRequest) -> Answer:
        """One HTTP exchange; again where the refusal teaches how this model wants its settings spelled."""
        body = self._wire.body(request, self.model, self._extra)
        while True:
            sent = self._spelled(body)
            try:
                answer = await self._ask(sent, request.stop)
                return replace(answer, completions=tuple(cut(each, request.stop) for each in answer.completions))
            except LMRequestError as error:
                self._learn(error_field(error.evidence))
                if self._spelled(body) == sent:
                    raise

    async def _ask(self, body: dict[str, Any], stops: tuple[str, ...]) -> Answer:
        """Send a body and read the answer, telling its pieces, as far as a stop string, where somebody listens."""
        wire, url = self._wire, self.endpoint.base_url
        listener = piece_listener()
        if listener is None:
            reply = await self.endpoint.post(wire.path, body, model=self.model)
            return wire.read(reply.content, reply.headers.get("content-type", ""), model=self.name, url=url)
        listener(None)
        collector, guard = wire.collect(model=self.name, url=url), StopGuard(stops)

        def hear(line: str) -> None:
            if piece := guard.feed(collector.feed(line)):
                listener(piece)

        reply = await self.endpoint.post(wire.path, {**body, **wire.streaming}, model=self.model, hear=hear)
        content_type = reply.headers.get("content-type", "")
        if content_type.startswith(EVENT_STREAM):
            return collector.finish()
        return wire.read(reply.content, content_type, model=self.name, url=url)

    # what batch mode does with the same requests and answers, at another time
    @property
    def path(self) -> str:
        """Where requests go, below the base URL."""
        return self._wire.path

    def parts(self, request: LMRequest, have: int, missing: int) -> list[LMRequest]:
        """What to send for the completions that are missing: one request, or one for each."""
        if self._one_at_a_time:
            return [further(request, have + place, 1) for place in range(missing)]
        return [further(request, have, missing)]

    def body(self, request: LMRequest) -> dict[str, Any]:
        """The JSON body of a request, as this model is known to want it."""
        return self._spelled(self._wire.body(request, self.model, self._extra))

    def response(self, content: bytes, stops: tuple[str, ...], share: float) -> LMResponse:
        """The response in an answer's body, at that share of the price. Raises LMResponseError for none."""
        answer = self._wire.read(content, "application/json", model=self.name, url=self.endpoint.base_url)
        usage = self._usage(answer)
        usage = usage if usage.usd is None else replace(usage, usd=usage.usd * share)
        return LMResponse(tuple(cut(each, stops) for each in answer.completions), usage, self.name)

    def learn_from(self, given: int, asked: int) -> None:
        """Whoever gives one completion of several that were asked for is asked for one at a time."""
        self._one_at_a_time |= given == 1 < asked

    def learns(self, error: LMRequestError, sent: Mapping[str, Any], request: LMRequest) -> bool:
        """Whether this refusal of a body teaches how to send the request otherwise."""
        self._learn(error_field(error.evidence))
        return self.body(request) != sent

    def _spelled(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return {self._renames.get(key, key): value for key, value in body.items() if key not in self._dropped}

    def _learn(self, error: Mapping[str, Any]) -> None:
        """Take to heart a refusal of a setting.

        Reasoning models take no temperature but their own and call `max_tokens` otherwise. They say so; there is
        no table of such models here to fall out of date.
        """
        if not str(error.get("code")).startswith("unsupported_"):
            return
        if error.get("param") == "max_tokens" and self._wire.name == CHAT.name:
            self._renames = {**self._renames, "max_tokens": "max_completion_tokens"}
        elif error.get("param") in ("temperature", "top_p"):
            self._dropped |= {error["param"]}

    def _usage(self, answer: Answer) -> Usage:
        tokens, cached = (answer.prompt_tokens, answer.completion_tokens), answer.cached_tokens
        return Usage(1, 0, *tokens, None if self.price is None else self.price.usd(*tokens, cached), cached)
