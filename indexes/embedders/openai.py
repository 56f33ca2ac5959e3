"""`openai/MODEL`: a model behind OpenAI's server, or behind any that speaks as it does.

    indexes.build("corpus.jsonl", "my-index", engine="faiss", embedder="openai/text-embedding-3-small",
                  embedding_cache="embeddings")

`openai/http://127.0.0.1:8000/v1#MODEL` names another server. Texts go in batches, several at a time; the `openai`
package asks again where a server falters or asks to wait. Every request costs money or time: keep an embedding cache.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from indexes.errors import EmbedderError, InputError

BASE_URL = "https://api.openai.com/v1"
MAX_CHARACTERS = 20_000
"""More of a text is not sent: such models read some 8,000 tokens, and their servers refuse what is longer."""
SURE_CHARACTERS = 2_000
"""A text as short as this is never refused for its length."""
REQUEST_CHARACTERS = 200_000
"""OpenAI takes 300,000 tokens a request, and no language has many more tokens than characters."""

Key = Callable[[], str | None]
Vector = NDArray[np.float32]
_TELEMETRY = ("x-stainless-retry-count", "x-stainless-read-timeout")
_OURS = frozenset({"accept", "content-type", "user-agent"})


def key_from_environment() -> str | None:
    """The key in OPENAI_API_KEY, where there is one."""
    return os.environ.get("OPENAI_API_KEY", "").strip() or None


class OpenAIEmbedder:
    """Texts to float32 [n, dimension], as the model gives them.

    `dimensions` asks a model that can for shorter vectors. `key` is called for each request; the key in
    OPENAI_API_KEY goes to OpenAI's own server alone. `batch_size` is in texts a request, `in_flight` in requests.
    An empty text is sent as a blank, for servers refuse it, and of a long one its first 20,000 characters, or half as
    many, and half of that, as long as the server refuses it.

    Raises InputError for no model or a wrong number, and EmbedderError where the server gives no vectors.
    """

    in_names: Mapping[str, type] = {"dimensions": int, "batch_size": int, "in_flight": int}
    """What a name may say after a question mark, as `openai/text-embedding-3-small?dimensions=256`."""

    def __init__(
        self,
        model: str,
        *,
        base_url: str = BASE_URL,
        key: Key | None = None,
        dimensions: int | None = None,
        batch_size: int = 64,
        in_flight: int = 4,
        timeout: float = 60.0,
        max_retries: int = 6,
    ) -> None:
        if model.startswith(("http://", "https://")):
            base_url, _, model = model.partition("#")
        if not model:
            raise InputError(
                "embedder openai needs a model, but got none; write openai/text-embedding-3-small, or "
                "openai/http://HOST/v1#MODEL for another server"
            )
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
            raise InputError(
                f"a base URL must begin with http:// or https:// and a host, and hold no user and no query, but that "
                f"of {parts.hostname or 'no host'} does not"
            )
        for name, number in (("batch_size", batch_size), ("in_flight", in_flight), ("dimensions", dimensions or 1)):
            if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                raise InputError(f"{name} must be a whole number, at least 1, but got {number!r}")
        self.model, self.base_url = model, base_url.rstrip("/")
        self.batch_size, self.in_flight = batch_size, in_flight
        self._dimensions, self._timeout, self._max_retries = dimensions, timeout, max_retries
        own = self.base_url == BASE_URL
        self._key = key if key is not None else key_from_environment if own else lambda: None
        self._lock = threading.Lock()
        self._opened: Any = None

    @property
    def fingerprint(self) -> str:
        return f"openai:1:{self.base_url}:{self.model}:{self._dimensions or 'whole'}"

    @cached_property
    def dimension(self) -> int:
        if self._dimensions is not None:
            return self._dimensions
        return len(self._ask(["dimension"])[0])

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        dimension = self.dimension
        rows = np.empty((len(texts), dimension), dtype=np.float32)
        batches = list(_batches([_readable(text) for text in texts], self.batch_size))
        with ThreadPoolExecutor(max(1, min(self.in_flight, len(batches)))) as pool:
            at = 0
            for vectors in pool.map(self._embed, batches):
                for vector in vectors:
                    if len(vector) != dimension:
                        raise EmbedderError(
                            f"{self.model} must give vectors of {dimension} numbers, but one has {len(vector)}; "
                            "build the index anew"
                        )
                    rows[at] = vector
                    at += 1
        if not np.isfinite(rows).all():
            raise EmbedderError(f"{self.model} must give finite numbers, but some are not; look at the server")
        return rows

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.embed_passages(texts)

    def _embed(self, texts: list[str]) -> list[Vector]:
        """A vector a text, in their order. Texts that the server refuses for their length are sent shorter.

        How many tokens a text has only the server knows. Each long text is then asked for alone, so that what is cut
        away never depends on its neighbours.
        """
        try:
            return self._ask(texts)
        except _RefusedError:
            if all(len(text) <= SURE_CHARACTERS for text in texts):
                raise
        if len(texts) == 1:
            return self._embed([texts[0][: len(texts[0]) // 2]])
        alone = {at: self._embed([text])[0] for at, text in enumerate(texts) if len(text) > SURE_CHARACTERS}
        short = [text for at, text in enumerate(texts) if at not in alone]
        rest = iter(self._ask(short) if short else ())
        return [alone[at] if at in alone else next(rest) for at in range(len(texts))]

    def _ask(self, texts: list[str]) -> list[Vector]:
        """A vector a text, in their order."""
        import openai

        client, headers = self._client()
        key = self._key()
        if key is None and self.base_url == BASE_URL:
            raise EmbedderError(f"{self.model} needs a key, but OPENAI_API_KEY is not set; set it in the environment")
        headers = {**headers, "Authorization": f"Bearer {key}" if key else openai.Omit()}
        given: Any = openai.omit if self._dimensions is None else self._dimensions
        kind = EmbedderError
        try:
            said = client.embeddings.create(model=self.model, input=texts, dimensions=given, extra_headers=headers)
            data = sorted(said.data or (), key=lambda each: each.index)
            numbers, vectors = [each.index for each in data], [_vector(each.embedding) for each in data]
            failure = ""
        except (openai.APIError, ValueError, TypeError, AttributeError) as error:
            failure = f"{type(error).__name__}: {error}"
            if getattr(error, "status_code", None) in (400, 413, 422):
                kind = _RefusedError
        if failure:  # outside of the handler: the client's frames hold the request and its key
            told = failure.replace(key, "[key]") if key else failure
            raise kind(
                f"{self.base_url} must give vectors of {self.model}, but did not ({told[:500]}); "
                "check the model, the key and the server"
            )
        if numbers != list(range(len(texts))):
            raise EmbedderError(
                f"{self.base_url} must give one vector for each of {len(texts)} texts, but gave {len(data)}; "
                "look at the server"
            )
        return vectors

    def _client(self) -> tuple[Any, dict[str, Any]]:
        """The client, and the headers that it is not to send to other servers than OpenAI's."""
        import openai

        with self._lock:
            if self._opened is None:
                host = urlsplit(self.base_url).hostname or ""
                here = host in ("localhost", "::1") or host.startswith("127.")
                client = openai.OpenAI(
                    api_key="sent-with-each-request",
                    base_url=self.base_url,
                    timeout=self._timeout,
                    max_retries=self._max_retries,
                    # no proxy of the environment can reach this machine for us
                    http_client=openai.DefaultHttpxClient(trust_env=not here),
                )
                foreign = [] if self.base_url == BASE_URL else [*client.default_headers, *_TELEMETRY]
                headers = {name: openai.Omit() for name in foreign if name.lower() not in _OURS}
                weakref.finalize(self, client.close)
                self._opened = client, headers
            opened: tuple[Any, dict[str, Any]] = self._opened
            return opened


class _RefusedError(EmbedderError):
    """The server would not take the request as it was."""


def _batches(texts: Sequence[str], most: int) -> Iterator[list[str]]:
    """The texts in their order: so many a request, and no more characters than a server takes at once."""
    batch: list[str] = []
    for text in texts:
        if batch and (len(batch) == most or sum(map(len, batch)) + len(text) > REQUEST_CHARACTERS):
            yield batch
            batch = []
        batch.append(text)
    if batch:
        yield batch


def _vector(given: Any) -> Vector:
    """Numbers as a float32 vector. Raises ValueError or TypeError where they are none."""
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused as that
        vector = np.asarray(given, dtype=np.float32)
    if vector.ndim != 1 or not len(vector):
        raise ValueError(f"a vector must be a list of numbers, but one has the shape {list(vector.shape)}")
    return vector


def _readable(text: str) -> str:
    """A text as servers take it: not empty, not too long, and whole characters."""
    return text[:MAX_CHARACTERS].encode("utf-8", "replace").decode() or " "
