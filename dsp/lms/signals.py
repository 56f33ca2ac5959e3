"""What a server says in its headers, told to whoever listens up the call.

A limiter learns from rate-limit headers that an LM below it sees; the wrappers between them need not pass anything
on. The listener lives in a context variable, which tasks and the background loop inherit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

HeaderListener = Callable[[Mapping[str, str]], None]

_listeners: ContextVar[tuple[HeaderListener, ...]] = ContextVar("dsp_header_listeners", default=())


@contextmanager
def listening(listener: HeaderListener) -> Iterator[None]:
    """Within the block, `listener` is called with the headers of every answer. It must be quick and never raise."""
    token = _listeners.set((*_listeners.get(), listener))
    try:
        yield
    finally:
        _listeners.reset(token)


def tell_headers(headers: Mapping[str, str]) -> None:
    for listener in _listeners.get():
        listener(headers)
