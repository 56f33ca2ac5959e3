from __future__ import annotations

import asyncio
from typing import Any

import pytest

import dsp
from indexes.adapters.langchain import from_langchain, to_langchain
from indexes.errors import InputError
from indexes.pipelines import composed, dedupe

core = pytest.importorskip("langchain_core", reason="langchain-core is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def store(passages: Any) -> Any:
    from langchain_core.documents import Document
    from langchain_core.embeddings import Embeddings
    from langchain_core.vectorstores import InMemoryVectorStore

    from indexes.embedders.hashing import HASHING

    class Hashing(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return HASHING.embed_passages(texts).tolist()

        def embed_query(self, text: str) -> list[float]:
            return HASHING.embed_queries([text])[0].tolist()

    store = InMemoryVectorStore(Hashing())
    store.add_documents(
        [
            Document(id=each.id, page_content=each.text, metadata={"title": each.title, **each.metadata})
            for each in passages
        ]
    )
    return store


def test_ours_is_a_runnable_that_gives_documents_with_all_that_a_hit_has(index: Any) -> None:
    theirs = to_langchain(index, k=2)
    documents = theirs.invoke("a novel by Austen")
    assert [document.id for document in documents] == ["emma", "dune"]
    assert documents[0].page_content == "A novel by Jane Austen."
    score = index.search("a novel by Austen", 1)[0].score
    assert documents[0].metadata == {
        "title": "Emma",
        "year": 1815,
        "source": "books/emma.txt",
        "score": score,
        "rank": 1,
        "found_by": "bm25",
    }
    assert len(theirs.invoke("novel", k=1)) == 1
    assert [document.id for document in asyncio.run(theirs.ainvoke("novel"))] == ["emma", "dune"]
    chain = theirs | (lambda documents: [document.id for document in documents])
    assert chain.batch(["river", "Herbert"]) == [["mill"], ["dune"]]


def test_ours_filters(index: Any) -> None:
    theirs = to_langchain(index, where={"year": {"gt": 1900}})
    assert [document.id for document in theirs.invoke("novel")] == ["dune"]


@pytest.mark.parametrize("as_retriever", [True, False])
def test_a_store_of_theirs_or_its_retriever_is_asked_for_k(store: Any, as_retriever: bool) -> None:
    ours = from_langchain(store.as_retriever() if as_retriever else store)
    hits = ours.search("a novel by Jane Austen", 2)
    assert [(hit.id, hit.title, hit.rank, hit.score, hit.source) for hit in hits] == [
        ("emma", "Emma", 1, 1.0, "langchain"),
        ("dune", "Dune", 2, 0.5, "langchain"),
    ]
    assert hits[0].passage.metadata == {"year": 1815, "source": "books/emma.txt"}
    assert len(ours.search("novel", 3)) == 3
    assert ours.search("  ", 3) == []


def test_theirs_works_wherever_an_index_does(store: Any, index: Any) -> None:
    ours = from_langchain(store)
    with dsp.context(rm=ours):
        assert dsp.retrieve("a novel by Jane Austen", 1)[0].id == "emma"
    both = composed(ours) | index >> dedupe()
    assert both.search("a novel by Jane Austen", 1)[0].source == "weighted(langchain, bm25)"


def test_a_retriever_with_a_field_k_is_asked_for_k_and_others_find_what_they_find() -> None:
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever

    class Counting(BaseRetriever):
        k: int = 1

        def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Any]:
            return [Document(page_content=f"{query} {number}") for number in range(self.k)]

    class Fixed(BaseRetriever):
        def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Any]:
            return [Document(page_content=f"{query} {number}") for number in range(4)]

    counting = Counting()
    assert [hit.text for hit in from_langchain(counting).search("q", 3)] == ["q 0", "q 1", "q 2"]
    assert counting.k == 1
    assert [hit.text for hit in from_langchain(Fixed()).search("q", 2)] == ["q 0", "q 1"]
    assert len(from_langchain(Fixed()).search("q", 9)) == 4


def test_what_is_no_retriever_of_theirs_is_refused(index: Any) -> None:
    with pytest.raises(InputError, match="have invoke"):
        from_langchain(index)


def test_there_and_back_is_the_same(index: Any) -> None:
    back = from_langchain(to_langchain(index))
    assert [hit.passage for hit in back.search("novel", 3)] == [hit.passage for hit in index.search("novel", 3)]
