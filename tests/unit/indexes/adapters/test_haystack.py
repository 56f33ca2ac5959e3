from __future__ import annotations

from typing import Any

import pytest

import dsp
from indexes.adapters.haystack import from_haystack, to_haystack
from indexes.errors import InputError

pytest.importorskip("haystack", reason="haystack-ai is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def document_store(passages: Any) -> Any:
    from haystack import Document
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    store = InMemoryDocumentStore()
    store.write_documents(
        [Document(id=each.id, content=each.text, meta={"title": each.title, **each.metadata}) for each in passages]
    )
    return store


def test_ours_is_a_component_that_gives_documents_with_all_that_a_hit_has(index: Any) -> None:
    from haystack import Pipeline

    pipeline = Pipeline()
    pipeline.add_component("retriever", to_haystack(index, k=2))
    documents = pipeline.run({"retriever": {"query": "a novel by Austen"}})["retriever"]["documents"]
    assert [document.id for document in documents] == ["emma", "dune"]
    assert documents[0].score == index.search("a novel by Austen", 1)[0].score
    assert (documents[0].meta["title"], documents[0].meta["year"], documents[0].meta["found_by"]) == (
        "Emma",
        1815,
        "bm25",
    )
    [document] = pipeline.run({"retriever": {"query": "novel", "top_k": 1}})["retriever"]["documents"]
    assert document.content == "A novel by Jane Austen."


def test_ours_joins_theirs(index: Any, document_store: Any) -> None:
    from haystack import Pipeline
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever

    pipeline = Pipeline()
    pipeline.add_component("ours", to_haystack(index))
    pipeline.add_component("theirs", InMemoryBM25Retriever(document_store))
    pipeline.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
    pipeline.connect("ours", "joiner")
    pipeline.connect("theirs", "joiner")
    found = pipeline.run({"ours": {"query": "river"}, "theirs": {"query": "river"}})
    assert found["joiner"]["documents"][0].id == "mill"


def test_ours_filters(index: Any) -> None:
    found = to_haystack(index, where={"year": {"gt": 1900}}).run(query="novel")
    assert [document.id for document in found["documents"]] == ["dune"]


def test_a_retriever_of_theirs_is_asked_for_k(document_store: Any) -> None:
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever

    ours = from_haystack(InMemoryBM25Retriever(document_store, top_k=1))
    hits = ours.search("novel Austen", 2)
    assert [(hit.id, hit.title, hit.source) for hit in hits] == [
        ("emma", "Emma", "haystack"),
        ("dune", "Dune", "haystack"),
    ]
    assert hits[0].score > hits[1].score
    assert hits[0].passage.metadata == {"year": 1815, "source": "books/emma.txt"}
    with dsp.context(rm=ours):
        assert dsp.retrieve("river mill", 1)[0].id == "mill"


def test_what_takes_no_query_is_refused(document_store: Any, index: Any) -> None:
    from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever

    for wrong in (InMemoryEmbeddingRetriever(document_store), index):
        with pytest.raises(InputError, match="SuperComponent"):
            from_haystack(wrong)


def test_there_and_back_is_the_same(index: Any) -> None:
    back = from_haystack(to_haystack(index))
    assert [(hit.passage, hit.score) for hit in back.search("novel", 3)] == [
        (hit.passage, hit.score) for hit in index.search("novel", 3)
    ]
