from __future__ import annotations

import json
import math
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi

import indexes
from indexes import Passage
from indexes.analyzers.english import ENGLISH
from indexes.analyzers.plain import PLAIN
from indexes.errors import CorruptIndexError, IndexesError, InputError

pytest.importorskip("numba", reason="numba is not installed: pip install 'dsp[tunable]'")

WORDS = [f"w{number}" for number in range(60)]
TUNED = st.fixed_dictionaries(
    {
        "k1": st.sampled_from([0.01, 0.5, 1.2, 3.0]),
        "b": st.sampled_from([0.0, 0.4, 1.0]),
        "title_weight": st.sampled_from([0, 1, 3]),
        "text_weight": st.sampled_from([1, 2]),
        "idf": st.sampled_from(["lucene", "okapi"]),
    }
)


def made_up(count: int, seed: int = 0, longest: int = 40) -> list[Passage]:
    chance = random.Random(seed)
    shares = [1 / (rank + 1) for rank in range(len(WORDS))]

    def words(most: int) -> str:
        return " ".join(chance.choices(WORDS, shares, k=chance.randint(0, most)))

    return [Passage(str(number), words(3), words(longest)) for number in range(count)]


def terms_of(passage: Passage, title_weight: int, text_weight: int) -> list[str]:
    return ENGLISH(passage.title) * title_weight + ENGLISH(passage.text) * text_weight


def reference(
    passages: list[Passage], query: str, *, k1: float, b: float, title_weight: int, text_weight: int, idf: str
) -> list[float]:
    """The scores that the package rank-bm25 gives."""
    corpus = [terms_of(passage, title_weight, text_weight) for passage in passages]
    model = BM25Okapi(corpus, k1=k1, b=b)
    if idf == "lucene":
        counts = Counter(term for frequencies in model.doc_freqs for term in frequencies)
        model.idf = {term: math.log(1 + (len(corpus) - n + 0.5) / (n + 0.5)) for term, n in counts.items()}
    with np.errstate(invalid="ignore"):  # it divides nothing by nothing where b is 1 and a passage has no terms
        return [float(score) for score in np.nan_to_num(model.get_scores(ENGLISH(query)))]


def agrees(found: list[Any], expected: list[float], k: int) -> None:
    """The hits are the k best by these scores, and of equal ones the earlier passages."""
    order = sorted((at for at, score in enumerate(expected) if score > 0), key=lambda at: (-expected[at], at))[:k]
    assert len(found) == len(order)
    for hit, at in zip(found, order, strict=True):
        assert hit.score == pytest.approx(expected[at], abs=1e-4)
        assert hit.id == str(at) or expected[int(hit.id)] == pytest.approx(expected[at], abs=1e-6)


class Corpora(list[tuple[list[Passage], Any]]):
    """Passages with their index: from a handful to more than fit in one window of the search."""

    def __repr__(self) -> str:
        return "the corpora"


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Corpora]:
    folder = tmp_path_factory.mktemp("tunable")
    sizes = {7: made_up(7), 500: made_up(500, 1), 20_000: made_up(20_000, 2, 12)}
    with ExitStack() as stack:
        yield Corpora(
            (passages, stack.enter_context(indexes.build(passages, folder / str(size), engine="bm25_tunable")))
            for size, passages in sizes.items()
        )


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 1), st.lists(st.sampled_from(WORDS), min_size=1, max_size=14), st.integers(1, 600), TUNED)
def test_scores_are_those_of_rank_bm25_for_any_parameters(
    corpora: Corpora, which: int, query: list[str], k: int, tuned: dict[str, Any]
) -> None:
    passages, index = corpora[which]
    found = index.with_(**tuned).search(" ".join(query), k)
    agrees(found, reference(passages, " ".join(query), **tuned), k)


@pytest.mark.parametrize("k", [1, 10, 200])
@pytest.mark.parametrize("query", ["w59 w58 w57", "w0 w1 w2 w30 w31 w40 w41 w42 w50 w51 w52 w53", "w0", "w0 w0 w59"])
def test_what_is_left_out_changes_nothing_over_many_passages(corpora: Corpora, query: str, k: int) -> None:
    passages, index = corpora[2]
    for tuned in ({}, {"k1": 0.3, "b": 0.1, "title_weight": 0.0}):
        chosen = {"k1": 1.2, "b": 0.75, "title_weight": 3, "text_weight": 1, "idf": "lucene", **tuned}
        whole = {**chosen, "title_weight": int(chosen["title_weight"])}
        found = index.with_(**tuned).search(query, k)
        agrees(found, reference(passages, query, **whole), k)
        assert found == index.with_(**tuned).search(query, 1000)[:k]


def test_weights_may_be_fractions(corpora: Corpora) -> None:
    _, index = corpora[1]
    halves = index.with_(title_weight=1.5, text_weight=0.5, b=0.0, k1=0.5)
    doubled = index.with_(title_weight=3, text_weight=1, b=0.0, k1=1.0)
    for one, other in zip(halves.search("w3 w9", 20), doubled.search("w3 w9", 20), strict=True):
        assert one.id == other.id
        assert one.score / 1.5 == pytest.approx(other.score / 2, rel=1e-6)


def test_counts_above_255_are_exact(tmp_path: Path) -> None:
    passages = [
        Passage("0", "rare " * 300, "w1 " * 70_000 + "rare"),
        Passage("1", "", "rare " * 254),
        Passage("2", "", "rare " * 255),
        Passage("3", "rare", "rare " * 256 + "w2"),
    ]
    tuned = {"k1": 1.2, "b": 0.75, "title_weight": 3, "text_weight": 1, "idf": "lucene"}
    with indexes.build(passages, tmp_path / "i", engine="bm25_tunable") as index:
        for query in ("rare", "w1", "w1 w2 rare"):
            agrees(index.search(query, 9), reference(passages, query, **tuned), 9)


# choosing parameters


def test_an_index_is_tuned_without_being_built_again_and_left_as_it_is(tmp_path: Path) -> None:
    passages = made_up(200)
    with indexes.build(passages, tmp_path / "i", engine="bm25_tunable", k1=0.9) as index:
        before = index.search("w1 w5", 5)
        tuned = index.with_(b=0.0, title_weight=0)
        assert tuned.search("w1 w5", 5) != before
        assert index.search("w1 w5", 5) == before
        assert tuned.info()["parameters"] == {
            **{"k1": 0.9, "b": 0.0, "title_weight": 0, "text_weight": 1.0},
            "idf": "lucene",
        }
        with indexes.build(passages, tmp_path / "j", engine="bm25_tunable", k1=0.9, b=0.0, title_weight=0) as anew:
            assert tuned.search("w1 w5", 5) == anew.search("w1 w5", 5)
        tuned.close()
        assert index.search("w1 w5", 5) == before
        again = index.with_(k1=2)
    with pytest.raises(InputError, match="closed"):
        again.search("w1", 1)


def test_a_tuned_index_refreshes_to_a_tuned_one(tmp_path: Path) -> None:
    with indexes.build(made_up(50), tmp_path / "i", engine="bm25_tunable") as index:
        tuned = index.with_(b=0.0)
        assert tuned.refresh() is tuned
        indexes.build(made_up(60), tmp_path / "i", engine="bm25_tunable").close()
        with tuned.refresh() as newer:
            assert len(newer) == 60
            assert newer.info()["parameters"]["b"] == 0.0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"k1": -1}, "k1 of engine bm25_tunable must be a number"),
        ({"b": 1.5}, "b of engine bm25_tunable must be a number"),
        ({"title_weight": "3"}, "title_weight of engine"),
        ({"idf": "bm25+"}, "idf of engine bm25_tunable must be one of lucene, okapi"),
        ({"k2": 1}, 'has no parameter "k2": did you mean k1'),
    ],
)
def test_parameters_that_cannot_be_used_are_refused(tmp_path: Path, given: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        indexes.build(made_up(3), tmp_path / "i", engine="bm25_tunable", **given)
    with (
        indexes.build(made_up(3), tmp_path / "i", engine="bm25_tunable") as index,
        pytest.raises(InputError, match=said),
    ):
        index.with_(**given)


def test_other_engines_say_that_theirs_are_fixed(tmp_path: Path) -> None:
    with (
        indexes.build(made_up(3), tmp_path / "i", engine="rank_bm25") as index,
        pytest.raises(InputError, match=r'engine rank_bm25 has its parameters from.*engine="bm25_tunable"'),
    ):
        index.with_(k1=1)


# living


def test_added_and_deleted_passages_leave_the_scores_of_an_index_built_anew(tmp_path: Path) -> None:
    passages = made_up(600)
    indexes.build(passages[:300], tmp_path / "i", engine="bm25_tunable").close()
    indexes.add(tmp_path / "i", passages[300:450])
    indexes.add(tmp_path / "i", passages[450:])
    gone = {str(number) for number in range(0, 600, 7)}
    indexes.delete(tmp_path / "i", sorted(gone))
    left = [passage for passage in passages if passage.id not in gone]
    with (
        indexes.open(tmp_path / "i") as living,
        indexes.build(left, tmp_path / "j", engine="bm25_tunable") as anew,
    ):
        for tuned in ({}, {"idf": "okapi", "b": 0.3}, {"title_weight": 0}, {"text_weight": 0}):
            for query in ("w1 w2 w3", "w50 w3 w3", "w0"):
                one = living.with_(**tuned).search(query, 700)
                other = anew.with_(**tuned).search(query, 700)
                assert [(hit.id, hit.score) for hit in one] == [(hit.id, hit.score) for hit in other]


def test_a_filter_is_kept_to_and_finds_what_there_is(tmp_path: Path) -> None:
    passages = [Passage(p.id, p.title, p.text, {"even": int(p.id) % 2 == 0}) for p in made_up(3000)]
    with indexes.build(passages, tmp_path / "i", engine="bm25_tunable") as index:
        whole = [hit for hit in index.search("w3 w4", 3000) if hit.passage.metadata["even"]]
        for k in (1, 10, 3000):
            found = index.search("w3 w4", k, where={"even": True})
            assert [(hit.id, hit.score) for hit in found] == [(hit.id, hit.score) for hit in whole[:k]]


def test_several_parts_are_searched_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from indexes.engines.tunable import parts

    passages = made_up(900)
    with indexes.build(passages, tmp_path / "one", engine="bm25_tunable") as index:
        expected = [index.search(query, 50) for query in ("w1 w7", "w0 w59 w30")]
    monkeypatch.setattr(parts, "TERMS_IN_PART", 2000)
    monkeypatch.setattr(parts, "FIRST_BATCH", 1000)
    with indexes.build(passages, tmp_path / "many", engine="bm25_tunable") as index:
        assert len(list(index.path.rglob("*.docs"))) > 3
        assert [index.search(query, 50) for query in ("w1 w7", "w0 w59 w30")] == expected


# words


@settings(max_examples=200)
@given(st.lists(st.text(st.sampled_from("aB1é ß\u0301—'.\x1f\x00ſ🗿中İ\ud800"), max_size=30), min_size=1, max_size=6))
def test_texts_are_cut_into_the_terms_that_the_analyzer_gives(texts: list[str]) -> None:
    from indexes.engines.tunable.words import Numberer

    for analyzer in (ENGLISH, PLAIN, lambda text: ENGLISH(text)):
        numberer = Numberer(analyzer)  # type: ignore[arg-type]
        for _ in range(2):  # the second time all words are known
            numbers, sizes = numberer.numbers_of(texts)
            names = dict(zip(numberer.terms.values(), numberer.terms, strict=True))
            cut = np.split(numbers, np.cumsum(sizes)[:-1])
            assert [[names[number] for number in part.tolist()] for part in cut] == [analyzer(text) for text in texts]


def test_very_many_and_very_long_words_are_told_apart() -> None:
    from indexes.engines.tunable.words import Numberer

    words = [f"{'x' * (number % 40)}{number}" for number in range(30_000)]
    numberer = Numberer(PLAIN)
    for _ in range(2):
        numbers, _ = numberer.numbers_of([" ".join(words)])
        assert len(set(numbers.tolist())) == len(words)


# untrusted files


def test_flipped_bytes_give_a_typed_error_or_hits_and_never_a_crash(tmp_path: Path) -> None:
    """In a process of its own, without the checksums that would find them first."""
    code = f"""
import random, indexes, numpy as np
from indexes.errors import IndexesError
from pathlib import Path
folder = Path({str(tmp_path / "i")!r})
files = [path for path in folder.rglob("*") if path.parent.name == "engine" and path.stat().st_size]
chance = random.Random(5)
refused = 0
for turn in range(400):
    path = chance.choice(files)
    good = path.read_bytes()
    bad = bytearray(good)
    for _ in range(chance.choice([1, 1, 8])):
        bad[chance.randrange(len(bad))] = chance.choice([0, 1, 127, 255, chance.randrange(256)])
    path.write_bytes(bad)
    try:
        with indexes.open(folder, trust=True) as index:
            for query in ("w0 w1 w2 w50", "w59", "big"):
                index.search(query, 5)
                index.search(query, len(index))
            index.with_(idf="okapi").search("w0", 3)
    except IndexesError:
        refused += 1
    path.write_bytes(good)
print(refused)
"""
    passages = [*made_up(300), Passage("big", "", "big " * 400)]
    indexes.build(passages, tmp_path / "i", engine="bm25_tunable").close()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 20


@pytest.mark.parametrize("said", ["", "{", "[1]", "[-1, 9]", "[true]", '["8"]', "null", "[4.0, 4]"])
def test_parts_that_are_not_the_stores_are_refused(tmp_path: Path, said: str) -> None:
    with indexes.build(made_up(8), tmp_path / "i", engine="bm25_tunable") as index:
        [path] = index.path.rglob("parts.json")
    path.write_text(said)
    with pytest.raises(CorruptIndexError, match=r"parts\.json"):
        indexes.open(tmp_path / "i", trust=True)


def test_files_of_another_length_are_refused(tmp_path: Path) -> None:
    with indexes.build(
        [*made_up(8), Passage("many", "", "many " * 300)], tmp_path / "i", engine="bm25_tunable"
    ) as index:
        files = sorted(index.path.rglob("0000.*"))
    assert len(files) == 12
    for path in files:
        good = path.read_bytes()
        for bad in (good[:-1], good + good[:16], good[: len(good) // 2], b""):
            path.write_bytes(bad)
            with pytest.raises(IndexesError, match=r"0000\."):
                indexes.open(tmp_path / "i", trust=True).search("w0", 1)
        path.write_bytes(good)
    indexes.open(tmp_path / "i").close()


def test_without_numba_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "indexes.engines.tunable.kernels", None)
    with pytest.raises(InputError, match=r'needs the package numba.*pip install "dsp\[tunable\]"'):
        indexes.build(made_up(3), tmp_path / "i", engine="bm25_tunable")
    assert json.dumps([path.name for path in tmp_path.iterdir()]) == "[]"
