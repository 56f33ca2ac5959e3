"""One endpoint of an OpenAI-compatible server, reached through the `openai` package in the way that costs least.

The package's typed `chat.completions.create` validates every answer into a tree of models, and its connection pool
looks through all of its connections for each request, which at 256 in flight costs more than the rest of the
exchange together. So requests go through the client's public `post`, answers are bytes, and the client is given a
transport of ours (`dsp.lms.transport`) unless a proxy stands between. `benchmarks/lm_throughput.py` measures both.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from dsp.errors import InputError, LMAuthenticationError, LMError
from dsp.lms.addresses import on_this_machine
from dsp.lms.failures import refused, too_slow, unreachable
from dsp.lms.keys import KeySource, scrubbed
from dsp.lms.signals import tell_headers
from dsp.lms.transport import Transport

if TYPE_CHECKING:
    from openai import AsyncOpenAI

EVENT_STREAM = "text/event-stream"
_OPENING = threading.Lock()
_OUR_HEADERS = frozenset({"accept", "content-type", "user-agent"})
_TELEMETRY = ("x-stainless-retry-count", "x-stainless-read-timeout")


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's answer of status 200."""

    content: bytes
    headers: Mapping[str, str]


@dataclass(slots=True)
class Here:
    """One event loop's client: a connection belongs to the loop that opened it."""

    client: AsyncOpenAI
    headers: Mapping[str, Any]
    lifetime: AsyncGenerator[None, None] | None = None


Loops = dict[asyncio.AbstractEventLoop, Here]
Send = Callable[[Any, dict[str, Any]], Awaitable[Any]]
"""Sends a request through a client, with the options that all requests share."""


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
        # A whole address: a path alone would be parsed and joined anew for each request.
        url = f"{self.base_url}{path}"
        asked: dict[str, Any] = {"body": body} if files is None else {"body": body, "files": files}
        return await self._answer(lambda client, how: client.post(url, **asked, **how), model, hear, bool(files))

    async def get(self, path: str, *, model: str) -> Reply:
        """What the server has there. Raises as `post` does."""
        url = f"{self.base_url}{path}"
        return await self._answer(lambda client, how: client.get(url, **how), model)

    async def _answer(
        self, send: Send, model: str, hear: Callable[[str], None] | None = None, form: bool = False
    ) -> Reply:
        key = self._key() if self._key is not None else None
        if key is None and self._key_required:
            source = self._key_name or "a key"
            message = f"{self.name} needs a key, but {source} is not set; set {source} in the environment"
            raise LMAuthenticationError(message, model=self.name)
        failure: LMError
        here = await self._here()  # outside the timeout: the first one imports the package
        try:
            async with asyncio.timeout(self.timeout):
                return await self._exchange(here, send, key, model, hear, form)
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
        self, here: Here, send: Send, key: str | None, model: str, hear: Callable[[str], None] | None, form: bool
    ) -> Reply:
        import openai

        http = _http(openai)
        headers = {**here.headers, "Authorization": f"Bearer {key}" if key else openai.Omit()}
        if form:
            headers["Content-Type"] = "multipart/form-data"
        how: dict[str, Any] = {"cast_to": http.Response, "options": {"headers": headers}}
        if hear is not None:
            how |= {"stream": True, "stream_cls": openai.AsyncStream[object]}
        try:
            response = await send(here.client, how)
            answered = _plain(response.headers)
            tell_headers(answered)
            content = await _collected(response, key, hear)
        except openai.APIStatusError as error:
            answered = _plain(error.response.headers)
            tell_headers(answered)
            raise refused(
                error.status_code,
                answered,
                error.response.text,
                model=model,
                url=self.base_url,
                held=_held(key, self._key_name),
            ) from None
        except (openai.APITimeoutError, http.TimeoutException):
            raise too_slow(self.timeout, model=self.name, url=self.base_url) from None
        except openai.APIConnectionError as error:
            raise unreachable(error.__cause__, model=self.name, url=self.base_url) from None
        except http.HTTPError as error:
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
        client = openai.AsyncOpenAI(
            api_key="sent-with-each-request",
            base_url=self.base_url,
            max_retries=0,
            timeout=openai.Timeout(self.timeout, connect=min(10.0, self.timeout)),
            http_client=openai.DefaultAsyncHttpxClient(**settings),
        )
        headers: dict[str, Any] = {}
        if urlsplit(self.base_url).hostname != "api.openai.com":
            foreign = [name for name in client.default_headers if name.lower() not in _OUR_HEADERS]
            headers = {name: openai.Omit() for name in (*foreign, *_TELEMETRY)}
        return Here(client, headers)

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
        await loops.pop(loop).client.close()


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
