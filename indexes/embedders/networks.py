"""Which way a model of `sentence_transformers` is run: the fastest that agrees with the library's own in float32.

Nothing is believed: whatever is to run a model first embeds a few texts, and is refused where a vector's cosine with
the library's own falls below what its precision explains.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexes.embedders.openvino import Conversion, OpenVINONetwork
from indexes.embedders.token_batches import Features, Network, TokenEncoder
from indexes.errors import InputError

AGREEMENT: Mapping[str, float] = {"float32": 0.9999, "bfloat16": 0.99, "int8": 0.95}
"""The least cosine between a text's vector in this precision and the library's own in float32."""
SAMPLE = (
    "Emma",
    "  Who wrote the novel in which a Clerk\tfrom Zürich reads 1,984 letters?  ",
    "The observatory stands on a hill above the river; it was founded in 1874 by two sisters, both astronomers.",
    "Der Fluss entspringt im Schwarzwald und mündet nach 367 Kilometern in den Rhein. 河は北へ流れる。",
    " ".join(f"Line {n}: the boat with number {n * 7} left harbour {n % 5} before dawn." for n in range(60)),
)
"""Short and long, plain and odd."""
_FLAGS = Path("/proc/cpuinfo")

Encode = Callable[[Sequence[str], str], NDArray[np.float32]]
"""Texts and what to put before each: rows."""


@dataclass(frozen=True, slots=True)
class Running:
    """The backend and precision that were taken, and what embeds so."""

    backend: str
    precision: str
    encode: Encode


def running(
    model: Any,
    prompts: Sequence[str],
    *,
    backend: str,
    precision: str,
    calibration: Sequence[str],
    conversion: Conversion,
    most: int,
) -> Running:
    """How to run a SentenceTransformer; see `SentenceTransformersEmbedder`. Raises InputError where it cannot be."""
    if backend == "onnx":
        return Running("onnx", "float32", _by_the_library(model, most))
    exact = {prompt: _by_the_library(model, most)(SAMPLE, prompt) for prompt in dict.fromkeys(prompts)}
    failure = InputError(f"precision {precision} is none of backend {backend}")
    for by, tried in _candidates(backend, precision, bool(calibration)):
        try:
            for encode in _ways(model, by, tried, calibration, prompts, conversion, most):
                least = min(_agreement(encode(SAMPLE, prompt), rows) for prompt, rows in exact.items())
                if least >= AGREEMENT[tried]:
                    return Running(by, tried, encode)
        except InputError as error:  # openvino cannot convert it
            failure = error
            continue
        failure = InputError(
            f"a model must give in {tried} by backend {by} what it gives in float32 by torch, with a cosine of at "
            f"least {AGREEMENT[tried]}, but this one's is {least:.4f}; say backend torch, or precision float32"
        )
    raise failure


def knows_bfloat16() -> bool:
    """Whether the processor computes in bfloat16 itself. Known on Linux alone; elsewhere the answer is no."""
    try:
        with _FLAGS.open(encoding="utf-8") as file:
            flags = next((line for line in file if line.startswith(("flags", "Features"))), "")
    except OSError:
        return False
    return not {"avx512_bf16", "amx_bf16", "bf16"}.isdisjoint(flags.split())


def _candidates(backend: str, precision: str, calibrated: bool) -> Iterator[tuple[str, str]]:
    """Backends and precisions to try, the fastest first."""
    for tried in ("int8", "bfloat16", "float32"):
        if precision == "auto":
            possible = {"int8": calibrated, "bfloat16": knows_bfloat16(), "float32": True}[tried]
        else:
            possible = tried == precision
        if possible and (backend == "openvino" or (backend == "auto" and find_spec("openvino") is not None)):
            yield "openvino", tried
        if possible and backend != "openvino" and tried != "int8":
            yield "torch", tried


def _ways(
    model: Any,
    backend: str,
    precision: str,
    calibration: Sequence[str],
    prompts: Sequence[str],
    conversion: Conversion,
    most: int,
) -> Iterator[Encode]:
    """The ways to run the model so, the fastest first. With torch the last one is the library's own."""
    if backend == "openvino":
        yield _by_openvino(model, precision, calibration, prompts, conversion, most)
        return
    chosen = model
    if precision == "bfloat16":
        chosen = copy.deepcopy(model)
        chosen[0].bfloat16()  # the network; what makes one vector of its output stays exact, and costs nothing
    if hasattr(model.tokenizer, "pad_token_id"):
        yield _by_batches(TokenEncoder(model.tokenizer, _limit(model), _torch_network(chosen), most))
    yield _by_the_library(model if precision == "float32" else copy.deepcopy(model).bfloat16(), most)


def _by_openvino(
    model: Any,
    precision: str,
    calibration: Sequence[str],
    prompts: Sequence[str],
    conversion: Conversion,
    most: int,
) -> Encode:
    def without_network(features: Features) -> NDArray[np.float32]:
        raise InputError("the model is only being read")

    cutter = TokenEncoder(model.tokenizer, _limit(model), without_network)
    [example] = cutter.features([SAMPLE[2]])
    if precision == "int8":
        graph = conversion.quantized(example, [prompts[-1] + text for text in calibration], cutter)
    else:
        graph = conversion.graph(example)
    return _by_batches(TokenEncoder(model.tokenizer, _limit(model), OpenVINONetwork(graph, precision), most))


def _by_batches(encoder: TokenEncoder) -> Encode:
    return lambda texts, prompt: encoder([prompt + text for text in texts])


def _by_the_library(model: Any, most: int) -> Encode:
    def encode(texts: Sequence[str], prompt: str) -> NDArray[np.float32]:
        rows = model.encode(list(texts), prompt=prompt, batch_size=most, show_progress_bar=False, convert_to_numpy=True)
        return np.asarray(rows, dtype=np.float32)

    return encode


def _torch_network(model: Any) -> Network:
    import torch

    home = os.getpid()

    def network(features: Features) -> NDArray[np.float32]:
        if os.getpid() != home:
            torch.set_num_threads(1)  # a forked process has none of the threads that torch would wait for
        with torch.inference_mode():
            state: dict[str, Any] = {name: torch.from_numpy(array) for name, array in features.items()}
            for module in model:
                state = module(state)
                state |= {name: value.float() for name, value in state.items() if _is_short(value)}
            rows: NDArray[np.float32] = state["sentence_embedding"].numpy()
        return rows

    def _is_short(value: Any) -> bool:
        return isinstance(value, torch.Tensor) and value.dtype is torch.bfloat16

    return network


def _limit(model: Any) -> int | None:
    """How many tokens of a text the model reads."""
    for limit in (model.max_seq_length, getattr(model.tokenizer, "model_max_length", None)):
        if isinstance(limit, int) and 0 < limit < 1_000_000:
            return limit
    return None


def _agreement(rows: NDArray[np.float32], exact: NDArray[np.float32]) -> float:
    """The least cosine of a row with its exact one; 0 where they cannot be compared."""
    if rows.shape != exact.shape or not np.isfinite(rows).all():
        return 0.0
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(exact, axis=1)
    cosines = np.divide((rows * exact).sum(axis=1), lengths, out=np.ones(len(rows), np.float32), where=lengths > 0)
    return float(cosines.min())
