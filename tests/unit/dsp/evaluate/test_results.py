from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.errors import InputError
from dsp.evaluate.intervals import bootstrap_interval, paired_interval
from dsp.evaluate.results import Evaluation, ExampleResult, compare
from dsp.types.example import Example
from dsp.types.prediction import Prediction
from dsp.types.usage import Usage
from indexes.passage import Hit, Passage


def result(index: int, score: float, *, error: str = "", **scores: float) -> ExampleResult:
    example = Example(id=f"e{index}", question=f"q{index}", answer="a")
    prediction = None if error else Prediction(answer="a")
    return ExampleResult(index, example, prediction, {"em": score, **scores}, error, Usage(calls=2, usd=0.5), 1.0)


def evaluation(*scores: float) -> Evaluation:
    return Evaluation([result(index, score) for index, score in enumerate(scores)], ["em"], 3.0)


SCORES = st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=1, max_size=10)


@given(SCORES)
def test_means_and_intervals_are_those_of_the_scores_in_order(scores: list[float]) -> None:
    found = evaluation(*scores)
    assert found.scores("em") == scores
    assert found.interval("em") == bootstrap_interval(scores)
    assert found.mean("em") == found.interval("em").mean


@given(SCORES, st.data())
def test_a_part_is_the_same_evaluation_over_some_examples(scores: list[float], data: st.DataObject) -> None:
    indices = data.draw(st.lists(st.sampled_from(range(len(scores))), unique=True).map(sorted))
    part = evaluation(*scores).part(indices)
    assert part.scores("em") == [scores[index] for index in indices]
    assert part.usage.calls == 2 * len(indices)
    assert part.seconds == len(indices)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=8))
def test_two_evaluations_are_compared_example_by_example(pairs: list[tuple[float, float]]) -> None:
    before, after = ([pair[side] for pair in pairs] for side in (0, 1))
    change = compare(evaluation(*before), evaluation(*after))
    assert change == {"em": paired_interval(before, after)}


def test_evaluations_of_different_examples_are_not_compared() -> None:
    with pytest.raises(InputError, match="these ran on different examples"):
        compare(evaluation(1.0), evaluation(1.0, 1.0))


def test_one_that_was_stopped_is_compared_on_what_both_finished() -> None:
    whole = evaluation(0.0, 1.0, 0.0)
    stopped = Evaluation([result(0, 1.0), result(2, 1.0)], ["em"], 1.0, stopped="spent")
    assert compare(whole, stopped)["em"].mean == 1.0
    assert compare(whole, stopped)["em"].n == 2


def test_a_metric_that_nobody_asked_for_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match='has the metrics em, but not "f1"'):
        evaluation(1.0).mean("f1")


def test_as_json_it_is_what_the_command_line_promises() -> None:
    found = Evaluation([result(0, 1.0), result(1, 0.0, error="ValueError: no")], ["em", "support_recall"], 3.00049)
    plain = found.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert list(plain) == ["n", "metrics", "failures", "usage", "seconds"]
    assert (plain["n"], plain["failures"], plain["seconds"]) == (2, 1, 3.0)
    assert plain["usage"] == Usage(calls=4, usd=1.0).to_dict()
    assert list(plain["metrics"]) == ["em"]
    assert {"mean", "low", "high"} <= plain["metrics"]["em"].keys()
    assert plain["metrics"]["em"]["mean"] == 0.5


def test_a_results_line_keeps_passages_by_id_title_and_score_without_their_text() -> None:
    hit = Hit(Passage("1", "Emma", "A long text."), 2.5, 1, "bm25")
    example = Example(id="e", question="q", answer="a", gold_titles=["Emma"])
    line = ExampleResult(0, example, Prediction(answer="x", context=[hit, "text"]), {"em": 0.0}, seconds=0.12345678)
    plain = line.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["prediction"] == {"answer": "x", "context": [{"id": "1", "title": "Emma", "score": 2.5}, "text"]}
    assert (plain["id"], plain["gold_titles"], plain["error"], plain["seconds"]) == ("e", ["Emma"], None, 0.123457)


def test_a_failed_results_line_says_so() -> None:
    plain = result(3, 0.0, error="ValueError: no").to_dict()
    assert (plain["error"], plain["prediction"]) == ("ValueError: no", None)


def test_an_example_without_an_id_goes_by_its_place() -> None:
    assert ExampleResult(7, Example(question="q"), None, {}).id == "7"
    assert ExampleResult(7, Example(id=12), None, {}).id == "12"
