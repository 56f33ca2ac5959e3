"""Texts to vectors, and a list of texts searched by them."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence

import numpy as np
import pytest

import dsp
from dsp.errors import InputError
from dsp.trace import record

CORPUS = ["Emma | A novel by Jane Austen.", "Lviv is a town in the west.", "Dune is a novel of a desert."]


def lengths(texts: Sequence[str], scale: float = 1.0) -> list[list[float]]:
    return [[len(text) * scale, 1.0] for text in texts]


def test_texts_go_in_batches_and_come_back_as_rows_in_their_order() -> None:
    sizes: list[int] = []

    def embed(texts: Sequence[str]) -> list[list[float]]:
        sizes.append(len(texts))
        return lengths(texts)

    rows = dsp.Embedder(embed, batch_size=2)(["a", "bb", "ccc", "dddd", "eeeee"])
    assert (rows.dtype, rows.shape, sizes) == (np.dtype("float32"), (5, 2), [2, 2, 1])
    assert rows[:, 0].tolist() == [1, 2, 3, 4, 5]


def test_one_text_gives_its_row_and_settings_reach_the_function() -> None:
    embedder = dsp.Embedder(lengths, scale=2.0)
    assert embedder("abc").tolist() == [6.0, 1.0]
    assert embedder(["abc"], scale=3.0).tolist() == [[9.0, 1.0]]
    assert asyncio.run(embedder.acall(["abc"])).tolist() == [[6.0, 1.0]]
    assert embedder([]).shape[0] == 0


def test_an_embedder_of_indexes_goes_by_its_name() -> None:
    one, same = dsp.Embedder("hashing")(["Emma", "Emma"])
    assert math.isclose(float(one @ same), 1.0, abs_tol=1e-5)


@pytest.mark.parametrize("wrong", [[], [[1.0]], [[float("nan"), 1.0]] * 2, [1.0, 2.0]])
def test_rows_that_are_none_are_refused(wrong: object) -> None:
    with pytest.raises(InputError, match="a row of finite numbers for each of 2 texts"):
        dsp.Embedder(lambda texts: wrong)(["a", "b"])
    with pytest.raises(InputError, match="batch_size must be at least 1"):
        dsp.Embedder(lengths, batch_size=0)


def test_it_tells_the_neighbours_of_knn() -> None:
    train = [dsp.Example(question="x" * n).with_inputs("question") for n in (1, 5, 50)]
    near = dsp.KNN(k=1, trainset=train, vectorizer=dsp.Embedder(lambda texts: [[len(t), 10.0] for t in texts]))
    assert len(near(question="y" * 48)[0].question) == 50


def test_embeddings_find_the_nearest_texts_as_passages_with_their_places() -> None:
    search = dsp.Embeddings(CORPUS, "hashing", k=2)
    found = search("a novel by Austen")
    assert (found.passages[0].title, found.passages[0].text) == ("Emma", "A novel by Jane Austen.")
    assert found.indices[0] == 0
    assert len(found.passages) == 2
    assert [hit.rank for hit in found.passages] == [1, 2]
    assert asyncio.run(search.acall("a town", k=1)).indices == [1]


def test_embeddings_are_a_retriever_and_their_searches_are_steps() -> None:
    search = dsp.Embeddings(CORPUS, embedder=dsp.Embedder("hashing"))
    with record() as trace, dsp.context(rm=search):
        assert dsp.retrieve("desert novel", k=1)[0].id == "2"
        search("town", k=1)
        assert search.search(" ", 3) == []
    assert [(step.kind, step.name) for step in trace] == [("search", "embeddings")] * 2


@pytest.mark.parametrize(
    ("corpus", "k", "said"), [("text", 1, "list of texts"), ([1], 1, "list of texts"), (["a"], 0, "k")]
)
def test_embeddings_refuse_what_is_no_corpus(corpus: object, k: int, said: str) -> None:
    with pytest.raises(InputError, match=said):
        dsp.Embeddings(corpus, "hashing", k=k)  # type: ignore[arg-type]
