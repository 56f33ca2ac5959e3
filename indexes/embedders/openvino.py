"""The backend openvino of `sentence_transformers`: a model's network run by OpenVINO (extra `[openvino]`).

The whole model, pooling and all, is converted from torch. `float32` computes as torch does; `bfloat16` where the
processor knows it; `int8` has weights and activations in 8 bits, by ranges that are measured once on texts like those
it is for (static quantization, by the package nncf). What was converted is kept in a folder, by the model's own files
and the texts, with a checksum: another process begins with it at once.

OpenVINO and nncf report their use to their makers when imported. Here they don't.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import secrets
import shutil
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from indexes.embedders.token_batches import Features, TokenEncoder
from indexes.errors import InputError

FORMAT_VERSION = 1
GRAPH, WEIGHTS, SUMS = "model.xml", "model.bin", "sums.json"
HINTS: Mapping[str, str] = {"float32": "f32", "bfloat16": "bf16", "int8": "f32"}
"""What is not in 8 bits stays exact in int8: in bfloat16 some texts of MiniLM came to a cosine of .73."""
_importing = threading.Lock()


class OpenVINONetwork:
    """Features to rows, by a compiled model. One call at a time."""

    def __init__(self, graph: Any, precision: str) -> None:
        openvino = _openvino()
        settings = {"INFERENCE_PRECISION_HINT": HINTS[precision], "PERFORMANCE_HINT": "LATENCY"}
        capabilities = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        if HINTS[precision] == "bf16" and "BF16" not in capabilities:
            settings["INFERENCE_PRECISION_HINT"] = "f32"  # the processor would only imitate it, slowly
        self._inputs = {name for each in graph.inputs for name in each.get_names()}
        self._compiled = openvino.Core().compile_model(graph, "CPU", settings)
        self._request = self._compiled.create_infer_request()

    def __call__(self, features: Features) -> NDArray[np.float32]:
        given = {name: array for name, array in features.items() if name in self._inputs}
        results = self._request.infer(given, share_inputs=True)
        return np.array(results[0], dtype=np.float32)


class Conversion:
    """The conversion of one model: `model` is a SentenceTransformer, `version` says which, `folder` keeps the results.

    Without a `version` (a model whose files are not known) nothing is kept.
    """

    def __init__(self, model: Any, version: str | None, folder: Path) -> None:
        self._model, self._version, self._folder = model, version, folder

    def graph(self, features: Features) -> Any:
        """The model as OpenVINO's, traced with these features; raises InputError where it cannot be."""
        return self._kept("float", lambda: _traced(self._model, features))

    def quantized(self, features: Features, texts: Sequence[str], cutter: TokenEncoder) -> Any:
        """The model in 8 bits, by the ranges that its numbers have on these texts."""
        digest = hashlib.sha256(json.dumps(list(texts)).encode()).hexdigest()
        nncf = _nncf()
        return self._kept(
            f"int8:{nncf.__version__}:{digest}", lambda: _quantized(self.graph(features), cutter.features(texts))
        )

    def _kept(self, kind: str, make: Callable[[], Any]) -> Any:
        openvino = _openvino()
        name = hashlib.sha256(f"{FORMAT_VERSION}\0{openvino.__version__}\0{self._version}\0{kind}".encode()).hexdigest()
        home = self._folder / name[:32]
        if self._version is None:
            return make()
        if _is_whole(home):
            with suppress(RuntimeError):  # one that cannot be read after all is made anew
                return openvino.Core().read_model(home / GRAPH)
        made = make()
        with suppress(OSError, RuntimeError):  # where nothing can be kept, it is made again next time
            _keep(made, home)
            return openvino.Core().read_model(home / GRAPH)  # what the next process reads: equal to the last bit
        return made


def _traced(model: Any, features: Features) -> Any:
    openvino = _openvino()
    import torch

    def forward(_: Any, *values: Any) -> Any:
        return model(dict(zip(features, values, strict=True)))["sentence_embedding"]

    # the features as arguments of their own, as tracing wants them
    whole = type("Whole", (torch.nn.Module,), {"forward": forward})()
    whole.add_module("model", model)
    example = tuple(torch.from_numpy(array) for array in features.values())
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()), torch.inference_mode():
            warnings.simplefilter("ignore")  # tracing warns of each branch in a model; what matters is the agreement
            graph = openvino.convert_model(whole.eval(), example_input=example)
    except (RuntimeError, TypeError, ValueError, KeyError) as error:
        raise InputError(
            f"the model must be one that openvino can convert, but it is not ({_first_line(error)}); use backend torch"
        ) from error
    for port, name in zip(graph.inputs, features, strict=True):
        port.get_tensor().set_names({name})
    return graph


def _quantized(graph: Any, texts: Sequence[Features]) -> Any:
    nncf = _nncf()
    with contextlib.redirect_stdout(io.StringIO()):  # its progress
        return nncf.quantize(
            graph,
            nncf.Dataset([dict(each) for each in texts]),
            model_type=nncf.ModelType.TRANSFORMER,
            subset_size=len(texts),
        )


def _keep(graph: Any, home: Path) -> None:
    """Written beside its place and renamed: a crash leaves no half of it."""
    draft = home.with_name(f"{home.name}.{secrets.token_hex(4)}")
    draft.mkdir(parents=True)
    try:
        _openvino().save_model(graph, draft / GRAPH, compress_to_fp16=False)
        sums = {name: _sum(draft / name) for name in (GRAPH, WEIGHTS)}
        (draft / SUMS).write_text(json.dumps({"format_version": FORMAT_VERSION, "sha256": sums}), "utf-8")
        if home.exists():  # another process was faster, or what is there is not whole
            shutil.rmtree(home, ignore_errors=True)
        draft.rename(home)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _is_whole(home: Path) -> bool:
    try:
        sums = json.loads((home / SUMS).read_text("utf-8"))["sha256"]
        return all(_sum(home / name) == sums[name] for name in (GRAPH, WEIGHTS))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _openvino() -> Any:
    try:
        with _without_telemetry():
            import openvino
    except ImportError as error:
        raise _missing("openvino", error) from None
    return openvino


def _nncf() -> Any:
    _openvino()
    try:
        with _without_telemetry():
            import nncf
    except ImportError as error:
        raise _missing("nncf", error) from None
    return nncf


def _missing(name: str, error: ImportError) -> InputError:
    return InputError(
        f'backend openvino needs the package {name}, but it cannot be imported ({error}); pip install "dsp[openvino]"'
    )


@contextmanager
def _without_telemetry() -> Iterator[None]:
    """Their telemetry package is not to be found for as long as they are imported; they then do without."""
    with _importing:
        ours = "openvino_telemetry" not in sys.modules
        if ours:
            cast(dict[str, Any], sys.modules)["openvino_telemetry"] = None
        try:
            yield
        finally:
            if ours:
                del sys.modules["openvino_telemetry"]


def cache_folder() -> Path:
    """Where converted models are kept unless one says otherwise: the user's folder for what can be made again."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "indexes" / "openvino"


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
