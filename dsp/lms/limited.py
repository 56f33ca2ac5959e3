"""`limited(lm, …)`: no faster than a server allows, and first come, first served."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass

from dsp.errors import InputError
from dsp.execution.loop import BACKGROUND
from dsp.lms.faces import Face, Wrapper
from dsp.lms.failures import wait_asked
from dsp.lms.rate_headers import pause_asked
from dsp.lms.signals import listening
from dsp.lms.windows import Entry, Window
from dsp.protocols import LM
from dsp.types.messages import LMRequest, LMResponse

CHARACTERS_PER_TOKEN = 4.0
"""A guess, for English text, that stands in until the server has counted."""

LONGEST_PAUSE = 120.0
"""A server that asks for a longer pause (seconds) is not waited for here: its error should be seen."""


def limited(
    lm: LM,
    *,
    requests_per_minute: float | None = None,
    tokens_per_minute: float | None = None,
    in_flight: int | None = None,
) -> Limited:
    """The LM, asked within these limits; None is no limit of its own, but a server's pauses are kept even so."""
    return Limited(
        lm, requests_per_minute=requests_per_minute, tokens_per_minute=tokens_per_minute, in_flight=in_flight
    )


@dataclass(eq=False, slots=True)
class Ticket:
    """A request's place in the queue, and what it was entered as once let in."""

    tokens: float
    admitted: Future[None] | None = None
    entry: Entry | None = None


class Limited(Wrapper):
    """An LM behind a gate that all threads and event loops of the process share.

    Laws: requests are let in in the order they came; at most `in_flight` are out at once; no 60 seconds see more
    than `requests_per_minute` requests, nor, as far as can be known beforehand, more than `tokens_per_minute`
    tokens: a request's are guessed from its length and the completions so far, and corrected by its answer. When a
    server says that nothing is left, or asks to wait, nobody is let in until then. A caller that is called off
    leaves the queue.

    Raises InputError for a limit that lets nothing through.
    """

    def __init__(
        self,
        inner: LM,
        *,
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        in_flight: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(inner)
        for name, limit in (
            ("requests_per_minute", requests_per_minute),
            ("tokens_per_minute", tokens_per_minute),
            ("in_flight", in_flight),
        ):
            if limit is not None and limit < 1:
                raise InputError(f"{name} must be at least 1, but got {limit}; leave it out for no limit")
        self._requests = Window(requests_per_minute) if requests_per_minute is not None else None
        self._tokens = Window(tokens_per_minute) if tokens_per_minute is not None else None
        self._in_flight = in_flight
        self._clock = clock
        self._out = 0
        self._paused_until = 0.0
        self._completion = 100.0
        self._queue: deque[Ticket] = deque()
        self._wake_at: float | None = None
        self._lock = threading.Lock()

    async def answer(self, request: LMRequest, face: Face) -> LMResponse:
        ticket = Ticket(self._guess(request))
        if not self._at_once(ticket):
            waited: Future[None] = Future()
            ticket.admitted = waited
            with self._lock:
                self._queue.append(ticket)
            self._admit()
            try:
                await face.wait(waited)
            except BaseException:
                self._withdraw(ticket)
                raise
        response: LMResponse | None = None
        try:
            with listening(self._hear):
                response = await face.ask(self.inner, request)
            return response
        finally:
            self._release(ticket, response)

    def _guess(self, request: LMRequest) -> float:
        """The tokens that a request will cost."""
        prompt = sum(len(str(message["content"])) for message in request.messages) / CHARACTERS_PER_TOKEN
        completion = min(self._completion, request.max_tokens or float("inf"))
        return prompt + request.n * completion

    def _at_once(self, ticket: Ticket) -> bool:
        """Let the ticket in now where nobody is before it and nothing holds it: it needs no place in the queue."""
        with self._lock:
            now = self._clock()
            if self._queue or self._wait(now, ticket) > 0:
                return False
            self._let_in(ticket, now)
            return True

    def _let_in(self, ticket: Ticket, now: float) -> None:
        self._out += 1
        if self._requests is not None:
            self._requests.add(now, 1)
        if self._tokens is not None:
            ticket.entry = self._tokens.add(now, ticket.tokens)

    def _admit(self) -> None:
        """Let in whoever may go, in order, and come back when the next one may."""
        admitted = []
        with self._lock:
            now = self._clock()
            while self._queue:
                wait = self._wait(now, self._queue[0])
                if wait > 0:
                    self._wake_after(now, wait)
                    break
                ticket = self._queue.popleft()
                self._let_in(ticket, now)
                admitted.append(ticket.admitted)
        for waiting in admitted:
            if waiting is not None:
                waiting.set_result(None)

    def _wait(self, now: float, ticket: Ticket) -> float:
        """The seconds until the ticket may go; infinite where it waits for another to come back."""
        if self._in_flight is not None and self._out >= self._in_flight:
            return float("inf")
        wait = self._paused_until - now
        if self._requests is not None:
            wait = max(wait, self._requests.wait(now, 1))
        if self._tokens is not None:
            wait = max(wait, self._tokens.wait(now, ticket.tokens))
        return wait

    def _wake_after(self, now: float, wait: float) -> None:
        """One alarm on the background loop is enough for all who wait. Called with the lock held."""
        at = now + wait
        if wait == float("inf") or (self._wake_at is not None and now < self._wake_at <= at):
            return
        self._wake_at = at
        BACKGROUND.later(wait, self._wake)

    def _wake(self) -> None:
        with self._lock:
            self._wake_at = None
        self._admit()

    def _withdraw(self, ticket: Ticket) -> None:
        """The caller was called off while it waited; perhaps it was let in at that very moment."""
        with self._lock:
            waiting = ticket in self._queue
            if waiting:
                self._queue.remove(ticket)
        if waiting:
            self._admit()
        else:
            self._release(ticket, None)

    def _release(self, ticket: Ticket, response: LMResponse | None) -> None:
        with self._lock:
            self._out -= 1
            if response is not None and response.usage.calls:
                usage = response.usage
                each = usage.completion_tokens / len(response)
                self._completion += 0.1 * (each - self._completion)
                if self._tokens is not None and ticket.entry is not None:
                    self._tokens.correct(ticket.entry, usage.prompt_tokens + usage.completion_tokens or ticket.tokens)
        self._admit()

    def _hear(self, headers: Mapping[str, str]) -> None:
        """Learn from an answer's headers how long to wait."""
        pause = max(wait_asked(headers) or 0.0, pause_asked(headers))
        if 0 < pause <= LONGEST_PAUSE:
            with self._lock:
                self._paused_until = max(self._paused_until, self._clock() + pause)
