from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.demonstrate.annotate import annotate
from dsp.errors import InputError
from dsp.types.example import Example

TRAIN = [Example(n=number).with_inputs("n") for number in range(6)]


def even(example: Example) -> Example | None:
    return example.copy(even=True) if example.n % 2 == 0 else None


def doubled(example: Example) -> Example | None:
    return example.copy(double=example.n * 2)


def test_what_passes_is_marked_and_what_fails_is_left_out() -> None:
    assert [dict(each) for each in annotate(even)(TRAIN)] == [
        {"n": 0, "even": True, "augmented": True},
        {"n": 2, "even": True, "augmented": True},
        {"n": 4, "even": True, "augmented": True},
    ]


def test_functions_are_applied_in_turn_and_a_failure_ends_the_chain() -> None:
    tried: list[int] = []

    def note(example: Example) -> Example | None:
        tried.append(example.n)
        return example

    found = annotate(even, note, doubled)(TRAIN)
    assert [(each.n, each.double) for each in found] == [(0, 0), (2, 4), (4, 8)]
    assert tried == [0, 2, 4]


def test_after_k_successes_the_rest_are_not_tried() -> None:
    tried: list[int] = []

    def note(example: Example) -> Example | None:
        tried.append(example.n)
        return even(example)

    assert [each.n for each in annotate(note)(TRAIN, k=2)] == [0, 2]
    assert tried == [0, 1, 2]


def test_return_all_gives_the_raw_ones_after_the_annotated_in_order() -> None:
    found = annotate(even)(TRAIN, k=2, return_all=True)
    assert [(each.n, each.augmented) for each in found] == [
        (0, True),
        (2, True),
        (1, False),
        (3, False),
        (4, False),
        (5, False),
    ]
    assert "even" not in found[4]


def test_a_failure_midway_leaves_the_raw_example_as_it_was_given() -> None:
    found = annotate(doubled, even)(TRAIN[1:2], return_all=True)
    assert [dict(each) for each in found] == [{"n": 1, "augmented": False}]


def test_functions_work_on_copies() -> None:
    def spoil(example: Example) -> Example | None:
        example["n"] = "spoilt"
        return example

    train = [Example(n=1)]
    annotate(spoil, spoil)(train, return_all=True)
    assert dict(train[0]) == {"n": 1}


def test_annotated_examples_remember_which_fields_are_inputs() -> None:
    assert annotate(even)(TRAIN, k=1)[0].input_keys == {"n"}


def test_an_error_in_a_function_is_an_error() -> None:
    def broken(example: Example) -> Example | None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        annotate(broken)(TRAIN)


@pytest.mark.parametrize("k", [0, -2])
def test_a_k_below_one_is_refused(k: int) -> None:
    with pytest.raises(InputError, match=f"k must be at least 1, but got {k}; leave it out"):
        annotate(even)(TRAIN, k=k)


def test_without_a_function_there_is_nothing_to_annotate_with() -> None:
    with pytest.raises(InputError, match="needs a function"):
        annotate()


@given(st.lists(st.booleans(), max_size=12), st.one_of(st.none(), st.integers(1, 6)))
def test_its_law(passes: list[bool], k: int | None) -> None:
    train = [Example(n=number) for number in range(len(passes))]
    function = annotate(lambda example: example if passes[example.n] else None)
    done = function(iter(train), k=k)
    everything = function(train, k=k, return_all=True)
    good = [number for number, passed in enumerate(passes) if passed][:k]
    assert [each.n for each in done] == good
    assert everything[: len(done)] == done
    assert sorted(each.n for each in everything) == list(range(len(passes)))
    assert [each.n for each in everything if not each.augmented] == [n for n in range(len(passes)) if n not in good]
