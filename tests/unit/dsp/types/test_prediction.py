from __future__ import annotations

import copy
import pickle

import pytest

from dsp.types.example import Example
from dsp.types.prediction import Completions, Prediction

SEVERAL = Completions([{"answer": "a", "note": 1}, {"answer": "b"}], logprobs=[-0.5, None])


def test_completions_are_examples_in_the_models_order() -> None:
    assert [item.answer for item in SEVERAL] == ["a", "b"]
    assert SEVERAL[0] == Example(answer="a", note=1)
    assert SEVERAL[-1:] == [Example(answer="b")]
    assert len(SEVERAL) == 2
    assert SEVERAL.logprobs == [-0.5, None]


def test_unpack_gives_one_field_of_all_and_none_where_one_lacks_it() -> None:
    assert SEVERAL.unpack("answer") == ["a", "b"]
    assert SEVERAL.unpack("note") == [1, None]


def test_a_field_reads_as_an_attribute_only_of_a_single_completion() -> None:
    assert Completions([{"answer": "a"}]).answer == "a"
    with pytest.raises(AttributeError, match=r'asked of 2 completions at once; use unpack\("answer"\)'):
        _ = SEVERAL.answer
    with pytest.raises(AttributeError, match="0 completions"):
        _ = Completions([]).answer


def test_completions_never_share_what_they_were_made_from() -> None:
    given = {"answer": "a"}
    made = Completions([given])
    made[0]["answer"] = "changed"
    assert given == {"answer": "a"}


def test_a_prediction_is_its_first_completion_and_holds_all() -> None:
    prediction = Prediction.from_completions(SEVERAL)
    assert dict(prediction) == {"answer": "a", "note": 1}
    assert list(prediction.completions) == list(SEVERAL)
    assert prediction.completions.logprobs == SEVERAL.logprobs


def test_a_predictions_completions_give_a_field_as_the_list_of_its_values_also_of_one_alone() -> None:
    assert Prediction.from_completions(SEVERAL).completions.answer == ["a", "b"]
    assert Prediction.from_completions(SEVERAL).completions.note == [1, None]
    assert Prediction(answer="a").completions.answer == ["a"]
    with pytest.raises(AttributeError, match='no field "other"; they have answer, note'):
        _ = Prediction.from_completions(SEVERAL).completions.other


@pytest.mark.parametrize(
    "given", [[{"answer": "a", "note": 1}, {"answer": "b", "note": 2}], {"answer": "ab", "note": (1, 2)}]
)
def test_a_prediction_is_made_from_rows_or_from_columns(given: object) -> None:
    prediction = Prediction.from_completions(given)  # type: ignore[arg-type]
    assert dict(prediction) == {"answer": "a", "note": 1}
    assert prediction.completions.answer == ["a", "b"]


@pytest.mark.parametrize(
    ("nothing", "said"), [([], "at least one"), ({}, "at least one"), ({"a": [1], "b": []}, "zip")]
)
def test_a_prediction_is_made_from_nothing_less_than_one_completion(nothing: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Prediction.from_completions(nothing)  # type: ignore[arg-type]


def test_a_prediction_with_a_score_counts_as_that_number() -> None:
    low, high = Prediction(score=0.25, feedback="f"), Prediction(score=1)
    assert float(low) == 0.25
    assert sum([low, high]) == 1.25
    assert high / 2 == 0.5
    assert low < high
    assert high > 0.5
    assert low <= 0.25 <= low
    assert sorted([high, low], key=float) == [low, high]
    with pytest.raises(TypeError, match='counts as its field "score", but this one has answer'):
        float(Prediction(answer="a"))


def test_what_is_not_one_predictors_has_itself_as_its_completion() -> None:
    assert list(Prediction(answer="a").completions) == [Example(answer="a")]


def pickled(prediction: Prediction) -> Prediction:
    back: Prediction = pickle.loads(pickle.dumps(prediction))  # noqa: S301 - made a moment ago
    return back


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, pickled, Prediction])
def test_every_kind_of_copy_keeps_the_completions_and_the_inputs(again: object) -> None:
    prediction = Prediction.from_completions(SEVERAL).copy(extra=1).with_inputs("answer")
    assert callable(again)
    other = again(prediction)
    assert other == prediction
    assert list(other.completions) == list(SEVERAL)
    assert other.completions.logprobs == SEVERAL.logprobs
    assert other.input_keys == {"answer"}


def test_predictions_are_equal_where_their_fields_are() -> None:
    assert Prediction.from_completions(SEVERAL) == Prediction(answer="a", note=1)
