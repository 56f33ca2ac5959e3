"""What a failed HTTP exchange means: statuses and broken connections as the typed errors of `dsp.errors`."""

from __future__ import annotations

import email.utils
import json
import ssl
import time
from collections.abc import Mapping
from typing import Any

from dsp.errors import (
    LMAuthenticationError,
    LMCertificateError,
    LMConnectionError,
    LMError,
    LMRateLimitError,
    LMRequestError,
    LMResponseError,
    LMServerError,
    LMTimeoutError,
)
from dsp.lms.chat import EVIDENCE


def refused(status: int, headers: Mapping[str, str], text: str, *, model: str, url: str, held: str) -> LMError:
    """The error for a status of 300 or more; `held` says what key was sent, in words."""
    said = said_by(text)
    kind: type[LMError]
    if status in (401, 403):
        kind, message = LMAuthenticationError, f"{url} refuses {held} ({status}): {said}; check the key and its rights"
    elif status == 404:
        kind = LMRequestError
        message = f'{url} knows no model "{model}", or no such address (404): {said}; check both names'
    elif status == 429 and "insufficient_quota" in text:
        kind, message = LMRequestError, f"the account at {url} has no quota left (429): {said}; add credit"
    elif status == 429:
        kind, message = LMRateLimitError, f"{url} asks to wait (429): {said}; send fewer requests at once"
    elif status in (408, 504):
        kind, message = LMTimeoutError, f"{url} took too long ({status}): {said}; ask again"
    elif status in (409, 425) or status >= 500:
        kind, message = LMServerError, f"{url} failed ({status}): {said}; ask again, or look at its log"
    elif status < 400:
        kind, message = LMResponseError, f"{url} redirects to nowhere ({status}): {said}; check the base URL"
    else:
        kind, message = LMRequestError, f'{url} refuses this request to "{model}" ({status}): {said}; change it'
    return kind(message, model=model, evidence=text[:EVIDENCE], status=status, retry_after=wait_asked(headers))


def unreachable(cause: BaseException | None, *, model: str, url: str) -> LMError:
    """The error for an exchange that never finished; `cause` is what the HTTP client raised."""
    causes = list(_chain(cause))
    names = {type(each).__name__ for each in causes}
    detail = next((str(each) for each in reversed(causes) if str(each)), "the connection broke")
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in causes):
        message = f"the certificate of {url} must be trusted, but is not: {detail}; check the URL and the clock"
        return LMCertificateError(message, model=model, evidence=detail)
    if "TooManyRedirects" in names:
        message = f"{url} must answer, but redirects in a circle: {detail}; check the base URL"
        return LMResponseError(message, model=model, evidence=detail)
    if names & {"UnsupportedProtocol", "InvalidURL", "LocalProtocolError"}:
        message = f"{url} must be an address of HTTP, but it is not: {detail}; check the base URL and the key"
        return LMRequestError(message, model=model, evidence=detail)
    if "ConnectError" in names or any(isinstance(each, ConnectionRefusedError) for each in causes):
        message = f"no server answers at {url} ({detail}); start it, or check the base URL"
    else:
        message = f"the connection to {url} broke before the answer was whole ({detail}); ask again"
    return LMConnectionError(message, model=model, evidence=detail)


def too_slow(seconds: float, *, model: str, url: str) -> LMTimeoutError:
    message = f"{url} must answer within {seconds:g} s, but did not; ask again, or give the LM a longer timeout"
    return LMTimeoutError(message, model=model)


def wait_asked(headers: Mapping[str, str]) -> float | None:
    """The seconds that `Retry-After` asks for, as a number or as a date; None where it is missing or nonsense."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name)
        if value is None:
            continue
        try:
            seconds = float(value) * unit
        except ValueError:
            date = email.utils.parsedate_tz(value)
            seconds = email.utils.mktime_tz(date) - time.time() if date else -1.0
        if 0 <= seconds < float("inf"):
            return seconds
    return None


def error_field(text: str) -> Mapping[str, Any]:
    """The `error` object of a JSON error body, as OpenAI-compatible servers write it; empty where there is none."""
    try:
        data = json.loads(text)
    except ValueError:
        return {}
    if isinstance(data, list) and data:
        data = data[0]
    error = data.get("error", data) if isinstance(data, dict) else data
    if isinstance(error, str):
        return {"message": error}
    return error if isinstance(error, dict) else {}


def said_by(text: str) -> str:
    """One line of what the server said: its error's message where the body is one."""
    message = error_field(text).get("message")
    line = " ".join((message if isinstance(message, str) else text).split())
    return (line if len(line) <= 300 else line[:300] + "…") or "no reason given"


def _chain(error: BaseException | None) -> Any:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
