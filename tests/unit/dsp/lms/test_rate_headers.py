from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from dsp.lms.rate_headers import pause_asked, seconds_until


@pytest.mark.parametrize(
    ("reset", "seconds"),
    [
        ("1", 1.0),
        ("1.5", 1.5),
        ("120ms", 0.12),
        ("6m0s", 360.0),
        ("1h2m3.5s", 3723.5),
        ("2d", 172800.0),
        ("", 0.0),
        ("soon", 0.0),
        ("5 minutes", 0.0),
        ("-3", 0.0),
        ("2020-01-01T00:00:00Z", 0.0),
        ("2020-01-01T00:00:00", 0.0),
    ],
)
def test_a_reset_is_read_as_seconds_from_now(reset: str, seconds: float) -> None:
    assert seconds_until(reset) == pytest.approx(seconds)


def test_dates_and_epochs_are_read_too() -> None:
    soon = datetime.now(UTC) + timedelta(seconds=30)
    for reset in (soon.isoformat(), f"{time.time() + 30:.0f}", f"{(time.time() + 30) * 1000:.0f}"):
        assert 25 < seconds_until(reset) < 31


def test_only_a_limit_with_nothing_left_asks_for_a_pause() -> None:
    assert pause_asked({"x-ratelimit-remaining-requests": "3", "x-ratelimit-reset-requests": "9s"}) == 0.0
    assert pause_asked({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "9s"}) == 9.0
    assert pause_asked({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "120ms"}) == 0.12
    assert pause_asked({"anthropic-ratelimit-tokens-remaining": "0"}) == 0.0
    assert pause_asked({}) == 0.0
