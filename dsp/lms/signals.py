"""What an LM notices while it works, told to whoever listens further up: headers, pieces of text, retries.

A limiter learns from rate-limit headers that an LM below it sees, and a reader sees tokens as they come; the
wrappers between need not pass anything on. Listeners live in context variables, which tasks and the background loop
inherit. They are called on whatever thread the LM works on, must be quick and never raise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

HeaderListener = Callable[[Mapping[str, str]], None]

PieceListener = Callable[[str | None], None]
"""Called with each piece of a single completion's text, and with None whenever an attempt begins anew."""

_listeners: ContextVar[tuple[HeaderListener, ...]] = ContextVar("dsp_header_listeners", default=())


@contextmanager
def listening(listener: HeaderListener) -> Iterator[None]:
    """Within the block, `listener` is called with the headers of every answer."""
    token = _listeners.set((*_listeners.get(), listener))
    try:
        yield
    finally:
        _listeners.reset(token)


def tell_headers(headers: Mapping[str, str]) -> None:
    for listener in _listeners.get():
        listener(headers)


_pieces: ContextVar[PieceListener | None] = ContextVar("dsp_piece_listener", default=None)


@contextmanager
def listening_to_pieces(listener: PieceListener) -> Iterator[None]:
    """Within the block, LMs that can stream do, and `listener` hears it. The whole answer comes as ever."""
    token = _pieces.set(listener)
    try:
        yield
    finally:
        _pieces.reset(token)


def piece_listener() -> PieceListener | None:
    """Who listens to pieces, if anyone does."""
    return _pieces.get()


RetryListener = Callable[[str], None]
"""Called with what came of an attempt that is about to be made again."""

_retries: ContextVar[RetryListener | None] = ContextVar("dsp_retry_listener", default=None)


@contextmanager
def listening_to_retries(listener: RetryListener) -> Iterator[None]:
    """Within the block, `listener` hears of every attempt that is made again."""
    token = _retries.set(listener)
    try:
        yield
    finally:
        _retries.reset(token)


def tell_retry(story: str) -> None:
    listener = _retries.get()
    if listener is not None:
        listener(story)
