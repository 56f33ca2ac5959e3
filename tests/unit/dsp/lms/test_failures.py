from __future__ import annotations

import email.utils
import ssl
import time

import pytest

from dsp.errors import LMCertificateError, LMConnectionError
from dsp.lms.failures import said_by, unreachable, wait_asked


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_the_wait_that_a_server_asks_for_is_read_in_seconds(headers: dict[str, str], seconds: float | None) -> None:
    assert wait_asked(headers) == seconds


def test_the_wait_may_be_a_date() -> None:
    date = email.utils.formatdate(time.time() + 60, usegmt=True)
    asked = wait_asked({"retry-after": date})
    assert asked is not None
    assert 50 < asked <= 60


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"error": {"message": "too long"}}', "too long"),
        ('[{"error": {"message": "too long"}}]', "too long"),
        ('{"error": "too long"}', "too long"),
        ('{"message": "too long"}', "too long"),
        ("too\n  long", "too long"),
        ("", "no reason given"),
        ("x" * 1000, "x" * 300 + "…"),
        ("7", "7"),
    ],
)
def test_what_a_server_says_is_one_short_line(text: str, said: str) -> None:
    assert said_by(text) == said


def test_a_certificate_that_cannot_be_trusted_is_not_worth_asking_again() -> None:
    broken = ConnectionError("handshake")
    broken.__cause__ = ssl.SSLCertVerificationError("self-signed certificate")
    error = unreachable(broken, model="m", url="https://x/v1")
    assert isinstance(error, LMCertificateError)
    assert isinstance(error, LMConnectionError)
    assert not error.retryable
    assert "self-signed" in str(error)
