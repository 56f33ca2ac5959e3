from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.errors import InputError
from dsp.predict.majority import majority, most_common, normalized
from dsp.types.example import Example
from dsp.types.prediction import Completions, Prediction

VALUES = st.sampled_from(["Paris", "paris.", " PARIS ", "London", "london", "Rome", "", " ", "."])


def of(*answers: str) -> Completions:
    return Completions([{"reasoning": f"r{number}", "answer": answer} for number, answer in enumerate(answers)])


def test_the_value_that_most_give_wins_and_its_first_original_is_returned() -> None:
    winner = majority(of("London", "Paris.", "paris", " PARIS "))
    assert winner == Prediction(reasoning="r1", answer="Paris.")
    assert winner.completions is not None
    assert winner.completions.unpack("answer") == ["London", "Paris.", "paris", " PARIS "]


def test_a_tie_goes_to_the_value_seen_first() -> None:
    assert majority(of("Rome", "Paris", "London", "London", "Paris")).answer == "Paris"


def test_blanks_do_not_vote_unless_all_are_blank() -> None:
    assert majority(of("", "  ", ".", "Paris")).answer == "Paris"
    assert majority(of(" ", "")).answer == " "


@given(st.lists(VALUES, min_size=1, max_size=8))
def test_its_law(answers: list[str]) -> None:
    votes = [normalized(answer) for answer in answers]
    counted = Counter(vote for vote in votes if vote) or Counter(votes)
    most = max(counted.values())
    first = next(place for place, vote in enumerate(votes) if counted.get(vote) == most)
    assert majority(of(*answers)).reasoning == f"r{first}"


def test_the_last_field_votes_unless_another_is_named() -> None:
    completions = Completions([{"a": "x", "b": "1"}, {"a": "y", "b": "2"}, {"a": "y", "b": "1"}])
    assert majority(completions) == Prediction(a="x", b="1")
    assert majority(completions, field="a") == Prediction(a="y", b="2")


def test_another_way_to_compare_may_be_given() -> None:
    completions = of("Paris", "PARIS", "London", "london", "LONDON.")
    assert majority(completions, normalize=str).answer == "Paris"
    assert majority(completions, normalize=lambda value: str(value)[:1].lower()).answer == "London"


def test_a_prediction_and_a_list_of_examples_vote_too() -> None:
    assert majority(Prediction.from_completions(of("a", "b", "b"))).answer == "b"
    assert majority([Example(answer="a"), Example(answer="b"), Example(answer="b")]).answer == "b"


@pytest.mark.parametrize("nothing", [Completions([]), []])
def test_no_completions_are_no_vote(nothing: Completions) -> None:
    with pytest.raises(InputError, match="a vote needs at least one completion, but got none"):
        majority(nothing)


def test_a_field_that_no_completion_has_is_refused_with_those_there_are() -> None:
    with pytest.raises(
        InputError, match=r'a vote needs a field of the completions \(reasoning, answer\), but got "answr"'
    ):
        majority(of("a"), field="answr")
    with pytest.raises(InputError, match=r"\(none\)"):
        majority([Example()])


def test_a_completion_that_lacks_the_field_has_a_blank_vote() -> None:
    assert majority([Example(other=1), Example(answer="a")], field="answer").answer == "a"


@given(st.text())
def test_normalising_twice_changes_nothing_and_case_and_spaces_do_not_count(text: str) -> None:
    assert normalized(f"  {text}  ") == normalized(text)
    assert "  " not in normalized(text)


@given(values=st.lists(st.sampled_from(["a", "A.", "b", "", " "]), min_size=1, max_size=8))
def test_the_most_common_value_is_that_of_the_majority(values: list[str]) -> None:
    assert most_common(values) == majority([Example(answer=value) for value in values]).answer


def test_values_may_be_compared_as_they_are() -> None:
    assert most_common(["a", "A", "A"], normalize=False) == "A"
    assert most_common([1, 2, 2]) == 2
    with pytest.raises(InputError, match="at least one value"):
        most_common([])


def test_a_programs_predictions_vote_on_what_its_predictor_filled() -> None:
    filled = [Prediction.from_completions(Completions([{"answer": answer}])) for answer in "abb"]
    voted = majority([prediction.copy(context=[], queries=[]) for prediction in filled])
    assert voted.answer == "b"
