from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexes.embedders import openvino as backend
from indexes.embedders.sentence_transformers import SentenceTransformersEmbedder
from indexes.errors import InputError

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
TEXTS = ["virginia woolf wrote novels", "a cat", "jane austen wrote emma " * 8]


@pytest.fixture
def installed(whole: Path) -> Path:
    if find_spec("openvino") is None:  # not importorskip: it would import more than we do
        pytest.skip("openvino is in the extra [openvino]")
    return whole


def made(model: Path, converted: Path, **options: Any) -> SentenceTransformersEmbedder:
    return SentenceTransformersEmbedder(str(model), backend="openvino", converted=converted, **options)


def cosines(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return (one * other).sum(1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)


def test_it_gives_what_torch_gives(installed: Path, tmp_path: Path) -> None:
    torch = SentenceTransformersEmbedder(str(installed), backend="torch", precision="float32")
    for precision, least in (("float32", 0.9999), ("bfloat16", 0.99)):
        embedder = made(installed, tmp_path, precision=precision)
        assert (cosines(torch.embed_passages(TEXTS), embedder.embed_passages(TEXTS)) > least).all()
        assert embedder.dimension == torch.dimension
        assert embedder.fingerprint != torch.fingerprint
        assert f":openvino:{precision}:" in embedder.fingerprint


def test_a_model_is_converted_once_for_all_processes_and_precisions(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = made(installed, tmp_path, precision="float32").embed_passages(TEXTS)
    monkeypatch.setattr(backend, "_traced", None)
    np.testing.assert_array_equal(made(installed, tmp_path, precision="float32").embed_passages(TEXTS), rows)
    made(installed, tmp_path, precision="bfloat16").embed_passages(TEXTS)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("name", [backend.GRAPH, backend.WEIGHTS, backend.SUMS])
def test_a_converted_model_that_was_altered_or_cut_short_is_converted_anew(
    installed: Path, tmp_path: Path, name: str
) -> None:
    rows = made(installed, tmp_path, precision="float32").embed_passages(TEXTS)
    [path] = tmp_path.rglob(name)
    data = bytearray(path.read_bytes())
    for change in (data[: len(data) // 2], bytes([data[0] ^ 1]) + bytes(data[1:]), b""):
        path.write_bytes(change)
        np.testing.assert_array_equal(made(installed, tmp_path, precision="float32").embed_passages(TEXTS), rows)
        assert path.read_bytes() != bytes(change)
    assert len(list(tmp_path.iterdir())) == 1


def test_where_nothing_can_be_kept_it_works_all_the_same(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert made(installed, tmp_path / "file" / "folder").embed_passages(TEXTS).shape[0] == 3


def test_eight_bits_are_measured_on_texts_and_these_are_part_of_the_fingerprint(
    installed: Path, tmp_path: Path
) -> None:
    if find_spec("nncf") is None:
        pytest.skip("nncf is in the extra [openvino]")
    texts = [f"{one} {other} in the garden" for one in ["cat", "fish", "emma", "novel"] for other in ["wrote a"] * 25]
    exact = SentenceTransformersEmbedder(str(installed), backend="torch", precision="float32").embed_passages(TEXTS)
    eight = made(installed, tmp_path, precision="int8", calibration=texts)
    assert (cosines(exact, eight.embed_passages(TEXTS)) > 0.95).all()
    assert ":openvino:int8:" in eight.fingerprint
    other = made(installed, tmp_path, precision="int8", calibration=texts[::-1])
    assert other.fingerprint != eight.fingerprint
    assert made(installed, tmp_path, calibration=texts).precision == "int8"


def test_nothing_is_reported_to_its_makers(installed: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from indexes.embedders.sentence_transformers import SentenceTransformersEmbedder as Embedder;"
        f"Embedder({str(installed)!r}, backend='openvino', converted={str(tmp_path)!r}).embed_queries(['a cat']);"
        "sys.exit('openvino_telemetry' in sys.modules or 'openvino' not in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_a_model_that_cannot_be_converted_is_a_clear_error(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import openvino

    def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError("No conversion rule for aten::odd\nand much more")

    monkeypatch.setattr(openvino, "convert_model", refuse)
    with pytest.raises(InputError, match=r"is not \(No conversion rule for aten::odd\); use backend torch"):
        made(installed, tmp_path).embed_queries(["a cat"])


def test_auto_takes_it_where_it_is_installed_and_torch_where_it_cannot_run_the_model(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = SentenceTransformersEmbedder(str(installed), converted=tmp_path / "one")
    assert taken.backend == "openvino"
    assert "backend=openvino" in taken.spelled

    def refuse(*_: Any, **__: Any) -> None:
        raise InputError("it cannot be converted")

    monkeypatch.setattr(backend, "_traced", refuse)
    other = SentenceTransformersEmbedder(str(installed), converted=tmp_path / "two")
    assert other.backend == "torch"
    assert other.precision == taken.precision
    assert other.fingerprint != taken.fingerprint


def test_without_the_package_the_error_says_what_to_install(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(InputError, match=r'pip install "dsp\[openvino\]"'):
        SentenceTransformersEmbedder(str(whole), backend="openvino").embed_queries(["words"])
