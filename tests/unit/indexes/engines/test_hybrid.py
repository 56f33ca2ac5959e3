from __future__ import annotations

from pathlib import Path

import pytest

import indexes
from indexes import Passage
from indexes.engines import ENGINES
from indexes.engines.hybrid import min_max
from indexes.errors import InputError

PASSAGES = [Passage(str(number), f"t{number % 3}", f"cat {'dog ' * (number % 4)} n{number}") for number in range(40)]


def test_scores_are_the_weighted_sum_of_both_engines_brought_to_one_range(tmp_path: Path) -> None:
    query = "dog t1 n7"
    with (
        indexes.build(PASSAGES, tmp_path / "a") as one,
        indexes.build(PASSAGES, tmp_path / "b", engine="rank_bm25", title_weight=0, k1=0.5) as other,
        indexes.build(
            PASSAGES,
            tmp_path / "c",
            engine="hybrid",
            dense="rank_bm25",
            dense_parameters={"title_weight": 0, "k1": 0.5},
            sparse_weight=0.6,
        ) as hybrid,
    ):
        parts = [
            dict(min_max([(int(hit.id), hit.score) for hit in index.search(query, 100)])) for index in (one, other)
        ]
        got = {int(hit.id): hit.score for hit in hybrid.search(query, 100)}
    expected = {
        number: 0.6 * parts[0].get(number, 0) + 0.4 * parts[1].get(number, 0) for number in {*parts[0], *parts[1]}
    }
    assert got == pytest.approx(expected)


def test_min_max_brings_the_best_to_one_and_the_last_to_nothing() -> None:
    assert min_max([(5, 4.0), (1, 3.0), (2, 2.0)]) == [(5, 1.0), (1, 0.5), (2, 0.0)]
    assert min_max([(5, 4.0), (1, 4.0)]) == [(5, 1.0), (1, 1.0)]
    assert min_max([]) == []


def test_parameters_say_everything_and_wrong_ones_are_refused(tmp_path: Path) -> None:
    with indexes.build(PASSAGES, tmp_path / "index", engine="hybrid", dense="rank_bm25") as index:
        assert index.info()["parameters"] == {
            "sparse": "bm25",
            "dense": "rank_bm25",
            "sparse_weight": 0.7,
            "sparse_parameters": ENGINES.get("bm25").parameters({}),
            "dense_parameters": {"title_weight": 3, "k1": 1.2, "b": 0.75},
        }
    for wrong in ({"sparse": "hybrid"}, {"dense": 3}, {"sparse_weight": 1.1}, {"sparse_parameters": [1]}):
        with pytest.raises(InputError):
            indexes.build(PASSAGES, tmp_path / "wrong", engine="hybrid", **{"dense": "rank_bm25", **wrong})
    with pytest.raises(InputError, match="no_such"):
        indexes.build(
            PASSAGES, tmp_path / "wrong", engine="hybrid", dense="rank_bm25", sparse_parameters={"no_such": 1}
        )


def test_without_an_embedder_for_its_dense_engine_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"needs an embedder.*hashing"):
        indexes.build(PASSAGES, tmp_path / "index", engine="hybrid")
    assert list(tmp_path.iterdir()) == []
