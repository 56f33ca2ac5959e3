from __future__ import annotations

import io
import sys
import threading
import time

import pytest

from dsp.cli import progress as shown
from dsp.cli.progress import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_short_work_that_is_not_watched_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as report:
        for done in range(1, 101):
            report("index", done, 100)
    assert capsys.readouterr() == ("", "")


def test_long_work_says_now_and_then_how_far_it_is_on_standard_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(shown.time, "monotonic", lambda: now)
    with progress() as report:
        for done in range(100, 1501, 100):
            report("index", done, 1500)
            report("annotate", done, None)
            now += 4.0
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[:3] == [
        "index: 400 of 1,500, 25.0/s, 44 s left",
        "annotate: 400, 25.0/s",
        "index: 700 of 1,500, 25.0/s, 32 s left",
    ]
    assert err.count("\n") == 8


def test_on_a_terminal_there_is_a_bar_that_goes_when_the_work_is_done(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress() as report:
        report("score before", 1, 10)
        report("score before", 10, 10)
        report("annotate", 5, None)
    assert "score before" in sys.stderr.getvalue()  # type: ignore[attr-defined]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_it_may_be_told_from_any_thread(stream: type[io.StringIO], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", stream())
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for done in range(50):
                report(f"stage {done % 3}", done, 50)
        except BaseException as error:  # noqa: BLE001 - looked at below
            failed.append(error)

    with progress() as report:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failed == []


def test_the_bar_is_put_away_when_the_work_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError), progress():
        raise ZeroDivisionError
    while threading.active_count() > before:  # the bar's thread ends by itself, or the test's time limit does
        time.sleep(0.01)
