from __future__ import annotations

from typing import Any

import pytest

import dsp
from indexes.adapters.llama_index import from_llama_index, to_llama_index
from indexes.errors import InputError

pytest.importorskip("llama_index.core", reason="llama-index-core is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def their_index(passages: Any) -> Any:
    from llama_index.core import MockEmbedding, VectorStoreIndex
    from llama_index.core.schema import TextNode

    class Counting(MockEmbedding):
        """Counts of three letters: enough to tell the passages apart."""

        def _get_text_embedding(self, text: str) -> list[float]:
            return [float(text.count(letter)) for letter in "JFm"]

        def _get_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

    nodes = [
        TextNode(id_=each.id, text=each.text, metadata={"title": each.title, **each.metadata}) for each in passages
    ]
    return VectorStoreIndex(nodes, embed_model=Counting(embed_dim=3))


def test_ours_gives_nodes_with_all_that_a_hit_has_and_hides_numbers_from_prompts(index: Any) -> None:
    from llama_index.core.schema import MetadataMode

    found = to_llama_index(index, k=2).retrieve("a novel by Austen")
    assert [each.node.node_id for each in found] == ["emma", "dune"]
    assert found[0].score == index.search("a novel by Austen", 1)[0].score
    assert found[0].node.metadata["found_by"] == "bm25"
    shown = found[0].node.get_content(metadata_mode=MetadataMode.LLM)
    assert "title: Emma" in shown
    assert "score" not in shown
    assert "found_by" not in shown


def test_ours_filters(index: Any) -> None:
    found = to_llama_index(index, where={"year": {"gt": 1900}}).retrieve("novel")
    assert [each.node.node_id for each in found] == ["dune"]


def test_a_retriever_of_theirs_is_asked_for_k_and_left_as_it_was(their_index: Any) -> None:
    theirs = their_index.as_retriever(similarity_top_k=1)
    ours = from_llama_index(theirs)
    hits = ours.search("J", 3)
    assert hits[0].id == "emma"
    assert (hits[0].title, hits[0].text, hits[0].source) == ("Emma", "A novel by Jane Austen.", "llama_index")
    assert hits[0].passage.metadata == {"year": 1815, "source": "books/emma.txt"}
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert hits[0].score > hits[1].score
    assert theirs.similarity_top_k == 1
    with dsp.context(rm=ours):
        assert dsp.retrieve("FFF", 1)[0].id == "dune"


def test_what_is_no_retriever_of_theirs_is_refused(their_index: Any) -> None:
    with pytest.raises(InputError, match="as_retriever"):
        from_llama_index(their_index)


def test_there_and_back_is_the_same(index: Any) -> None:
    back = from_llama_index(to_llama_index(index))
    assert [(hit.passage, hit.score) for hit in back.search("novel", 3)] == [
        (hit.passage, hit.score) for hit in index.search("novel", 3)
    ]
