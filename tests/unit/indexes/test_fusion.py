from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes import Hit, Passage, combsum, reciprocal_rank_fusion
from indexes.errors import InputError


def hits(*pairs: tuple[str, float], source: str = "s") -> list[Hit]:
    return [Hit(Passage(id, id, id), score, rank, source) for rank, (id, score) in enumerate(pairs, 1)]


@st.composite
def hit_lists(draw: st.DrawFn) -> list[list[Hit]]:
    lists = draw(st.lists(st.lists(st.sampled_from("abcdefgh"), unique=True), max_size=4))
    score = st.floats(0.1, 100)
    return [hits(*[(id, draw(score)) for id in ids]) for ids in lists]


def key(fused: list[Hit]) -> list[tuple[str, float, int]]:
    return [(hit.id, hit.score, hit.rank) for hit in fused]


@pytest.mark.parametrize("fuse", [reciprocal_rank_fusion, combsum])
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
        one, two = hits(("a", 2.0), ("b", 1.0)), hits(("b", 5.0), ("c", 4.0))
        assert key(fuse([one, two], weights=[2, 1])) == key(fuse([one, two, one]))

    @pytest.mark.parametrize("k", [0, -1, 1.5, True])
    def test_a_k_below_one_is_refused(self, fuse, k) -> None:
        with pytest.raises(InputError, match="k must be"):
            fuse([], k)

    @pytest.mark.parametrize("weights", [[1], [1, -1], [1, math.nan], [1, math.inf]])
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
