from __future__ import annotations

import math
import statistics
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from indexes import Hit, Passage, combsum, reciprocal_rank_fusion
from indexes.errors import InputError
from indexes.fusion import FUSIONS, combmnz, normalized, weighted


def hits(*pairs: tuple[str, float], source: str = "s") -> list[Hit]:
    return [Hit(Passage(id, id, id), score, rank, source) for rank, (id, score) in enumerate(pairs, 1)]


@st.composite
def hit_lists(draw: st.DrawFn) -> list[list[Hit]]:
    lists = draw(st.lists(st.lists(st.sampled_from("abcdefgh"), unique=True), max_size=4))
    score = st.floats(0.1, 100)
    return [hits(*[(id, draw(score)) for id in ids]) for ids in lists]


def key(fused: list[Hit]) -> list[tuple[str, float, int]]:
    return [(hit.id, hit.score, hit.rank) for hit in fused]


@pytest.mark.parametrize("fuse", [reciprocal_rank_fusion, combsum, combmnz])
class TestLaws:
    @given(lists=hit_lists(), data=st.data())
    def test_the_order_of_the_lists_does_not_matter(self, fuse, lists, data) -> None:
        assert key(fuse(data.draw(st.permutations(lists)))) == key(fuse(lists))

    @given(lists=hit_lists(), k=st.integers(1, 9))
    def test_the_best_k_begin_the_whole(self, fuse, lists, k) -> None:
        assert fuse(lists, k) == fuse(lists)[:k]

    @given(lists=hit_lists())
    def test_every_passage_comes_once_ranked_from_one_best_first(self, fuse, lists) -> None:
        fused = fuse(lists)
        assert {hit.id for hit in fused} == {hit.id for one in lists for hit in one}
        assert [hit.rank for hit in fused] == list(range(1, len(fused) + 1))
        assert [hit.score for hit in fused] == sorted((hit.score for hit in fused), reverse=True)

    @given(lists=hit_lists(), data=st.data())
    def test_a_passage_that_rises_in_one_list_never_sinks_in_the_fusion(self, fuse, lists, data) -> None:
        assume(any(len(one) > 1 for one in lists))
        one = data.draw(st.sampled_from([one for one in lists if len(one) > 1]))
        for each in lists:  # as engines give them: best first
            scores = sorted((hit.score for hit in each), reverse=True)
            each[:] = [replace(hit, score=score) for hit, score in zip(each, scores, strict=True)]
        lucky, other = one[1], one[0]
        options = {} if fuse is reciprocal_rank_fusion else {"normalization": "none"}
        before = {hit.id: hit.score for hit in fuse(lists, **options)}
        one[:2] = [replace(lucky, score=other.score, rank=1), replace(other, score=lucky.score, rank=2)]
        after = {hit.id: hit.score for hit in fuse(lists, **options)}
        assert after[lucky.id] >= before[lucky.id]

    @given(lists=hit_lists())
    def test_one_list_alone_keeps_the_order_of_its_ranks_or_scores(self, fuse, lists) -> None:
        for one in lists:
            expected = one if fuse is reciprocal_rank_fusion else sorted(one, key=lambda hit: -hit.score)
            assert [hit.id for hit in fuse([one])] == [hit.id for hit in expected]

    def test_no_lists_give_no_hits_and_the_lists_are_left_alone(self, fuse) -> None:
        one = hits(("a", 2.0), ("b", 1.0))
        assert fuse([]) == fuse([[]]) == []
        fuse([one, one])
        assert one == hits(("a", 2.0), ("b", 1.0))

    def test_a_weight_of_two_is_the_list_twice(self, fuse) -> None:
        if fuse is combmnz:
            return  # which also counts the lists
        one, two = hits(("a", 2.0), ("b", 1.0)), hits(("b", 5.0), ("c", 4.0))
        assert key(fuse([one, two], weights=[2, 1])) == key(fuse([one, two, one]))

    @pytest.mark.parametrize("k", [0, -1, 1.5, True])
    def test_a_k_below_one_is_refused(self, fuse, k) -> None:
        with pytest.raises(InputError, match="k must be"):
            fuse([], k)

    @pytest.mark.parametrize("weights", [[1], [1, -1], [1, math.nan], [1, math.inf], [1, "2"], [1, True]])
    def test_weights_must_be_as_many_as_the_lists_and_finite(self, fuse, weights) -> None:
        with pytest.raises(InputError, match="weight"):
            fuse([[], []], weights=weights)


def test_reciprocal_rank_fusion_adds_one_over_sixty_plus_rank() -> None:
    fused = reciprocal_rank_fusion([hits(("a", 9.0), ("b", 1.0)), hits(("b", 0.1))])
    assert key(fused) == [("b", 1 / 62 + 1 / 61, 1), ("a", 1 / 61, 2)]
    assert {hit.source for hit in fused} == {"rrf"}


def test_combsum_adds_the_scores() -> None:
    fused = combsum([hits(("a", 9.0), ("b", 1.0)), hits(("b", 10.0))])
    assert key(fused) == [("b", 11.0, 1), ("a", 9.0, 2)]
    assert {hit.source for hit in fused} == {"combsum"}


def test_equal_scores_go_to_the_best_rank_and_then_to_the_first_id() -> None:
    fused = combsum([hits(("x", 2.0), ("y", 1.0), ("b", 1.0)), hits(("c", 1.0))])
    assert [hit.id for hit in fused] == ["x", "c", "y", "b"]


@pytest.mark.parametrize("constant", [-1, math.nan, math.inf])
def test_a_constant_below_zero_is_refused(constant: float) -> None:
    with pytest.raises(InputError, match="constant"):
        reciprocal_rank_fusion([], constant=constant)


def oracle(lists: list[list[Hit]], weights: list[float], how: str, count: bool) -> dict[str, float]:
    """What passages score, the plain way: dictionaries, and statistics from the standard library."""
    scores: dict[str, float] = {}
    found: dict[str, int] = {}
    for one, weight in zip(lists, weights, strict=True):
        values = [hit.score for hit in one]
        for hit in one:
            low, high = min(values), max(values)
            unit = {"none": 1, "min_max": high - low, "z_score": statistics.pstdev(values)}[how]
            base = 0 if how == "none" else low
            part = 1.0 if how != "none" and high == low else (hit.score - base) / unit
            scores[hit.id] = scores.get(hit.id, 0) + weight * part
            found[hit.id] = found.get(hit.id, 0) + (weight > 0)
    return {id: score * found[id] if count else score for id, score in scores.items()}


@given(lists=hit_lists(), data=st.data(), how=st.sampled_from(["none", "min_max", "z_score"]))
def test_scores_are_those_of_the_plain_way(lists: list[list[Hit]], data: st.DataObject, how: str) -> None:
    weights = data.draw(st.lists(st.sampled_from([0.0, 0.3, 1.0, 2.5]), min_size=len(lists), max_size=len(lists)))
    for fuse in (combsum, combmnz, weighted):
        fused = fuse(lists, weights=weights, normalization=how)
        expected = oracle(lists, weights, how, fuse is combmnz)
        assert {hit.id: hit.score for hit in fused} == pytest.approx(expected, rel=1e-6, abs=1e-9)


finite = st.floats(allow_nan=False, allow_infinity=False)


@given(scores=st.lists(finite, min_size=1), how=st.sampled_from(["min_max", "z_score"]))
def test_normalized_scores_are_finite_from_nothing_up_and_in_the_same_order(scores: list[float], how: str) -> None:
    even = normalized(scores, how)
    assert all(math.isfinite(score) and score >= 0 for score in even)
    for place in range(len(scores) - 1):
        if scores[place] <= scores[place + 1]:
            assert even[place] <= even[place + 1]
    if how == "min_max":
        assert max(even) == 1.0
        assert min(even) == (0.0 if min(scores) < max(scores) else 1.0)


@given(scores=st.lists(st.integers(-1000, 1000), min_size=2), shift=st.integers(-99, 99), scale=st.integers(1, 9))
def test_normalized_scores_do_not_depend_on_the_scale(scores: list[int], shift: int, scale: int) -> None:
    for how in ("min_max", "z_score"):
        other = normalized([scale * score + shift for score in scores], how)
        assert other == pytest.approx(normalized(scores, how))


def test_weighted_takes_seven_tenths_of_the_first_hundred_sparse_hits_and_three_of_the_dense() -> None:
    sparse = hits(*[(f"s{number}", 300.0 - number) for number in range(150)])
    dense = hits(("d", 0.9), ("s99", 0.5), ("s120", 0.1))
    fused = {hit.id: hit.score for hit in weighted([sparse, dense])}
    assert len(fused) == 102
    assert fused["s0"] == pytest.approx(0.7)
    assert fused["s99"] == pytest.approx(0.3 * 0.5)
    assert fused["d"] == pytest.approx(0.3)
    assert fused["s120"] == 0  # too deep in the first list, the last of the second


def test_combmnz_prefers_what_several_lists_found_and_a_list_without_weight_has_no_voice() -> None:
    lists = [hits(("a", 3.0), ("b", 2.0), ("z", 0.0)), hits(("b", 2.0), ("c", 1.0), ("z", 0.0))]
    assert [(hit.id, hit.score) for hit in combmnz(lists, 1, normalization="none")] == [("b", 8.0)]
    assert [hit.score for hit in combmnz(lists, weights=[1, 0], normalization="none")] == [3.0, 2.0, 0.0, 0.0]


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf])
def test_scores_that_are_no_numbers_are_refused(score: float) -> None:
    with pytest.raises(InputError, match="finite"):
        combsum([hits(("a", 1.0), ("b", score))])


def test_names_of_fusions_and_normalizations() -> None:
    assert sorted(FUSIONS) == ["combmnz", "combsum", "rrf", "weighted"]
    with pytest.raises(InputError, match=r"min_max, none, z_score.*'minmax'"):
        combsum([hits(("a", 1.0))], normalization="minmax")
