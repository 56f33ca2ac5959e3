from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import indexes
from indexes import Hit, Passage
from indexes.errors import InputError, PipelineError
from indexes.fusion import FUSIONS, combsum, weighted
from indexes.pipelines import composed, dedupe, fuse, hop, mmr, parse, rerank, rm3, threshold, where
from indexes.pipelines.composed import Composed, Stages
from indexes.protocols import Retriever


def ids(hits: Sequence[Hit]) -> str:
    return " ".join(hit.id for hit in hits)


def test_a_bar_fuses_scores_brought_to_one_scale_and_says_who_found_what(listed: Any) -> None:
    a, b = listed("a", [("x", 30.0), ("y", 20.0), ("z", 10.0)]), listed("b", [("y", 0.9), ("w", 0.1)])
    hits = (a | b).search("query", 10)
    assert [(hit.id, round(hit.score, 3), hit.rank) for hit in hits] == [
        ("y", 0.75, 1),
        ("x", 0.5, 2),
        ("w", 0.0, 3),
        ("z", 0.0, 4),
    ]
    assert [hit.source for hit in hits] == ["weighted(a, b)", "weighted(a)", "weighted(b)", "weighted(a)"]


def test_weights_stand_before_the_parts_and_three_bars_are_one_fusion(listed: Any) -> None:
    a, b, c = listed("a", "x y"), listed("b", "y z"), listed("c", "z x")
    three = 0.5 * a | 0.3 * b | c * 0.2
    expected = weighted([one.search("q", 9) for one in (a, b, c)], weights=[0.5, 0.3, 0.2])
    assert [(hit.id, hit.score) for hit in three.search("q", 9)] == [(hit.id, hit.score) for hit in expected]
    assert repr(three) == "0.5 * a | 0.3 * b | 0.2 * c"
    assert [hit.score for hit in (2 * a).search("q", 1)] == [198.0]


def test_a_plus_adds_scores_as_they_are(listed: Any) -> None:
    a, b = listed("a", [("x", 3.0), ("y", 1.0)]), listed("b", [("y", 5.0)])
    assert [(hit.id, hit.score) for hit in (a + 2 * b).search("q", 3)] == [("y", 11.0), ("x", 3.0)]


@pytest.mark.parametrize("how", sorted(FUSIONS))
def test_every_fusion_can_be_named_and_asks_each_part_for_the_same_depth(listed: Any, how: str) -> None:
    a, b = listed("a", "x y z"), listed("b", "z x w")
    fused = fuse(a, 2 * b, how=how, depth=2)
    lists = [one.retriever.hits[:2] for one in (a, b)]
    expected = FUSIONS[how](lists, weights=[1, 2])
    for k in (1, 2):
        assert [(hit.id, hit.score) for hit in fused.search("q", k)] == [(hit.id, hit.score) for hit in expected[:k]]
        assert a.retriever.asked[-1] == ("q", 2)


def test_indexes_that_find_by_words_weigh_seven_tenths_beside_those_that_find_by_vectors(tmp_path: Path) -> None:
    pytest.importorskip("faiss", reason="faiss is not installed")
    passages = [Passage(str(number), "", f"{'cat ' * (1 + number % 5)} dog n{number}") for number in range(30)]
    with (
        indexes.build(passages, tmp_path / "a") as words,
        indexes.build(passages, tmp_path / "b", engine="faiss", embedder="hashing") as vectors,
        indexes.build(passages, tmp_path / "c", engine="hybrid", embedder="hashing") as hybrid,
    ):
        expected = [(hit.id, pytest.approx(hit.score, abs=1e-5)) for hit in hybrid.search("cat n7", 9)]
        for both in (words | vectors, vectors | words, 0.7 * words | 0.3 * vectors):
            assert [(hit.id, hit.score) for hit in both.search("cat n7", 9)] == expected
        assert repr(words | vectors) == "bm25 | faiss"


def test_a_percent_sign_cuts_and_later_filters_do_not_make_up_for_it(listed: Any) -> None:
    a = listed("a", "x y z w")
    assert ids((a % 2).search("q", 9)) == "x y"
    assert ids((a % 3).search("q", 1)) == "x"
    not_x = where({"not": {"id": "x"}})
    assert ids((a % 2 >> not_x).search("q", 9)) == "y"
    assert ids((a >> not_x % 2).search("q", 9)) == "y z"


def test_stages_wait_for_a_retriever_and_then_follow_each_other(listed: Any, reranker: Any) -> None:
    waiting = rerank(reranker({"z": 2, "y": 1}), depth=3) % 2 >> dedupe()
    assert isinstance(waiting, Stages)
    pipeline = listed("a", "x y z w") >> waiting
    assert ids(pipeline.search("q", 2)) == "z y"
    assert repr(pipeline) == "a >> rerank(<words>, depth=3) % 2 >> dedupe()"


def test_anything_that_searches_can_take_part_on_either_side(listed: Any, make_retriever: Any, world: Any) -> None:
    words = make_retriever(world.passages)
    for both in (listed("a", "x") | words, words | listed("a", "x"), words >> dedupe() % 3):
        assert isinstance(both, Composed)
        assert isinstance(both, Retriever)
        assert both.search("Where did Jane Austen grow up?", 3)
    assert repr(composed(words)) == "words"


@pytest.mark.parametrize("other", [3, "a", None, object(), dict])
def test_what_cannot_search_is_refused_as_a_part(listed: Any, other: Any) -> None:
    with pytest.raises(InputError, match=r"must have search"):
        listed("a", "x") | other
    with pytest.raises(InputError, match="must be a stage"):
        listed("a", "x") >> other
    with pytest.raises(InputError, match="must be a stage"):
        dedupe() >> other


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_searched(listed: Any) -> None:
    a, b = listed("a", "x y"), listed("b", "x y")
    pipeline = fuse(a, float("nan") * b, how="vote", depth=0) >> where({"year": {"about": 3}}) >> rerank(depth=5) % 10
    with pytest.raises(PipelineError) as caught:
        pipeline.search("q", 20)
    said = "\n".join(caught.value.problems)
    for part in ("is one of combmnz", "depth of a fusion", "a weight must be", "no condition 'about'", "needs a model"):
        assert part in said
    assert "rerank looks at the first 5 passages, but 10 are asked for; say rerank(…, depth=10)" in said
    assert len(caught.value.problems) == 6
    assert a.retriever.asked == b.retriever.asked == []
    assert "6 problems in" in str(caught.value)


def test_a_depth_below_k_is_no_problem_where_there_are_no_more_passages(listed: Any, reranker: Any) -> None:
    stage = rerank(reranker({}), depth=3)
    (listed("a", "x y z", sized=True) >> stage).check(100)
    (listed("a", "x y z w") % 3 >> stage).check(100)
    (listed("a", "x y z w") | listed("b", "x")).check(100)
    for pipeline in (listed("a", "x y z w", sized=True) >> stage, listed("a", "x y z w") >> stage >> dedupe()):
        with pytest.raises(PipelineError, match=r"depth=100"):
            pipeline.check(100)
    with pytest.raises(PipelineError, match=r"say fuse\(…, depth=101\)"):
        (listed("a", "x") | listed("b", "y")).check(101)
    (listed("a", "x", sized=True) | listed("b", "y", sized=True)).check(101)


def test_a_filter_on_a_field_that_no_passage_has_is_said_before_the_search(index_dir: Path) -> None:
    with indexes.open(index_dir) as index, pytest.raises(PipelineError, match=r"bm25: .*none has \"year\""):
        (index >> where({"year": 3}) >> dedupe()).check()


@pytest.mark.parametrize("count", [0, -1, True, 1.5, "3"])
def test_what_follows_a_percent_sign_is_a_whole_number_from_one_up(listed: Any, count: Any) -> None:
    with pytest.raises(PipelineError, match="follows %"):
        (listed("a", "x") % count).search("q", 3)


@pytest.mark.parametrize("k", [0, -1, True, 1.0, None])
def test_a_k_that_is_no_whole_number_from_one_up_is_refused(listed: Any, k: Any) -> None:
    with pytest.raises(InputError, match="k must be"):
        (listed("a", "x") | listed("b", "x")).search("q", k)
    with pytest.raises(InputError, match="query must be"):
        (listed("a", "x") % 3).search(k, 3)


def expressions(names: dict[str, Retriever]) -> st.SearchStrategy[Any]:
    stages = st.sampled_from(
        [
            dedupe(),
            dedupe(0.5, by="title"),
            mmr(0.5, depth=60),
            threshold(0.5, of_best=True),
            threshold(-2.5),
            where({"or": [{"id": "x"}, {"title": {"gte": "y"}}]}),
            rm3(terms=5),
            hop(by="entities"),
            rerank("sentence_transformers/a/b", 7),
        ]
    )
    waiting = st.recursive(
        stages,
        lambda inner: st.one_of(
            st.tuples(inner, st.integers(1, 9)).map(lambda two: two[0] % two[1]),
            st.tuples(inner, inner).map(lambda two: two[0] >> two[1]),
        ),
        max_leaves=3,
    )
    return st.recursive(
        st.sampled_from(sorted(names)).map(lambda name: parse(name, names)),
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(lambda two: two[0] | two[1]),
            st.tuples(inner, inner).map(lambda two: two[0] + two[1]),
            st.tuples(st.sampled_from([0.5, 2, 1e-9]), inner).map(lambda two: two[0] * two[1]),
            st.tuples(inner, st.integers(1, 9)).map(lambda two: two[0] % two[1]),
            st.tuples(inner, waiting).map(lambda two: two[0] >> two[1]),
            st.tuples(inner, inner, st.sampled_from(["rrf", "weighted"]), st.integers(5, 7)).map(
                lambda four: fuse(four[0], four[1], how=four[2], depth=four[3])
            ),
        ),
        max_leaves=6,
    )


@given(data=st.data())
def test_what_is_printed_reads_as_the_expression(data: st.DataObject, listed: Callable[..., Any]) -> None:
    names = {name: listed(name, "x y z").retriever for name in ("a", "b")}
    pipeline = data.draw(expressions(names))
    again = parse(repr(pipeline), names)
    assert repr(again) == repr(pipeline)
    assert shape(again) == shape(pipeline)


def shape(part: Any) -> Any:
    """The tree as plain tuples."""
    inside = {key: value for key, value in vars(part).items() if key not in ("retriever", "_name")}
    parts = {
        key: [shape(each) for each in value]
        if isinstance(value, list)
        else shape(value)
        if isinstance(value, Composed)
        else value
        for key, value in inside.items()
    }
    return type(part).__name__, getattr(part, "_name", None), sorted(parts.items(), key=lambda item: item[0])


@given(data=st.data())
def test_a_composed_retriever_keeps_the_laws_of_an_index(data: st.DataObject, listed: Callable[..., Any]) -> None:
    letters = st.lists(st.sampled_from("stuvwxyz"), unique=True)
    names = {name: listed(name, " ".join(data.draw(letters))).retriever for name in ("a", "b")}
    stages = st.sampled_from(
        [dedupe(), mmr(), threshold(0.6, of_best=True), where({"title": {"gte": "v"}}), hop(), rm3()]
    )
    pipeline = parse(data.draw(st.sampled_from(["a", "a | b", "a + b", "a % 3", "2 * a | b"])), names)
    for stage in data.draw(st.lists(stages, max_size=3)):
        pipeline = pipeline >> stage
    whole = pipeline.search("query", 20)
    assert pipeline.search("query", 20) == whole
    assert [hit.rank for hit in whole] == list(range(1, len(whole) + 1))
    assert len({hit.id for hit in whole}) == len(whole)
    assert [hit.score for hit in whole] == sorted((hit.score for hit in whole), reverse=True)
    for k in range(1, 9):
        assert pipeline.search("query", k) == whole[:k]
    only = pipeline.search("query", 20, where={"id": {"in": ["u", "x"]}})
    assert {hit.id for hit in only} <= {"u", "x"}


def test_sums_are_those_of_the_fusion(listed: Any) -> None:
    a, b = listed("a", "x y"), listed("b", "y z")
    expected = combsum([a.search("q", 9), b.search("q", 9)])
    assert [(hit.id, hit.score) for hit in (a + b).search("q", 9)] == [(hit.id, hit.score) for hit in expected]
