"""A cross-encoder made here, small and without sense: what is tested is the road to it and back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from indexes import Hit, Passage
from indexes.errors import InputError, UnknownNameError
from indexes.rerankers import RERANKERS, reranker_named
from indexes.rerankers.sentence_transformers import CrossEncoderReranker

TEXTS = ["Emma is a novel.", "", "lone \ud83d surrogate", "cat " * 20_000, "Emma", "Emma"]
HITS = [Hit(Passage(str(number), "", text), 1.0, number + 1, "s") for number, text in enumerate(TEXTS)]


def test_names_lead_to_rerankers_and_load_nothing() -> None:
    assert reranker_named("sentence_transformers/cross-encoder/x").name == "sentence_transformers/cross-encoder/x"
    assert RERANKERS.names() == ["sentence_transformers"]
    with pytest.raises(UnknownNameError, match="did you mean sentence_transformers"):
        reranker_named("sentence-transformers/x")
    with pytest.raises(InputError, match="needs a model"):
        reranker_named("sentence_transformers")


@pytest.mark.parametrize("option", [{"batch_size": 0}, {"batch_size": True}, {"max_length": "9"}])
def test_wrong_options_are_refused(option: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="whole number"):
        CrossEncoderReranker("x", **option)


def test_a_folder_that_holds_no_model_is_said_before_it_is_loaded(tmp_path: Path) -> None:
    assert any("config.json" in problem for problem in CrossEncoderReranker(str(tmp_path)).problems())


def test_no_passages_need_no_model() -> None:
    assert CrossEncoderReranker("/no/such/model").score("query", []) == []


def make_model(folder: Path, labels: int) -> None:
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "emma", "is", "a", "novel", "cat", "who", "wrote", "."]
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=64).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
        num_labels=labels,
        initializer_range=0.5,
    )
    BertForSequenceClassification(config).eval().save_pretrained(folder)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("sentence_transformers", reason="sentence-transformers is not installed")
    folder = tmp_path_factory.mktemp("models")
    make_model(folder / "one", 1)
    make_model(folder / "three", 3)
    return folder


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
class TestModel:
    def test_every_text_has_a_score_of_its_own_and_equal_ones_the_same(self, models: Path) -> None:
        reranker = CrossEncoderReranker(str(models / "one"))
        assert list(reranker.problems()) == []
        scores = reranker.score("who wrote Emma", HITS)
        assert len(scores) == len(HITS)
        assert scores[4] == pytest.approx(scores[5], abs=1e-5)
        assert len({round(score, 4) for score in scores}) > 3
        assert scores == pytest.approx([reranker.score("who wrote Emma", [hit])[0] for hit in HITS], abs=1e-5)
        assert reranker.score("a cat", HITS) != pytest.approx(scores, abs=1e-5)

    def test_threads_get_what_one_gets(self, models: Path) -> None:
        reranker = CrossEncoderReranker(str(models / "one"), batch_size=2, max_length=32)
        expected = reranker.score("emma", HITS)
        with ThreadPoolExecutor(4) as pool:
            for scores in pool.map(lambda _: reranker.score("emma", HITS), range(8)):
                assert scores == pytest.approx(expected, abs=1e-5)

    def test_a_pipeline_takes_it_by_name(self, models: Path, make_retriever: Any) -> None:
        from indexes.pipelines import parse

        words = make_retriever([hit.passage for hit in HITS])
        name = f"sentence_transformers/{models / 'one'}"
        pipeline = parse(f"words >> rerank({name!r}, depth=20) % 2", {"words": words})
        scores = dict(
            zip((hit.id for hit in HITS), CrossEncoderReranker(str(models / "one")).score("emma is", HITS), strict=True)
        )
        found = pipeline.search("emma is", 9)
        expected = sorted((scores[hit.id] for hit in words.search("emma is", 9)), reverse=True)[:2]
        assert [hit.score for hit in found] == pytest.approx(expected, abs=1e-5)
        assert {hit.source for hit in found} == {f"{name}(words)"}

    def test_a_model_that_gives_several_numbers_is_refused(self, models: Path) -> None:
        with pytest.raises(InputError, match="gives 3"):
            CrossEncoderReranker(str(models / "three")).score("emma", HITS)

    def test_a_model_that_is_not_there_is_refused(self, models: Path, tmp_path: Path) -> None:
        (tmp_path / "config.json").write_text("{}")
        with pytest.raises(InputError, match="cannot be loaded"):
            CrossEncoderReranker(str(tmp_path)).score("emma", HITS)
