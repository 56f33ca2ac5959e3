from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from dsp.demonstrate.transformation import transformation
from dsp.types.example import Example


@transformation
def overwritten(example: Example, *, other: Example, number: int = 1) -> Example:
    """Writes over both."""
    example.clear()
    other.update(number=number)
    return example.copy(**other)


@given(fields=st.dictionaries(st.sampled_from("abc"), st.integers()))
def test_no_example_that_is_given_is_changed(fields: dict[str, int]) -> None:
    first, second = Example(fields), Example(x=0)
    assert dict(overwritten(first, other=second)) == {"x": 0, "number": 1}
    assert dict(first) == fields
    assert dict(second) == {"x": 0}


def test_it_keeps_its_name_and_what_it_raises() -> None:
    assert overwritten.__name__ == "overwritten"
    assert overwritten.__doc__ == "Writes over both."


def test_a_coroutine_function_stays_one_to_await() -> None:
    @transformation
    async def marked(example: Example) -> Example:
        example.marked = True
        return example

    given_example = Example(a=1)
    assert asyncio.run(marked(given_example)).marked
    assert "marked" not in given_example
