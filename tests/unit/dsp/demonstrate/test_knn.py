from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.demonstrate import knn as module
from dsp.demonstrate.knn import knn, question_and_answer_text
from dsp.errors import InputError
from dsp.modules.knn import KNN
from dsp.types.example import Example
from indexes.errors import UnknownNameError

TRAIN = [
    Example(question="Who wrote Emma?", answer="Jane Austen"),
    Example(question="Where is Lviv?", answer="Ukraine"),
    Example(question="Who wrote Solaris?", answer="Stanislaw Lem"),
]
WORDS = st.lists(st.sampled_from(["emma", "dune", "lviv", "wrote", "born"]), min_size=1, max_size=4).map(" ".join)


def lengths(texts: Sequence[str]) -> list[list[float]]:
    return [[1.0, float(len(text))] for text in texts]


@given(texts=st.lists(WORDS, min_size=1, max_size=8), asked=WORDS, k=st.integers(1, 9))
def test_the_best_j_of_k_are_the_best_j_and_none_comes_twice(texts: list[str], asked: str, k: int) -> None:
    train = [Example(id=number, question=text) for number, text in enumerate(texts)]
    nearest = knn(train)
    found = [example.id for example in nearest(Example(question=asked), k)]
    assert len(found) == min(k, len(texts)) == len(set(found))
    assert [example.id for example in nearest(Example(question=asked), 1)] == found[:1]
    if asked in texts:
        assert set(train[found[0]].question.split()) == set(asked.split())


@given(places=st.permutations(range(3)))
def test_equally_near_examples_come_in_the_order_of_the_training_set(places: list[int]) -> None:
    train = [Example(id=place, question="the same") for place in places]
    assert [example.id for example in knn(train)(Example(question="the same"), 3)] == places


def test_what_comes_back_is_a_copy() -> None:
    found = knn(TRAIN)(Example(question="Who wrote Dune?"), 2)
    assert {example.question for example in found} == {"Who wrote Emma?", "Who wrote Solaris?"}
    found[0].answer = "changed"
    assert "changed" not in [example.answer for example in TRAIN]


def test_examples_may_be_told_by_their_answers_too() -> None:
    nearest = knn(TRAIN, question_and_answer_text)
    assert nearest(Example(question="Jane Austen"), 1)[0].answer == "Jane Austen"


def test_a_function_or_an_embedder_by_name_makes_the_vectors() -> None:
    train = [Example(question="a" * n) for n in (1, 2, 40)]
    assert knn(train, embedder=lengths)(Example(question="b" * 39), 1)[0].question == "a" * 40
    with pytest.raises(UnknownNameError, match="hashing"):
        knn(train, embedder="hashin")
    with pytest.raises(InputError, match="an embedder must be a name"):
        knn(train, embedder=7)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "rows", [[[1.0]], [1.0, 2.0, 3.0], [[float("nan")]] * 3], ids=["too few", "no rows", "not a number"]
)
def test_vectors_that_are_none_are_refused(rows: object) -> None:
    with pytest.raises(InputError, match="an embedder must give a row of finite numbers for each text"):
        knn(TRAIN, embedder=lambda texts: rows)


def test_nothing_to_choose_from_gives_nothing_and_k_is_at_least_one() -> None:
    assert knn([])(Example(question="q"), 3) == []
    with pytest.raises(InputError, match="k must be at least 1, but got 0"):
        knn(TRAIN)(Example(question="q"), 0)


def test_many_examples_go_to_the_engine_and_are_found_alike(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("faiss")
    train = [Example(id=n, question=f"question number {n} of {n % 7} about word{n % 13}") for n in range(60)]
    asked = [Example(question=f"question {n} about word{n}") for n in range(9)]
    exact = [[each.id for each in knn(train)(example, 5)] for example in asked]
    monkeypatch.setattr(module, "EXACT_BELOW", 10)
    monkeypatch.setattr(module.tempfile, "tempdir", str(tmp_path))
    nearest = knn(train)
    assert len(list(tmp_path.iterdir())) == 1
    found = [[each.id for each in nearest(example, 5)] for example in asked]
    assert [set(each[:1]) for each in found] == [set(each[:1]) for each in exact]
    assert np.mean([len(set(a) & set(b)) for a, b in zip(found, exact, strict=True)]) > 4.5
    assert len(knn(train, embedder=lengths)(asked[0], 2)) == 2
    del nearest
    assert not list(tmp_path.iterdir())


def test_the_module_takes_a_programs_inputs() -> None:
    near = KNN(k=1, trainset=[example.with_inputs("question") for example in TRAIN])
    assert near(question="Who wrote Dune and Solaris?")[0].answer == "Stanislaw Lem"
    assert asyncio.run(near.acall(question="Where is Lviv?"))[0].answer == "Ukraine"
    with pytest.raises(InputError, match="k must be at least 1"):
        KNN(k=0, trainset=TRAIN)


def test_the_module_compares_all_the_inputs_that_examples_know() -> None:
    train = [Example(city=city, year=year).with_inputs("city") for city, year in (("Lviv", 1), ("Paris", 2))]
    assert KNN(k=1, trainset=train, vectorizer="hashing")(city="in Paris")[0].year == 2
