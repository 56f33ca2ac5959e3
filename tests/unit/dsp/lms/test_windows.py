from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dsp.lms.windows import MINUTE, Window


@given(st.floats(1, 20), st.lists(st.tuples(st.floats(0, 30), st.floats(0.1, 25)), max_size=60))
def test_no_minute_ever_holds_more_than_the_limit(limit: float, steps: list[tuple[float, float]]) -> None:
    window, now, entered = Window(limit), 0.0, []
    for pause, amount in steps:
        now += pause
        now += window.wait(now, amount) * (1 + 1e-9)
        assert window.wait(now + 1e-6, amount) == 0.0
        now += 1e-6
        window.add(now, amount)
        entered.append((now, amount))
        recent = [each for at, each in entered if at > now - MINUTE]
        assert sum(recent) <= limit + 1e-6 or len(recent) == 1


def test_a_wait_ends_when_enough_has_passed_out_of_the_window() -> None:
    window = Window(10)
    window.add(0.0, 4)
    window.add(5.0, 6)
    assert window.wait(6.0, 4) == MINUTE - 6.0
    assert window.wait(6.0, 5) == MINUTE - 1.0
    assert window.wait(MINUTE, 4) == 0.0


def test_an_amount_larger_than_the_limit_goes_alone() -> None:
    window = Window(10)
    assert window.wait(0.0, 50) == 0.0
    window.add(0.0, 50)
    assert window.wait(1.0, 1) == MINUTE - 1.0


def test_a_correction_changes_what_is_left() -> None:
    window = Window(10)
    entry = window.add(0.0, 10)
    window.correct(entry, 3)
    assert window.wait(1.0, 7) == 0.0
    assert window.wait(1.0, 8) > 0.0
    window.wait(MINUTE + 1, 1)
    window.correct(entry, 100)
    assert window.wait(MINUTE + 1, 10) == 0.0
