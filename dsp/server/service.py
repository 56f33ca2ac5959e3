"""What the server answers: `POST /v1/run`, `GET /health`, `GET /`."""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from dsp.checking.program import inputs_of
from dsp.configuration import context
from dsp.errors import (
    DspError,
    InputError,
    LMAuthenticationError,
    LMBudgetError,
    LMError,
    LMRateLimitError,
    LMTimeoutError,
    ParseError,
)
from dsp.modules.module import Module
from dsp.server.http import HttpError, Limits, Request, Response, json_response
from dsp.server.page import page
from dsp.server.running import Run, Slots
from dsp.trace import from_json, record, to_json
from dsp.types.prediction import Prediction
from dsp.types.usage import Usage
from indexes.errors import IndexesError

MOST_WAITING = 1000  # runs, before further ones are sent away
ROUTES = {"/": ("GET", "HEAD"), "/health": ("GET", "HEAD"), "/v1/run": ("POST",)}
STATUS: tuple[tuple[type[Exception], int], ...] = (
    (LMTimeoutError, 504),
    (LMRateLimitError, 503),
    (LMBudgetError, 503),
    (LMAuthenticationError, 502),
    (LMError, 502),
    (ParseError, 502),
    (InputError, 400),
)
"""How a run's errors are told; the first that fits. Others are the program's own: 500."""


@dataclass
class Service:
    """A program to be served: what it is called, what it runs with, and within which bounds.

    `settings` go to `dsp.context` around every run; `in_thread` runs it in a thread and not in the event loop;
    `concurrency` runs are under way at a time, for up to `seconds` each. `on_loopback`: only names of this machine are
    answered to, so that no web page can reach the server under a name of its own.
    """

    program: Module
    name: str
    settings: Mapping[str, Any]
    concurrency: int = 32
    in_thread: bool = False
    seconds: float = 300.0
    limits: Limits = field(default_factory=Limits)
    on_loopback: bool = True

    def __post_init__(self) -> None:
        if self.concurrency < 1 or self.seconds <= 0 or self.limits.body < 1:
            raise InputError(
                f"a server needs a concurrency from 1, and a time and a size above 0, but got {self.concurrency}, "
                f"{self.seconds:g} s and {self.limits.body} bytes"
            )
        self.slots = Slots(self.concurrency, MOST_WAITING)
        self.finished = self.failed = 0
        self.usage = Usage()

    async def answer(self, request: Request) -> Response:
        """The answer to a request. Raises HttpError for the one that gets an error."""
        self._check_origin(request)
        methods = ROUTES.get(request.path)
        if methods is None:
            raise HttpError(404, "NotFound", f"there is {', '.join(ROUTES)} here, but no {request.path[:200]}")
        if request.method not in methods:
            text = f"{request.path} takes {' and '.join(methods)}, but got {request.method}"
            raise HttpError(405, "MethodNotAllowed", text, headers={"Allow": ", ".join(methods)})
        if request.path == "/":
            return page(self)
        return json_response(200, self.health()) if request.path == "/health" else await self._run(request)

    def health(self) -> dict[str, Any]:
        return {
            "status": "ok",
            "program": self.name,
            "lm": getattr(self.settings.get("lm"), "name", None),
            "running": self.slots.running,
            "waiting": self.slots.waiting,
            "concurrency": self.concurrency,
            "finished": self.finished,
            "failed": self.failed,
            "usage": self.usage.to_dict(),
        }

    async def _run(self, request: Request) -> Response:
        inputs, wants_trace = self._asked(request)
        if self.slots.full:
            raise HttpError(503, "Overloaded", "too many requests are waiting; try again", headers={"Retry-After": "1"})
        begun = time.perf_counter()
        with context(**self.settings), record() as trace:
            try:
                prediction = await Run(self.program, self.slots, in_thread=self.in_thread).result(inputs, self.seconds)
                if not isinstance(prediction, Prediction):
                    raise TypeError(
                        f"a program must return a Prediction, but this one gave {type(prediction).__name__}"
                    )
            except (Exception, SystemExit) as error:
                self.failed += 1
                raise self._told(error) from error
            finally:
                self.usage = self.usage + trace.usage
        self.finished += 1
        found = {
            "prediction": {name: to_json(value) for name, value in prediction.items()},
            "usage": trace.usage.to_dict(),
            "seconds": round(time.perf_counter() - begun, 3),
            **({"trace": trace.to_dict()} if wants_trace else {}),
        }
        return json_response(200, found)

    def _asked(self, request: Request) -> tuple[dict[str, Any], bool]:
        """The inputs, and whether the trace is wanted: `{"question": …}`, or `{"inputs": {…}, "trace": true}`."""
        try:
            body = json.loads(request.body.decode("utf-8"))
        except (ValueError, RecursionError) as fault:
            raise HttpError(
                400, "BadJSON", f"the body must be a JSON object of inputs, but is none ({fault})"
            ) from None
        if not isinstance(body, dict):
            text = f"the body must be a JSON object of inputs, but is a {type(body).__name__}"
            raise HttpError(400, "BadJSON", text)
        takes = inputs_of(self.program)
        every = takes.every if takes is not None else None
        trace = request.query.get("trace", "").lower() in ("1", "true", "yes")
        if (
            isinstance(body.get("inputs"), dict)
            and body.keys() <= {"inputs", "trace"}
            and "inputs" not in (every or ())
        ):
            trace = bool(body.get("trace", trace))
            body = body["inputs"]
        missing = [name for name in (takes.needed if takes is not None else ()) if name not in body]
        unknown = [name for name in body if every is not None and name not in every - {"config"}]
        if missing or unknown:
            said = [f"lacks {', '.join(missing)}"] if missing else []
            said += [f"has {', '.join(unknown)} besides"] if unknown else []
            known = ", ".join(sorted((every or frozenset(takes.needed if takes is not None else ())) - {"config"}))
            raise HttpError(
                400, "InputError", f"{self.name} takes the inputs {known}, but this one {' and '.join(said)}"
            )
        return {name: from_json(value) for name, value in body.items()}, trace

    def _told(self, error: BaseException) -> HttpError:
        if isinstance(error, TimeoutError):
            return HttpError(504, "Timeout", f"a run may take {self.seconds:g} s, but this one took longer")
        for kind, status in STATUS:
            if isinstance(error, kind):
                retry = getattr(error, "retry_after", None)
                headers = {"Retry-After": str(int(retry) + 1)} if retry else {}
                return HttpError(status, type(error).__name__, str(error), headers=headers)
        if isinstance(error, DspError | IndexesError):
            return HttpError(500, type(error).__name__, str(error))
        return HttpError(500, "ProgramError", f"the program broke: {type(error).__name__}: {error}")

    def _check_origin(self, request: Request) -> None:
        """Raises HttpError for a request that a web page of another origin makes the browser send."""
        host, origin = request.headers.get("host", ""), request.headers.get("origin")
        if self.on_loopback and host and not is_loopback(_hostname(host)):
            text = f"this server answers to names of this machine alone, but was called {host[:100]}"
            raise HttpError(403, "WrongHost", text, close=True)
        if origin is not None and origin.partition("://")[2] != host:
            text = f"web pages of other origins may not use this server, but one of {origin[:100]} does"
            raise HttpError(403, "WrongOrigin", text, close=True)


def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether the name or address is of this machine, and reached from it alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
