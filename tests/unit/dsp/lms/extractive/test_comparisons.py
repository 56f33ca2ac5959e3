from __future__ import annotations

import pytest

from dsp.lms.extractive.features.comparisons import compared_value, said_the_same
from dsp.lms.extractive.passages import view
from dsp.lms.extractive.questions import analyse


@pytest.mark.parametrize(
    ("text", "question", "expected"),
    [
        ("A | A (born 4 May 1899) was a poet. It was 1850.", "Who is older, A or B?", 1899 + 4 / 12),
        ("A | A opened its doors in 1700. It was founded in 1650.", "Which was founded first, A or B?", 1650),
        ("A | A is a film of 1931.", "Which came out first, A or B?", 1931),
        ("A | A has 3,400 rooms and 120 inhabitants.", "Which has more inhabitants, A or B?", 120),
        ("A | A has 3,400 rooms.", "Which is larger, A or B?", 3400),
        ("A | A was built in 1900.", "Which is larger, A or B?", None),
        ("A | A is old.", "Which is older, A or B?", None),
        ("A | " + "9" * 400 + " rooms.", "Which is larger, A or B?", None),
    ],
)
def test_the_number_that_is_compared(text: str, question: str, expected: float | None) -> None:
    assert compared_value(view(text), analyse(question)) == (None if expected is None else pytest.approx(expected))


BRANDT = "Ilse Brandt | Ilse Brandt (1899 – 1960) was a Dutch novelist. She was born in Leiden."
VELD = "Oskar Veld | Oskar Veld (1905 – 1971) was a Dutch painter. He was born in Delft."
MURR = "Tam Murr | Tam Murr (1905 – 1971) was a Scottish novelist. He was born in Leiden."


@pytest.mark.parametrize(
    ("one", "other", "question", "expected"),
    [
        (BRANDT, VELD, "Were Ilse Brandt and Oskar Veld of the same nationality?", True),
        (BRANDT, MURR, "Were Ilse Brandt and Tam Murr of the same nationality?", False),
        (BRANDT, MURR, "Did Ilse Brandt and Tam Murr have the same profession?", True),
        (BRANDT, VELD, "Did Ilse Brandt and Oskar Veld have the same profession?", False),
        (BRANDT, MURR, "Were Ilse Brandt and Tam Murr born in the same town?", True),
        (BRANDT, VELD, "Were Ilse Brandt and Oskar Veld born in the same town?", False),
        (BRANDT, VELD, "Are Ilse Brandt and Oskar Veld both writers?", None),
    ],
)
def test_whether_two_passages_say_the_same(one: str, other: str, question: str, expected: bool | None) -> None:
    assert said_the_same(view(one), view(other), analyse(question)) is expected
