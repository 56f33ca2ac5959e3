"""One endpoint of an OpenAI-compatible server, reached through the `openai` package in the way that costs least.

The package says what a client of such a server sends (its address, headers, what the environment adds) and brings
the HTTP client. Its `post`, which plans every request anew, and its typed `chat.completions.create`, which also
validates every answer into a tree of models, cost more than the rest of a program together at 256 in flight. So a
request is put together once, from what the package says, and sent through its HTTP client with another body each time.
That client is given a transport of ours (`dsp.lms.transport`), unless a proxy stands between: its own looks through
all of its connections for each request. `benchmarks/lm_throughput.py` measures all three.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import threading
import weakref
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from dsp.errors import InputError, LMAuthenticationError, LMError, LMRequestError
from dsp.lms.addresses import on_this_machine
from dsp.lms.failures import refused, too_slow, unreachable
from dsp.lms.keys import KeySource, scrubbed
from dsp.lms.signals import tell_headers
from dsp.lms.transport import Transport

EVENT_STREAM = "text/event-stream"
_OPENING = threading.Lock()
_OUR_HEADERS = frozenset({"accept", "content-type", "user-agent"})
_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's answer of status 200."""

    content: bytes
    headers: Mapping[str, str]


@dataclass(slots=True)
class Here:
    """One event loop's HTTP client, for a connection belongs to the loop that opened it; and what all requests share:
    headers, timeouts, and their addresses as the client wants them, by path."""

    http: Any
    client: Any
    headers: list[tuple[str, str]]
    timeouts: dict[str, Any]
    addresses: dict[str, Any] = field(default_factory=dict)
    lifetime: AsyncGenerator[None, None] | None = None

    def request(self, base_url: str, path: str, key: str | None, body: bytes | None) -> Any:
        """A request of a JSON body, or, without one, for what is there."""
        address = self.addresses.get(path) or self.addresses.setdefault(path, self.http.URL(base_url + path))
        headers = [*self.headers, ("Authorization", f"Bearer {key}")] if key else self.headers
        method, extensions = "GET" if body is None else "POST", {"timeout": self.timeouts}
        return self.http.Request(method, address, headers=headers, content=body, extensions=extensions)

    def form(self, base_url: str, path: str, key: str | None, body: Mapping[str, Any], files: Mapping[str, Any]) -> Any:
        """A request of a form with files."""
        headers = {name: value for name, value in self.headers if name.lower() != "content-type"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        return self.client.build_request("POST", base_url + path, headers=headers, data=body, files=files)


Loops = dict[asyncio.AbstractEventLoop, Here]
Made = Callable[[Here, str | None], Any]
"""Makes a request for one loop's client, with a key or without."""


class Endpoint:
    """Sends bodies to one server and gives what it answers, or a typed error. From any number of loops and threads.

    `key` is called for each request and its value goes nowhere but into the request's header: headers that the
    package adds from the environment (an organization, a project, custom ones) go to OpenAI's own endpoint alone.
    `timeout` is in seconds, for the whole exchange.
    """

    def __init__(
        self,
        base_url: str,
        *,
        name: str,
        key: KeySource | None = None,
        key_name: str = "",
        key_required: bool = False,
        timeout: float = 300.0,
    ) -> None:
        self.base_url = checked_url(base_url)
        self.name = name
        self.timeout = timeout
        self._key = key
        self._key_name = key_name
        self._key_required = key_required
        self._loops: Loops = {}
        weakref.finalize(self, _leave, self._loops).atexit = False

    async def post(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        model: str,
        hear: Callable[[str], None] | None = None,
        files: Mapping[str, Any] | None = None,
    ) -> Reply:
        """What the server answers to a JSON body, or to a form with `files`.

        Raises an LMError with evidence; no key is ever in it. Where `hear` is given, a stream of events is not
        collected: each line goes to `hear` as it comes.
        """
        if files is not None:
            return await self._answer(lambda here, key: here.form(self.base_url, path, key, body, files), model, hear)
        content = _content(body, model)
        return await self._answer(lambda here, key: here.request(self.base_url, path, key, content), model, hear)

    async def get(self, path: str, *, model: str) -> Reply:
        """What the server has there. Raises as `post` does."""
        return await self._answer(lambda here, key: here.request(self.base_url, path, key, None), model)

    def problems(self) -> list[str]:
        """Why no request can be answered, as far as that is known before one is made."""
        key = self._key() if self._key is not None else None
        return [self._without_key()] if key is None and self._key_required else []

    def _without_key(self) -> str:
        source = self._key_name or "a key"
        return f"{self.name} needs a key, but {source} is not set; set {source} in the environment"

    async def _answer(self, made: Made, model: str, hear: Callable[[str], None] | None = None) -> Reply:
        key = self._key() if self._key is not None else None
        if key is None and self._key_required:
            raise LMAuthenticationError(self._without_key(), model=self.name)
        failure: LMError
        here = await self._here()  # outside the timeout: the first one imports the package
        try:
            async with asyncio.timeout(self.timeout):
                return await self._exchange(here, made(here, key), key, model, hear)
        except LMError as error:
            failure = error
        except TimeoutError:
            failure = too_slow(self.timeout, model=self.name, url=self.base_url)
        # Raised outside the handler, with no context and no frames: the client's hold the request and its key.
        failure.args = (scrubbed(str(failure), [key]),)
        failure.evidence = scrubbed(failure.evidence, [key])
        failure.__context__ = key = None
        raise failure.with_traceback(None)

    async def _exchange(
        self, here: Here, request: Any, key: str | None, model: str, hear: Callable[[str], None] | None
    ) -> Reply:
        try:
            response = await here.client.send(request, stream=hear is not None)
            answered = _plain(response.headers)
            tell_headers(answered)
            if not response.is_success:
                await response.aread()
                text, held = response.text, _held(key, self._key_name)
                raise refused(response.status_code, answered, text, model=model, url=self.base_url, held=held)
            content = await _collected(response, key, hear)
        except here.http.TimeoutException:
            raise too_slow(self.timeout, model=self.name, url=self.base_url) from None
        except here.http.HTTPError as error:
            raise unreachable(error, model=self.name, url=self.base_url) from None
        return Reply(content, answered)

    async def _here(self) -> Here:
        """The running loop's client."""
        loop = asyncio.get_running_loop()
        here = self._loops.get(loop)
        if here is None:
            here = self._open()
            with _OPENING:
                for other in [each for each in self._loops if each.is_closed()]:
                    del self._loops[other]
                self._loops[loop] = here
            here.lifetime = _until_the_loop_ends(self._loops, loop)
            await anext(here.lifetime)
        return here

    def _open(self) -> Here:
        import openai

        http = _http(openai)
        settings: dict[str, Any] = {"transport": Transport(http, partial(_certificates, http))}
        if _proxied(self.base_url):
            settings = {"verify": _certificates(http)}
        timeouts = openai.Timeout(self.timeout, connect=min(10.0, self.timeout))
        client = openai.DefaultAsyncHttpxClient(timeout=timeouts, **settings)
        package = openai.AsyncOpenAI(
            api_key="sent-with-each-request", base_url=self.base_url, max_retries=0, http_client=client
        )
        ours = _OUR_HEADERS if urlsplit(self.base_url).hostname != "api.openai.com" else None
        said = {name: value for name, value in package.default_headers.items() if isinstance(value, str)}
        headers = [(name, value) for name, value in said.items() if name.lower() != "authorization"]
        headers = [(name, value) for name, value in headers if ours is None or name.lower() in ours]
        headers += [(name, client.headers[name]) for name in ("Accept-Encoding", "Connection")]
        return Here(http, client, headers, timeouts.as_dict())

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_loops": {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        weakref.finalize(self, _leave, self._loops).atexit = False


async def _until_the_loop_ends(loops: Loops, loop: asyncio.AbstractEventLoop) -> AsyncGenerator[None, None]:
    """Waits in a `yield` until `asyncio.run` shuts its generators down, and closes the client before the loop."""
    try:
        yield
    finally:
        await loops.pop(loop).client.aclose()


def _content(body: Mapping[str, Any], model: str) -> bytes:
    """The body as JSON. Raises LMRequestError for what JSON, or UTF-8, cannot hold."""
    try:
        return _encoded(body).encode()
    except (TypeError, ValueError, RecursionError) as error:
        message = f"a request must be JSON of valid Unicode, but it is not: {error}; give plain values"
        raise LMRequestError(message, model=model) from None


async def _collected(response: Any, key: str | None, hear: Callable[[str], None] | None) -> bytes:
    """The answer's content, or nothing where its lines were heard. A key that the server repeats is hidden."""
    if hear is None:
        content: bytes = response.content
        return content.replace(key.encode(), b"[key]") if key and key.encode() in content else content
    try:
        if not response.headers.get("content-type", "").startswith(EVENT_STREAM):
            content = await response.aread()
            return content.replace(key.encode(), b"[key]") if key else content
        async for line in response.aiter_lines():
            hear(scrubbed(line, [key]))
        return b""
    finally:
        await response.aclose()


def _plain(headers: Any) -> dict[str, str]:
    """Headers as a dictionary of lower-case names, which is quicker to look in than the package's own."""
    return {name.lower(): value for name, value in headers.items()}


def _leave(loops: Loops) -> None:
    """Close the clients of an endpoint that nobody holds any more, each in its own loop."""
    for loop, here in list(loops.items()):
        if here.lifetime is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed, and so are its clients
                loop.call_soon_threadsafe(loop.create_task, here.lifetime.aclose())


def checked_url(base_url: str) -> str:
    """The base URL without a slash at its end.

    Raises InputError where it is not one, or holds a user, a password, a query or a fragment: those would be
    written wherever an endpoint's name is.
    """
    parts = urlsplit(base_url)
    shown = f"{parts.scheme}://{parts.hostname}" if parts.hostname else repr(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"a base URL begins with http:// or https:// and a host, but got {shown}")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InputError(
            f"a base URL holds no user, password, query or fragment, but the one of {shown} does; "
            "give the key by the environment"
        )
    return base_url.rstrip("/")


def _proxied(base_url: str) -> bool:
    """Whether the environment names a proxy for that address; none can reach this machine for us."""
    if on_this_machine(base_url):
        return False
    parts, proxies = urlsplit(base_url), getproxies()
    return bool(proxies.get(parts.scheme) or proxies.get("all")) and not proxy_bypass(parts.hostname or "")


def _http(openai: Any) -> Any:
    """The HTTP package that this version of `openai` stands on: httpx, or its successor."""
    return sys.modules[openai.DefaultAsyncHttpxClient.__mro__[1].__module__.partition(".")[0]]


_shared: dict[str, Any] = {}


def _certificates(http: Any) -> Any:
    """One context of trusted certificates for all clients, made when first needed: that takes 20 ms."""
    if "context" not in _shared:
        _shared["context"] = http.create_ssl_context()
    return _shared["context"]


def _held(key: str | None, key_name: str) -> str:
    """What was sent for a key, in words that end "… refuses"."""
    if key is None:
        return "a request without a key"
    return f"the key in {key_name}" if key_name else "the key"
