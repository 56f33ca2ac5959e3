"""`cached(lm, cache)`: nothing is asked twice, and nothing is paid for twice."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Any

from dsp.errors import CacheError, InputError, LMError
from dsp.lms.base import further
from dsp.lms.faces import Face, Wrapper
from dsp.protocols import LM, Cache
from dsp.types.messages import FinishReason, LMCompletion, LMRequest, LMResponse, ToolCall
from dsp.types.usage import Usage

FORMAT = 1
"""The version of an entry's JSON. Entries of another version count as missing."""

_log = logging.getLogger(__name__)
_HIT = Usage(cached_calls=1)
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode

Landed = tuple[LMCompletion, ...] | LMError
"""How a flight ended: with the completions now held, with an error, or with nothing, where it was called off."""


def cached(lm: LM, cache: Cache) -> Cached:
    """The LM, answering from the cache what it has answered before."""
    return Cached(lm, cache)


class Cached(Wrapper):
    """An LM with a memory.

    An entry's key is the SHA-256 of the LM's fingerprint and of the request, n aside: completions of one key are a
    list that grows, so that asking for five when three are held asks for two. Only finished answers are kept. A hit
    costs nothing: its usage is one cached call, no tokens and no dollars. Identical requests in flight are sent
    once, whichever threads and event loops they come from; where that one fails, all are told. A cache that cannot
    be written costs a warning, never an answer.
    """

    def __init__(self, inner: LM, cache: Cache) -> None:
        super().__init__(inner)
        self.cache = cache
        self._flights: dict[tuple[int, str], Future[Landed]] = {}

    def key(self, request: LMRequest) -> str:
        """The entry's key: equal for equal fingerprints and requests, whatever their n."""
        settings = request.to_dict()
        del settings["n"]
        # Texts go into the hash as they are: written as JSON, a long prompt would cost three times as much. Their
        # lengths stand before them, so no two requests run together.
        messages: list[dict[str, Any]] = settings.pop("messages")
        texts = [
            message.pop("content").encode("utf-8", "surrogatepass") if isinstance(message.get("content"), str) else None
            for message in messages
        ]
        lengths = [None if text is None else len(text) for text in texts]
        try:
            whole = _canonical([FORMAT, self.fingerprint, settings, messages, lengths])
        except TypeError as error:
            raise InputError(f"a request's settings must be JSON values, but {error}; give plain values") from None
        return hashlib.sha256(b"".join([whole.encode("ascii"), *filter(None, texts)])).hexdigest()

    async def answer(self, request: LMRequest, face: Face) -> LMResponse:
        key = self.key(request)
        held = self._held(key)
        while len(held) < request.n:
            # The process's id is part of the name: a forked child must not wait for its parent's flights.
            name = (os.getpid(), key)
            mine: Future[Landed] = Future()
            flight = self._flights.setdefault(name, mine)
            if flight is mine or (face.blocking and _in_a_loop()):
                # (A blocking wait inside a loop could stop the very loop that answers: go along beside it.)
                return await self._fly(request, name, held, mine, face)
            landed = await face.wait(flight)
            if isinstance(landed, LMError):
                raise landed
            held = landed or self._held(key)
        return LMResponse(held[: request.n], _HIT, self.name)

    async def _fly(
        self,
        request: LMRequest,
        name: tuple[int, str],
        held: tuple[LMCompletion, ...],
        mine: Future[Landed],
        face: Face,
    ) -> LMResponse:
        """Ask for what is not held, keep it, and tell whoever waits for the same."""
        landed: Landed = ()
        try:
            response = await face.ask(self.inner, further(request, len(held), request.n - len(held)))
            landed = (*held, *response.completions)
            self._keep(name[1], landed, response)
            return LMResponse(landed, response.usage, response.model)
        except LMError as error:
            landed = error
            raise
        finally:
            if self._flights.get(name) is mine:
                del self._flights[name]
            mine.set_result(landed)

    def _held(self, key: str) -> tuple[LMCompletion, ...]:
        try:
            value = self.cache.get(key)
        except CacheError as error:
            _log.warning("the LM cache cannot be read, so the model is asked: %s", error)
            return ()
        return () if value is None else _decoded(value)

    def _keep(self, key: str, completions: tuple[LMCompletion, ...], response: LMResponse) -> None:
        entry = {
            "format": FORMAT,
            "model": response.model,
            "completions": [_written(each) for each in completions],
            "usage": response.usage.to_dict(),
        }
        try:
            self.cache.put(key, json.dumps(entry, separators=(",", ":")).encode("ascii"))
        except CacheError as error:
            _log.warning("the LM cache cannot be written, so this answer will be asked for again: %s", error)


def _written(completion: LMCompletion) -> list[Any]:
    """A completion as JSON; calls of tools come last, and only where there are some."""
    calls = [[call.name, call.arguments, call.id] for call in completion.tool_calls]
    return [completion.text, completion.finish_reason, completion.logprob, *([calls] if calls else [])]


def _read(text: str, reason: FinishReason, logprob: float | None, calls: Iterable[Any] = ()) -> LMCompletion:
    if not isinstance(text, str):
        raise TypeError("a completion's text must be a string")
    return LMCompletion(text, reason, logprob, tuple(ToolCall(*call) for call in calls))


def _decoded(value: bytes) -> tuple[LMCompletion, ...]:
    """An entry's completions; none where it is not an entry of this format."""
    try:
        entry: Any = json.loads(value)
        if entry["format"] != FORMAT:
            return ()
        return tuple(_read(*written) for written in entry["completions"])
    except (ValueError, KeyError, TypeError):
        return ()


def _in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
