from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dsp
from dsp.demonstrate.sample import all_but, sample
from dsp.errors import InputError
from dsp.types.example import Example

TRAIN = [Example(question=f"q{number}", number=number) for number in range(20)]


@given(st.integers(0, 30), st.integers())
def test_k_different_examples_come_or_all_there_are_and_equal_seeds_agree(k: int, seed: int) -> None:
    chosen = sample(TRAIN, k, seed=seed)
    assert len(chosen) == min(k, len(TRAIN))
    assert len({example.number for example in chosen}) == len(chosen)
    assert chosen == sample(TRAIN, k, seed=seed)


@given(st.integers(0, 20), st.integers(0, 20))
def test_a_smaller_sample_begins_a_larger_one(k: int, more: int) -> None:
    assert sample(TRAIN, k, seed=1) == sample(TRAIN, k + more, seed=1)[:k]


def test_seeds_make_a_difference_and_the_order_is_shuffled() -> None:
    samples = [tuple(example.number for example in sample(TRAIN, 20, seed=seed)) for seed in range(5)]
    assert len(set(samples)) == 5
    assert tuple(range(20)) not in samples


def test_samples_are_copies_and_the_training_set_stays_as_it_was() -> None:
    before = list(TRAIN)
    for example in sample(TRAIN, 20):
        example["number"] = -1
    assert before == TRAIN
    assert [example.number for example in TRAIN] == list(range(20))


def test_a_k_below_zero_is_refused() -> None:
    with pytest.raises(InputError, match="k must be 0 or more, but got -1; ask for that many examples"):
        sample(TRAIN, -1)


def test_all_but_leaves_out_what_asks_the_same_question() -> None:
    twice = [*TRAIN[:3], Example(question="q1", answer="another")]
    assert [example.question for example in all_but(twice, TRAIN[1])] == ["q0", "q2"]


def test_a_conversations_earlier_questions_count_on_either_side() -> None:
    talk = Example(question="and then?", history=["q0"])
    assert [example.question for example in all_but(TRAIN[:3], talk)] == ["q1", "q2"]
    assert all_but([talk], TRAIN[0]) == []


def test_a_demonstration_without_a_question_is_told_by_its_id() -> None:
    shown = [Example(id="1", context=["x"], summary="s"), Example(id="2", context=["x"], summary="t")]
    assert [demo.id for demo in all_but(shown, Example(id="1", question="q"))] == ["2"]
    assert all_but(shown, Example(id="1", context=["x"]))[0].id == "2"


def test_equal_ids_of_different_questions_are_not_the_same_example() -> None:
    """Ids that were given by place in two files say nothing."""
    assert all_but([Example(id="q1", question="a")], Example(id="q1", question="b"))


def test_examples_without_questions_and_ids_are_all_kept() -> None:
    assert len(all_but([Example(text="a"), Example()], Example(text="a"))) == 2


def test_each_branch_of_a_program_draws_its_own_sample_and_a_seed_draws_one_for_all() -> None:
    drawn = dsp.branch(lambda seed: [example.number for example in sample(TRAIN, 5, seed=seed)], n=3)
    own = [branch.value for branch in drawn(None)]
    assert own[0] == [example.number for example in sample(TRAIN, 5)]
    assert len({tuple(numbers) for numbers in own}) == 3
    assert len({tuple(branch.value) for branch in drawn(4)}) == 1
