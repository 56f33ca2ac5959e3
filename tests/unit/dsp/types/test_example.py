from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.types.example import Example

NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
FIELDS = st.dictionaries(NAMES, st.one_of(st.text(max_size=10), st.integers(), st.lists(st.integers())), max_size=5)


def test_fields_read_as_keys_and_as_attributes() -> None:
    example = Example(question="Who wrote Emma?", answer="Jane Austen")
    assert example["answer"] == example.answer == "Jane Austen"
    assert list(example) == ["question", "answer"]
    assert len(example) == 2


def test_a_missing_field_says_which_there_are() -> None:
    with pytest.raises(AttributeError, match='no field "answr"; it has question, answer'):
        _ = Example(question="q", answer="a").answr
    with pytest.raises(KeyError):
        _ = Example()["answer"]


def test_methods_win_over_fields_in_attribute_access_and_keys_reach_both() -> None:
    example = Example(keys="my keys", copy="my copy")
    assert list(example.keys()) == ["keys", "copy"]
    assert example["keys"] == "my keys"
    assert example.copy()["copy"] == "my copy"


def test_attributes_set_and_delete_fields() -> None:
    example = Example()
    example.answer = "x"
    assert example["answer"] == "x"
    del example.answer
    assert "answer" not in example
    with pytest.raises(AttributeError):
        del example.answer


@pytest.mark.parametrize("name", ["self", "base", "fields", "_store", "_input_keys"])
def test_a_field_may_have_any_name(name: str) -> None:
    example = Example(**{name: 1}).copy(**{name: 2})
    assert example[name] == 2
    assert list(example) == [name]


def test_equal_fields_make_equal_examples_whatever_their_inputs() -> None:
    assert Example(a=1) == Example(a=1).with_inputs("a")
    assert Example(a=1) != Example(a=2)
    assert Example(a=1) != {"a": 1}


def test_examples_are_not_hashable_for_they_change() -> None:
    with pytest.raises(TypeError):
        hash(Example())


@given(FIELDS, FIELDS)
def test_copies_never_share_the_mapping(fields: dict[str, Any], changes: dict[str, Any]) -> None:
    example = Example(fields).with_inputs(*list(fields)[:1])
    for other in (
        example.copy(),
        example.with_(),
        Example(example),
        example.without(),
        example.with_inputs("x"),
        copy.copy(example),
        copy.deepcopy(example),
    ):
        assert other == example
        other.update(changes)
        other["new"] = object()
        assert dict(example) == fields


@given(FIELDS, FIELDS)
def test_a_copy_has_the_new_fields_and_the_others_as_they_were(fields: dict[str, Any], new: dict[str, Any]) -> None:
    assert dict(Example(fields).copy(**new)) == {**fields, **new}


@given(FIELDS)
def test_without_leaves_out_what_it_is_told_and_nothing_else(fields: dict[str, Any]) -> None:
    gone = list(fields)[::2]
    assert dict(Example(fields).without(*gone, "never there")) == {k: v for k, v in fields.items() if k not in gone}


@given(FIELDS)
def test_inputs_and_labels_share_out_the_fields(fields: dict[str, Any]) -> None:
    keys = list(fields)[::2]
    example = Example(fields).with_inputs(*keys)
    assert {**example.inputs(), **example.labels()} == fields
    assert set(example.inputs()) == set(keys)


def test_inputs_that_nobody_named_are_an_error_that_says_how_to_name_them() -> None:
    with pytest.raises(ValueError, match=r"with_inputs\("):
        Example(question="q").inputs()
    assert dict(Example(question="q").labels()) == {"question": "q"}


@given(FIELDS)
def test_pickling_keeps_fields_and_inputs(fields: dict[str, Any]) -> None:
    example = Example(fields).with_inputs(*list(fields)[:1])
    back = pickle.loads(pickle.dumps(example))  # noqa: S301 - made a moment ago
    assert back == example
    assert back.input_keys == example.input_keys


def test_copies_keep_which_fields_are_inputs() -> None:
    example = Example(question="q", answer="a").with_inputs("question")
    for other in (example.copy(extra=1), example.without("answer"), Example(example)):
        assert other.input_keys == {"question"}


def test_demos_at_merges_what_a_function_finds_but_not_its_mark() -> None:
    example = Example(demos=[Example(question="a"), Example(question="b", augmented=False)])
    found = example.demos_at(lambda demo: Example(context=demo.question * 2, augmented=True))
    assert [dict(demo) for demo in found.demos] == [
        {"question": "a", "context": "aa"},
        {"question": "b", "augmented": False, "context": "bb"},
    ]
    assert "context" not in example.demos[0]


def test_demos_at_lets_an_error_through() -> None:
    with pytest.raises(ZeroDivisionError):
        Example(demos=[Example()]).demos_at(lambda demo: {"x": 1 // 0})
    assert Example().demos_at(lambda demo: {}).demos == []
