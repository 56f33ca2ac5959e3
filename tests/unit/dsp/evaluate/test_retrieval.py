from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.data.judgements import Judged
from dsp.errors import DataError, InputError
from dsp.evaluate.retrieval import compare_retrieval, evaluate_retrieval
from indexes.passage import Hit, Passage


class Fixed:
    """Finds the same ids for a query, best first."""

    def __init__(self, found: dict[str, Sequence[str]]) -> None:
        self.found = found

    def search(self, query: str, k: int) -> list[Hit]:
        ids = self.found[query][:k]
        return [Hit(Passage(each, f"title {each}", "text"), 9.0 - rank, rank, "x") for rank, each in enumerate(ids, 1)]


def judged(**relevant: dict[str, int]) -> list[Judged]:
    return [Judged(f"id {query}", query, grades, "id") for query, grades in relevant.items()]


def test_the_measures_of_a_case_worked_out_by_hand() -> None:
    queries = judged(a={"p1": 1, "p2": 1}, b={"p3": 1})
    found = evaluate_retrieval(Fixed({"a": ["p1", "x", "p2"], "b": ["x", "y", "z"]}), queries, (2, 3))
    assert found.values["recall@2"] == [0.5, 0.0]
    assert found.values["recall@3"] == [1.0, 0.0]
    assert found.values["all_supports@2"] == [0.0, 0.0]
    assert found.values["all_supports@3"] == [1.0, 0.0]
    assert found.values["mrr@3"] == [1.0, 0.0]
    assert found.values["ndcg@3"][0] == pytest.approx((1 + 1 / 2) / (1 + 1 / math.log2(3)))
    assert found.to_dict()["n"] == 2
    assert found.to_dict()["metrics"]["recall@3"]["mean"] == 0.5


def test_titles_count_once_where_the_first_of_their_passages_stands() -> None:
    class Split:
        def search(self, query: str, k: int) -> list[Hit]:
            titles = ["A", "A", "A", "B"][:k]
            return [Hit(Passage(f"{n}", title, ""), 5.0 - n, n + 1, "x") for n, title in enumerate(titles)]

    query = Judged("q", "q", {"A": 1, "B": 1}, "title")
    found = evaluate_retrieval(Split(), [query], (2, 4))
    assert (found.values["recall@2"], found.values["recall@4"]) == ([0.5], [1.0])
    assert found.values["ndcg@4"] == [pytest.approx((1 + 1 / math.log2(5)) / (1 + 1 / math.log2(3)))]


IDS = st.sampled_from(["a", "b b", "c\0", "d\ud800", "e%", "ü", "g"])


@given(st.dictionaries(IDS, st.integers(0, 3), min_size=1), st.lists(IDS, unique=True), st.integers(1, 8))
def test_they_agree_with_their_definitions_whatever_the_ids(grades: dict[str, int], ranked: list[str], k: int) -> None:
    found = evaluate_retrieval(Fixed({"q": ranked}), judged(q=grades), (k,))
    good = {key for key, grade in grades.items() if grade > 0}
    top = ranked[:k]
    recall = len(good & set(top)) / len(good) if good else 0.0
    gain = sum(grades.get(key, 0) / math.log2(rank + 1) for rank, key in enumerate(top, 1))
    ideal = sum(g / math.log2(rank + 1) for rank, g in enumerate(sorted(grades.values(), reverse=True)[:k], 1))
    first = next((rank for rank, key in enumerate(top, 1) if key in good), None)
    assert found.values[f"recall@{k}"] == [pytest.approx(recall)]
    assert found.values[f"ndcg@{k}"] == [pytest.approx(gain / ideal if ideal else 0.0, abs=1e-6)]
    assert found.values[f"mrr@{k}"] == [pytest.approx(1 / first if first else 0.0)]


def test_two_retrievers_are_compared_query_by_query() -> None:
    queries = judged(**{f"q{n}": {"p": 1} for n in range(20)})
    worse = evaluate_retrieval(Fixed({f"q{n}": ["x", "p"] for n in range(20)}), queries, (1, 2))
    better = evaluate_retrieval(Fixed({f"q{n}": ["p", "x"] for n in range(20)}), queries, (1, 2))
    change = compare_retrieval(worse, better)
    assert change["recall@1"].mean == 1.0
    assert change["recall@1"].excludes_zero
    assert not change["recall@2"].excludes_zero
    with pytest.raises(InputError, match="different queries"):
        compare_retrieval(worse, evaluate_retrieval(Fixed({"q1": []}), queries[1:2], (1,)))


def test_the_run_file_has_six_columns_whatever_the_ids(tmp_path: Path) -> None:
    found = evaluate_retrieval(Fixed({"q": ["b b", "d\ud800", "%"]}), judged(q={"p": 1}), (3,))
    lines = found.write_run(tmp_path / "run.txt", "my tag").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "id%20q Q0 b%20b 1 8 my%20tag"
    assert [len(line.split()) for line in lines] == [6, 6, 6]
    with pytest.raises(DataError):
        found.write_run(tmp_path / "run.txt" / "below a file")


@pytest.mark.parametrize("cutoffs", [(), (0,), (-1, 5), (True,), (2.5,)])
def test_cutoffs_that_are_none_are_refused(cutoffs: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="cut-offs must be whole numbers from 1 up"):
        evaluate_retrieval(Fixed({}), judged(q={"p": 1}), cutoffs)


def test_nothing_to_evaluate_is_refused() -> None:
    with pytest.raises(InputError, match="at least one query"):
        evaluate_retrieval(Fixed({}), [])
