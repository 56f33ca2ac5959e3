from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import indexes
from indexes import Passage
from indexes.engines import bm25
from indexes.errors import CorruptIndexError, IndexFolderError, InputError

words = st.lists(st.sampled_from([f"w{number}" for number in range(12)]), max_size=9).map(" ".join)
corpora = st.lists(st.tuples(words, words), min_size=1, max_size=40).map(
    lambda rows: [Passage(str(number), title, text) for number, (title, text) in enumerate(rows)]
)


@settings(max_examples=60, deadline=None)
@given(corpora, st.lists(words, min_size=1, max_size=5), st.integers(0, 3))
def test_it_scores_and_ranks_as_rank_bm25_does(passages: list[Passage], queries: list[str], title_weight: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            indexes.build(passages, folder / "a", analyzer="plain", title_weight=title_weight) as ours,
            indexes.build(
                passages, folder / "b", engine="rank_bm25", analyzer="plain", title_weight=title_weight
            ) as exact,
        ):
            for query in queries:
                got, expected = ours.search(query, 50), exact.search(query, 50)
                assert {hit.id: hit.score for hit in got} == pytest.approx(
                    {hit.id: hit.score for hit in expected}, rel=1e-4
                )
                assert_same_order([(hit.id, hit.score) for hit in got], [(hit.id, hit.score) for hit in expected])


def assert_same_order(got: list[tuple[str, float]], expected: list[tuple[str, float]]) -> None:
    """The same order, but that scores which only rounding tells apart may change places."""
    exact = dict(expected)
    for (one, _), (other, _) in zip(got, expected, strict=True):
        assert one == other or exact[one] == pytest.approx(exact[other], rel=1e-5)


def test_the_score_is_the_formula_in_the_docstring(tmp_path: Path) -> None:
    import math

    passages = [Passage("1", "cat", "dog dog bird"), Passage("2", "", "dog"), Passage("3", "", "fish")]
    lengths = [3 + 3, 1, 1]
    average = sum(lengths) / 3

    def part(tf: float, n: int, length: int) -> float:
        idf = math.log(1 + (3 - n + 0.5) / (n + 0.5))
        return idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * length / average))

    with indexes.build(passages, tmp_path / "index", analyzer="plain") as index:
        scores = {hit.id: hit.score for hit in index.search("cat dog dog", 3)}
    assert scores == pytest.approx({"1": part(3, 1, 6) + 2 * part(2, 2, 6), "2": 2 * part(1, 2, 1)}, rel=1e-6)


def test_over_several_segments_ranks_and_ties_are_those_of_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def text_of(number: int) -> str:  # long ones first: tantivy then keeps the later segments first
        early = number < 12_000
        rest = " ".join(f"r{(number * 31 + step) % 9973}" for step in range(60 if early else 3))
        return f"same words {'early' if early else 'late'} {number % 5} n{number} {rest}"

    passages = [Passage(str(number), f"t{number % 7}", text_of(number)) for number in range(30_000)]
    queries = ["same words", "early", "early 3", "t3", "words 4 filler", "n29999 n0", "same t1 t2 t3"]
    with indexes.build(passages, tmp_path / "one") as one:
        expected = {(query, k): one.search(query, k) for query in queries for k in (1, 10, 300)}
    monkeypatch.setattr(bm25, "BUFFER_BYTES", 15_000_000)
    with indexes.build(passages, tmp_path / "many") as many:
        assert len(list((tmp_path / "many").glob("gen-*/engine/*.idx"))) > 1
        assert {(query, k): many.search(query, k) for query, k in expected} == expected


class Letters:
    """A third party's analyzer: the letters of a text, and a term that tantivy could not hold."""

    fingerprint = "letters:1"

    def __call__(self, text: str) -> list[str]:
        return [*text.lower().replace(" ", ""), "x y\x1f", "", "z" * 70_000, "\ud83d"]


def test_an_analyzer_of_ones_own_is_used_and_asked_for_when_opening(tmp_path: Path) -> None:
    passages = [Passage("1", "", "Q"), Passage("2", "", "R q"), Passage("3", "", "s")]
    with indexes.build(passages, tmp_path / "index", analyzer=Letters()) as index:
        hits = index.search("Q", 3)
        assert [hit.id for hit in hits] == ["1", "2", "3"]  # 3 through the terms that all share
        assert index.info()["analyzer"] == "custom"
    with pytest.raises(InputError, match=r"letters:1.*analyzer="):
        indexes.open(tmp_path / "index")
    with indexes.open(tmp_path / "index", analyzer=Letters()) as index:
        assert index.search("Q", 3) == hits


def test_another_analyzer_than_the_one_it_was_built_with_is_refused(tmp_path: Path) -> None:
    indexes.build([Passage("1", "", "words")], tmp_path / "index").close()
    with pytest.raises(IndexFolderError, match="letters:1"):
        indexes.open(tmp_path / "index", analyzer=Letters())


def test_files_that_tantivy_cannot_read_raise_a_typed_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the manifest vouched for them: lengths are right, contents are not."""
    indexes.build([Passage(str(n), "title", f"words {n}") for n in range(50)], tmp_path / "index").close()
    for path in sorted((tmp_path / "index").glob("gen-*/engine/*")):
        good = path.read_bytes()
        for bad in (bytes(len(good)), b"\xff" * len(good)):
            path.write_bytes(bad)
            with suppress(CorruptIndexError), indexes.open(tmp_path / "index") as index:
                index.search("words title", 5)
        path.write_bytes(good)


def test_nothing_is_left_running_or_open_when_a_build_is_interrupted(tmp_path: Path) -> None:
    import threading

    def passages():
        yield from (Passage(str(number), "", "words") for number in range(100))
        raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        indexes.build(passages(), tmp_path / "a" / "index")
    assert threading.active_count() == before
    assert list(tmp_path.iterdir()) == []
