from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexes.embedders.token_batches import STEP, Features, TokenEncoder, batches


@given(
    st.lists(st.integers(0, 600), max_size=80),
    st.integers(1, 2000),
    st.integers(1, 40),
    st.integers(1, 32),
)
def test_every_text_is_in_one_batch_and_no_batch_is_too_large(
    lengths: list[int], tokens: int, most: int, step: int
) -> None:
    made = batches(lengths, tokens=tokens, most=most, step=step)
    assert sorted(at for batch in made for at in batch) == list(range(len(lengths)))
    for batch in made:
        width = max(1, max(lengths[at] for at in batch))
        width += -width % step
        assert 1 <= len(batch) <= most
        assert len(batch) == 1 or len(batch) * width <= tokens


@given(st.lists(st.integers(1, 256), min_size=1, max_size=200))
def test_a_text_is_never_beside_one_that_is_much_shorter_unless_between_them_there_is_none(lengths: list[int]) -> None:
    order = [lengths[at] for batch in batches(lengths) for at in batch]
    assert order == sorted(lengths, reverse=True)


class Words:
    """A tokenizer: a word is its length."""

    pad_token_id = 99

    def __init__(self, padding_side: str = "right") -> None:
        self.padding_side = padding_side

    def __call__(self, texts: Sequence[str], *, truncation: bool, max_length: int | None) -> dict[str, Any]:
        ids = [[len(word) for word in text.split()][: max_length if truncation else None] for text in texts]
        return {"input_ids": ids, "attention_mask": [[1] * len(row) for row in ids]}


class Seen:
    """A network that sums what is not masked, and remembers the shapes."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def __call__(self, features: Features) -> NDArray[np.float32]:
        self.shapes.append(features["input_ids"].shape)
        assert (features["input_ids"][features["attention_mask"] == 0] == 99).all()
        sums = (features["input_ids"] * features["attention_mask"]).sum(axis=1)
        return np.stack([sums, features["attention_mask"].sum(axis=1)], axis=1).astype(np.float32)


@pytest.mark.parametrize("side", ["left", "right"])
@given(st.lists(st.text("ab ", max_size=300), min_size=1, max_size=60))
def test_rows_come_in_the_order_of_the_texts_however_they_were_batched(side: str, texts: list[str]) -> None:
    rows = TokenEncoder(Words(side), None, Seen())(texts)
    expected = [[sum(map(len, text.split())), len(text.split())] for text in texts]
    np.testing.assert_array_equal(rows, np.array(expected, dtype=np.float32))


def test_a_long_text_is_cut_at_the_limit_and_padding_goes_no_further() -> None:
    seen = Seen()
    rows = TokenEncoder(Words(), 20, seen)(["a " * 100, "a " * 18, "a"])
    np.testing.assert_array_equal(rows[:, 1], [20, 18, 1])
    assert max(shape[1] for shape in seen.shapes) == 20


def test_short_texts_are_not_padded_to_the_long_ones() -> None:
    seen = Seen()
    TokenEncoder(Words(), 512, seen)([*["a " * 500] * 3, *["a " * 10] * 64])
    padded = sum(rows * tokens for rows, tokens in seen.shapes)
    assert padded <= 3 * 512 + 64 * STEP + 32 * STEP
