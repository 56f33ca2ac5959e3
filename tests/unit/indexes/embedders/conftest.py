"""A model of sentence-transformers that is made here, for the tests of what runs one."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

WORDS = "a novel by the writer virginia woolf wrote novels cat eats fish in garden jane austen emma query passage : ."


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of two small layers with random weights: nothing is downloaded."""
    for package in ("torch", "transformers", "sentence_transformers"):
        pytest.importorskip(package, reason="sentence-transformers is in the extra [dense]")
    folder = tmp_path_factory.mktemp("model")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _make(folder)
    return folder


def _make(folder: Path) -> None:
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
    from tokenizers.models import WordLevel
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    torch.manual_seed(1)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *dict.fromkeys(WORDS.split())]
    cut = Tokenizer(WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    cut.normalizer = normalizers.Lowercase()
    cut.pre_tokenizer = pre_tokenizers.Whitespace()
    cut.post_processor = processors.TemplateProcessing(single="[CLS] $A", special_tokens=[("[CLS]", 2)])
    plain = folder / "plain"
    PreTrainedTokenizerFast(
        tokenizer_object=cut, pad_token="[PAD]", unk_token="[UNK]", model_max_length=64
    ).save_pretrained(plain)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=256,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    network = BertModel(config)
    for part in (network.embeddings.position_embeddings, network.embeddings.token_type_embeddings):
        torch.nn.init.zeros_(part.weight)  # so that a text is what its words are, though nothing was learned
    network.save_pretrained(plain)
    transformer = Transformer(str(plain), max_seq_length=64)
    SentenceTransformer(modules=[transformer, Pooling(256)], device="cpu").save(str(folder / "whole"))


@pytest.fixture
def whole(model: Path) -> Path:
    return model / "whole"
