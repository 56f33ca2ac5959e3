from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import indexes
from indexes import Hit, Passage
from indexes.errors import InputError, PipelineError
from indexes.fusion import normalized
from indexes.pipelines import dedupe, hop, mmr, parse, rerank, rm3, threshold, where
from indexes.pipelines.mentions import called, names_in
from indexes.pipelines.stages import STAGES


def ids(hits: Sequence[Hit]) -> str:
    return " ".join(hit.id for hit in hits)


def passages(*texts: str) -> list[tuple[Passage, float]]:
    return [(Passage(f"p{number}", "", text), 10.0 - number) for number, text in enumerate(texts)]


class TestRerank:
    def test_the_first_so_many_come_in_the_order_of_the_rerankers_scores(self, listed: Any, reranker: Any) -> None:
        hits = (listed("a", "v w x y z") >> rerank(reranker({"x": 2, "w": 1, "z": 9}), depth=4)).search("q", 3)
        assert [(hit.id, hit.score, hit.rank, hit.source) for hit in hits] == [
            ("x", 2.0, 1, "words(a)"),
            ("w", 1.0, 2, "words(a)"),
            ("v", 0.0, 3, "words(a)"),
        ]

    @pytest.mark.parametrize("scores", [[1.0], [1.0, math.nan], [1.0, 2.0, 3.0]])
    def test_scores_that_do_not_fit_are_refused(self, listed: Any, scores: list[float]) -> None:
        class Bad:
            def score(self, query: str, passages: Sequence[Hit]) -> list[float]:
                return scores

        with pytest.raises(InputError, match="one finite score for each of 2"):
            (listed("a", "x y") >> rerank(Bad())).search("q", 2)

    @pytest.mark.parametrize(
        ("model", "said"),
        [
            (None, "needs a model, but got None"),
            (3, "needs a model, but got 3"),
            (dict, "needs a model"),
            ("sentence_transformers", "say sentence_transformers/MODEL"),
            ("sentence_transformer/x", "did you mean sentence_transformers"),
            ("sentence_transformers//no/such/folder", "config.json|missing"),
        ],
    )
    def test_a_model_that_is_none_is_said_before_the_search(self, listed: Any, model: Any, said: str) -> None:
        a = listed("a", "x y")
        with pytest.raises(PipelineError, match=said):
            (a >> rerank(model)).search("q", 2)
        assert a.retriever.asked == []


class TestDedupe:
    def test_of_equal_texts_the_best_stays_and_others_come_up(self, listed: Any) -> None:
        a = listed("a", passages("The cat.", "the   CAT", "a dog", "the cat!", "fish"))
        assert ids((a >> dedupe()).search("q", 3)) == "p0 p2 p4"
        assert [hit.rank for hit in (a >> dedupe()).search("q", 3)] == [1, 2, 3]

    def test_equal_titles_are_one_but_passages_without_a_title_are_not(self, listed: Any) -> None:
        titles = ["Emma", "", "emma", ""]
        a = listed("a", [(Passage(str(place), title, str(place)), 9 - place) for place, title in enumerate(titles)])
        assert ids((a >> dedupe(by="title")).search("q", 4)) == "0 1 3"

    @given(
        texts=st.lists(st.lists(st.sampled_from("abcd"), max_size=6).map(" ".join), max_size=9),
        near=st.sampled_from([0.2, 0.5, 1.0]),
    )
    def test_near_texts_are_those_whose_runs_overlap_so_much(self, listed: Any, texts: list[str], near: float) -> None:
        def runs(text: str) -> set[tuple[str, ...]]:
            words = text.split()
            return {tuple(words[at : at + 3]) for at in range(max(1, len(words) - 2))}

        expected: list[int] = []
        for number, text in enumerate(texts):
            if all(
                text != texts[kept] and len(runs(text) & runs(texts[kept])) / len(runs(text) | runs(texts[kept])) < near
                for kept in expected
            ):
                expected.append(number)
        a = listed("a", passages(*texts))
        assert ids((a >> dedupe(near=near)).search("q", 9)) == " ".join(f"p{number}" for number in expected)

    @pytest.mark.parametrize("options", [{"near": 0}, {"near": 1.1}, {"near": "0.5"}, {"by": "id"}])
    def test_wrong_arguments_are_said(self, listed: Any, options: dict[str, Any]) -> None:
        with pytest.raises(PipelineError, match="dedupe"):
            (listed("a", "x") >> dedupe(**options)).check()


class TestMmr:
    def test_what_was_said_already_comes_later(self, listed: Any) -> None:
        a = listed("a", passages("cat dog", "cat dog", "fish bird", "stone"))
        hits = (a >> mmr(0.5)).search("q", 4)
        assert ids(hits) == "p0 p2 p3 p1"
        assert hits[0].source == "mmr(a)"
        assert ids((a >> mmr(1.0)).search("q", 4)) == "p0 p1 p2 p3"

    @given(data=st.data(), weight=st.sampled_from([0.0, 0.3, 0.7, 1.0]))
    def test_each_is_the_best_by_the_formula(self, listed: Any, data: st.DataObject, weight: float) -> None:
        texts = data.draw(st.lists(st.lists(st.sampled_from(["ox", "pig"]), max_size=3).map(" ".join), max_size=6))
        a = listed("a", passages(*texts))
        rows = np.array([[text.split().count("ox"), text.split().count("pig")] for text in texts]).reshape(-1, 2)
        unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        relevance = normalized([10.0 - number for number in range(len(texts))], "min_max")
        chosen: list[int] = []
        for hit in (a >> mmr(weight)).search("q", 6):
            values = [
                weight * relevance[place]
                - (1 - weight) * max((float(unit[place] @ unit[other]) for other in chosen), default=0)
                for place in range(len(texts))
            ]
            left = [value for place, value in enumerate(values) if place not in chosen]
            assert hit.score == pytest.approx(max(left), abs=1e-9)
            chosen.append(int(hit.id[1:]))
        assert len(chosen) == len(texts)

    def test_likeness_may_be_that_of_an_embedder(self, listed: Any) -> None:
        a = listed("a", passages("green colors", "green colours", "a stone"))
        assert ids((a >> mmr(0.1, embedder="hashing")).search("q", 3)) == "p0 p2 p1"

    def test_wrong_arguments_are_said_all_at_once(self, listed: Any) -> None:
        with pytest.raises(PipelineError) as caught:
            (listed("a", "x") >> mmr(2, depth=0, embedder="nobody")).check()
        assert len(caught.value.problems) == 3


class TestThreshold:
    def test_only_what_scores_enough_stays(self, listed: Any) -> None:
        a = listed("a", [("x", 4.0), ("y", 2.0), ("z", -1.0)])
        assert ids((a >> threshold(2)).search("q", 3)) == "x y"
        assert ids((a >> threshold(0.6, of_best=True)).search("q", 3)) == "x"
        assert ids((a >> threshold(-5)).search("q", 3)) == "x y z"
        assert ids((a >> threshold(5)).search("q", 3)) == ""

    def test_below_nothing_no_share_is_dropped(self, listed: Any) -> None:
        assert ids((listed("a", [("x", -1.0), ("y", -2.0)]) >> threshold(0.5, of_best=True)).search("q", 3)) == "x y"

    @pytest.mark.parametrize("stage", [threshold(), threshold(math.nan), threshold("2"), threshold(2, of_best=True)])
    def test_wrong_arguments_are_said(self, listed: Any, stage: Any) -> None:
        with pytest.raises(PipelineError, match="threshold"):
            (listed("a", "x") >> stage).check()


class TestWhere:
    def test_retrievers_that_cannot_filter_are_asked_for_more_until_enough_pass(self, listed: Any) -> None:
        ranking = [(Passage(str(number), "", "", {"year": number}), 100.0 - number) for number in range(40)]
        a = listed("a", ranking)
        pipeline = a >> where({"year": {"gte": 10}})
        assert ids(pipeline.search("q", 3)) == "10 11 12"
        assert [k for _, k in a.retriever.asked] == [3, 6, 12, 24]
        assert ids(pipeline.search("q", 3, where={"year": {"lt": 11}})) == "10"
        assert ids(pipeline.search("q", 60)) == " ".join(map(str, range(10, 40)))

    @given(data=st.data())
    def test_no_stage_lets_a_passage_past_a_filter(self, listed: Any, reranker: Any, data: st.DataObject) -> None:
        years = data.draw(st.lists(st.integers(0, 5), max_size=12))
        ranking = [
            (Passage(str(place), f"T{year}", f"T{year}", {"year": year}), -place) for place, year in enumerate(years)
        ]
        stages = [
            dedupe(),
            mmr(),
            hop(),
            rm3(),
            threshold(-99),
            rerank(reranker({"3": 1})),
            rerank(reranker({}), depth=50),
        ]
        pipeline: Any = listed("a", ranking) | listed("b", ranking[::-1])
        chosen = data.draw(st.lists(st.sampled_from(stages), max_size=3))
        place = data.draw(st.integers(0, len(chosen)))
        for stage in [*chosen[:place], where({"year": {"in": [1, 2]}}), *chosen[place:]]:
            pipeline = pipeline >> stage
        k = data.draw(st.integers(1, 30))
        hits = pipeline.search("T1 and T4", k)
        assert all(hit.passage.metadata["year"] in (1, 2) for hit in hits)
        if dedupe() not in chosen:
            assert len(hits) == min(k, sum(year in (1, 2) for year in years))


class TestRm3:
    def test_terms_of_the_best_passages_join_the_query_as_often_as_they_weigh(self) -> None:
        best = [
            Hit(Passage("a", "", "trains trains stations"), 3.0, 1, "s"),
            Hit(Passage("b", "", "mills"), 1.0, 2, "s"),
        ]
        words = rm3(terms=2, weight=0.5).widened("old train", best).split()
        counts = {word: words.count(word) for word in set(words)}
        # train: 50 * 1/2, and 50 * (3/4 * 2/3) / (1/2 + 1/4); a passage's share is that of its score
        assert counts == {"old": 25, "trains": 58, "stations": 17}

    def test_a_passage_far_from_the_querys_words_is_found_by_what_the_best_one_says(self, tmp_path: Any) -> None:
        corpus = [
            Passage("a", "", "Night Train is a film with Lucyna Winnicka"),
            Passage("b", "", "Winnicka, Lucyna: an actress"),
            Passage("c", "", "A mill by the river"),
        ]
        with indexes.build(corpus, tmp_path / "index") as index:
            assert ids(index.search("night train", 3)) == "a"
            assert ids((index >> rm3()).search("night train", 3)) == "a b"
            assert ids((index >> rm3()).search("unheard of", 3)) == ""

    def test_wrong_arguments_are_said(self, listed: Any) -> None:
        with pytest.raises(PipelineError) as caught:
            (listed("a", "x") >> rm3(0, passages=1.5, weight=-1)).check()
        assert len(caught.value.problems) == 3


FILMS = [
    Passage("film", "Night Train (film)", "A film directed by Lucy Saunders' brother and Jane Poe, in May."),
    Passage("poe", "Jane Poe", "A director. She was born in Ashby."),
    Passage("saunders", "Lucy Saunders", "A painter of Old Mill Street."),
    Passage("ashby", "Ashby", "A village."),
    Passage("may", "may", "Perhaps."),
    *[Passage(f"other {number}", f"Director {number}", "A director of films was born.") for number in range(9)],
]


class TestHop:
    @pytest.mark.parametrize("by", ["mentions", "entities", "text"])
    def test_what_the_best_passage_names_comes_up(self, tmp_path: Any, by: str) -> None:
        query = "Where was the director of Night Train born?"
        with indexes.build(FILMS, tmp_path / "index") as index:
            plain = [hit.id for hit in index.search(query, 14)]
            hopped = [hit.id for hit in (index >> hop(by=by)).search(query, 14)]
        assert hopped[0] == "film"
        assert hopped.index("poe") < plain.index("poe") if "poe" in plain else "poe" in hopped
        assert set(hopped) >= set(plain)

    def test_a_third_hop_finds_what_the_second_names(self, tmp_path: Any) -> None:
        with indexes.build(FILMS, tmp_path / "index") as index:
            found = {hops: ids((index >> hop(hops, passages=2)).search("Night Train", 14)) for hops in (1, 2, 3)}
        assert found == {1: "film", 2: "film saunders poe", 3: "film saunders poe ashby"}

    def test_a_name_is_looked_for_once_and_a_gain_is_a_share_of_the_sources_score(self, listed: Any) -> None:
        ranking = [(Passage("a", "One", "Two, Two and Two"), 4.0), (Passage("b", "Two", "x"), 1.0)]
        a = listed("a", ranking)
        hits = (a >> hop(share=0.5)).search("query", 5)
        assert [(hit.id, hit.score, hit.source) for hit in hits] == [("a", 1.0, "hop(a)"), ("b", 0.5, "hop(a)")]
        assert [query for query, _ in a.retriever.asked].count("Two") == 1

    def test_names_are_runs_of_capitalised_words_and_what_they_are_made_of(self) -> None:
        assert names_in("Which Night Train of Ashby's goes?") == [
            "Which Night Train of Ashby's",
            "Which Night Train of Ashby",
            "Night Train of Ashby's",
            "Night Train of Ashby",
            "Which Night Train",
            "Ashby's",
            "Ashby",
        ]
        assert names_in("He and She went. The It") == []
        assert names_in("Film of Emma. Film was made in Film") == ["Film of Emma", "Emma", "Film"]
        assert names_in("by J. R. Poe of St. Ives.")[0] == "J. R. Poe of St. Ives"
        assert names_in("") == names_in("no name here, \ud83d 🗿") == []
        assert len(names_in(" x ".join(f"Name{number}" for number in range(99)))) == 30
        assert called("Night-Train (1959 film)") == "Night Train"

    def test_wrong_arguments_are_said_all_at_once(self, listed: Any) -> None:
        with pytest.raises(PipelineError) as caught:
            (listed("a", "x") >> hop(9, by="magic", passages=0, share=2, depth=-1)).check()
        assert len(caught.value.problems) == 5


class TestParse:
    @pytest.mark.parametrize(
        ("expression", "said"),
        [
            ("", "cannot be read"),
            ("a |", "cannot be read"),
            ("c", "no retriever.*one of a, b"),
            ("dedupe", r"say dedupe\(\)"),
            ("dedupe()", "must begin with a retriever"),
            ("3", "must begin with a retriever"),
            ("a - b", "means nothing"),
            ("a.search", "means nothing"),
            ("__import__('os').system('x')", "means nothing"),
            ("(lambda: 1)()", "means nothing"),
            ("open('x')", "unknown stage"),
            ("a >> dedup()", "did you mean dedupe"),
            ("a >> dedupe(nearly=1)", "nearly"),
            ("a >> dedupe(near=b)", "cannot be read"),
            ("a >> dedupe(*[1])", "cannot be read"),
            ("a >> dedupe(**{})", "means nothing"),
            ("a >> b", "must be a stage"),
            ("a | dedupe()", "must have search"),
            ("a * b", "means nothing"),
            ("a % b", "means nothing"),
            ("a | 2", "means nothing"),
            ("2 * 3", "means nothing"),
            ("a if b else a", "means nothing"),
            ("a" + " | a" * 2000, "4000 characters"),
            ("(" * 1500 + "a" + ")" * 1500, "cannot be read"),
            ("a\x00", "cannot be read"),
        ],
    )
    def test_what_is_no_expression_is_refused_and_never_run(self, listed: Any, expression: str, said: str) -> None:
        names = {name: listed(name, "x y").retriever for name in "ab"}
        with pytest.raises(InputError, match=said):
            parse(expression, names)

    def test_an_expression_is_what_it_is_in_python(self, listed: Any) -> None:
        names = {name: listed(name, "x y z").retriever for name in "ab"}
        pipeline = parse("  (0.7 * a | 0.3 * b) >> where({'id': {'in': ['x', 'z']}}) >> dedupe(near=0.9) % 1 ", names)
        assert ids(pipeline.search("q", 5)) == "x"
        assert repr(pipeline) == "(0.7 * a | 0.3 * b) >> where({'id': {'in': ['x', 'z']}}) >> dedupe(0.9) % 1"
        assert repr(parse("fuse(2 * a, b % 3, how='rrf')", names)) == "fuse(2 * a, b % 3, how='rrf')"


def test_the_page_names_every_stage_and_its_expressions_can_be_read() -> None:
    page = (Path(__file__).resolve().parents[4] / "docs" / "retrieval.md").read_text("utf-8")
    table = page.partition("## Pipelines")[2].partition("## Other")[0]
    assert {name for name in STAGES if f"`a >> {name}(" not in table} == set()

    class Nothing:
        def search(self, query: str, k: int) -> list[Hit]:
            return []

    expressions = re.findall(r'--pipeline "(.*?)"', table)
    assert len(expressions) >= 3
    for expression in expressions:
        parse(expression, {"index": Nothing(), "vectors": Nothing()}).check(5)
