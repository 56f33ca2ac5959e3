"""`sentence_transformers/MODEL`: any model of that library, by its id on the hub or by its folder (extra `[dense]`).

    indexes.build("corpus.jsonl", "my-index", engine="faiss", embedder="sentence_transformers/intfloat/e5-small-v2")

Models that want queries and passages told apart get their prompts: those one gives, else those that the model's own
configuration names, else those of a few families that keep them in their documentation alone. A model is loaded when
its first text comes.

How it is run changes its speed several times over, and its vectors in the third decimal or so: a name alone takes what
is fastest here and still agrees with float32; see `networks`.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray

from indexes.embedders.networks import Running, running
from indexes.embedders.openvino import Conversion, cache_folder
from indexes.errors import InputError

BACKENDS = ("auto", "torch", "onnx", "openvino")
PRECISIONS = ("auto", "float32", "bfloat16", "int8")
PROMPTS: Mapping[str, tuple[str, str]] = {
    "intfloat/e5-": ("query: ", "passage: "),
    "intfloat/multilingual-e5-": ("query: ", "passage: "),
    "BAAI/bge-small-en": ("Represent this sentence for searching relevant passages: ", ""),
    "BAAI/bge-base-en": ("Represent this sentence for searching relevant passages: ", ""),
    "BAAI/bge-large-en": ("Represent this sentence for searching relevant passages: ", ""),
    "nomic-ai/nomic-embed-text": ("search_query: ", "search_document: "),
}
"""What to put before a query and before a passage, by how the model's id begins."""
MAX_CHARACTERS = 100_000
"""More of a text is not read: a model reads some hundred words, and its tokenizer would cut up all of them."""
LEAST_CALIBRATION = 100
"""Fewer texts do not show how large a model's numbers become."""
_WEIGHTS = frozenset({".json", ".txt", ".model", ".safetensors", ".bin", ".onnx", ".xml"})


class SentenceTransformersEmbedder:
    """Texts to float32 [n, dimension], as the model gives them.

    `backend` is torch, onnx or openvino (extra `[openvino]`), and `precision` float32, bfloat16 or int8. `auto`, of
    either, takes the fastest that is installed, that this processor knows and that agrees with float32 by torch on a
    few texts: openvino before torch, and int8, where `calibration` is given, before bfloat16 before float32; `backend`
    and `precision` say then which. `calibration` is texts like those it is for, some hundred, for int8 by openvino.
    `converted` is the folder that keeps converted models.

    Backend, precision and calibration change the vectors and are part of the fingerprint. Raises InputError where the
    package or the model is missing, or a model cannot be run so.
    """

    in_names: Mapping[str, type] = {"backend": str, "precision": str, "query_prompt": str, "passage_prompt": str}
    """What a name may say after a question mark, as `sentence_transformers/MODEL?backend=openvino`."""

    def __init__(
        self,
        model: str,
        *,
        backend: str = "auto",
        precision: str = "auto",
        query_prompt: str | None = None,
        passage_prompt: str | None = None,
        calibration: Sequence[str] = (),
        converted: str | Path | None = None,
        batch_size: int = 32,
    ) -> None:
        if not model:
            raise InputError(
                "embedder sentence_transformers needs a model, but got none; write sentence_transformers/MODEL, "
                "an id on the hub or a folder"
            )
        _one_of("backend", backend, BACKENDS)
        _one_of("precision", precision, PRECISIONS)
        _check_together(backend, precision, calibration)
        if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
            raise InputError(f"batch_size must be a whole number, at least 1, but got {batch_size!r}")
        self.model, self.batch_size = model, batch_size
        self._asked_backend, self._asked_precision = backend, precision
        self._converted = Path(converted) if converted is not None else cache_folder()
        self._calibration = tuple(_readable(text) for text in calibration)
        self._given = (query_prompt, passage_prompt)
        self._lock = threading.RLock()  # tokenizers refuse two threads at once

    @cached_property
    def fingerprint(self) -> str:
        """The model's files (or, of one from the hub, its revision), and all that decides what it makes of a text."""
        settings: tuple[Any, ...] = (self.prompts,)
        if self.precision == "int8":
            settings = (*settings, self._calibration)
        return (
            f"sentence_transformers:2:{Path(self.model).name}:{self._version or 'unknown'}:{self.backend}:"
            f"{self.precision}:{hashlib.sha256(repr(settings).encode()).hexdigest()[:16]}"
        )

    @property
    def backend(self) -> str:
        """The backend it runs by: for `auto`, the one that was taken."""
        return self._asked_backend if self._asked_backend != "auto" else self._running.backend

    @property
    def precision(self) -> str:
        """The precision it runs in: for `auto`, the one that was taken."""
        return self._asked_precision if self._asked_precision != "auto" else self._running.precision

    @property
    def spelled(self) -> str:
        """A name that makes this very embedder, on other processors too: `auto` is no part of it."""
        given = {"query_prompt": self._given[0], "passage_prompt": self._given[1]}
        said = {key: value for key, value in given.items() if value is not None}
        options = {"backend": self.backend, "precision": self.precision, **said}
        return f"sentence_transformers/{self.model}?{urlencode(options)}"

    @cached_property
    def dimension(self) -> int:
        return int(self._encode(["dimension"], "").shape[1])

    @cached_property
    def prompts(self) -> tuple[str, str]:
        """What is put before a query and before a passage."""
        with self._lock:
            own: Mapping[str, str] = self._loaded.prompts or {}
        known = next((pair for start, pair in PROMPTS.items() if self.model.startswith(start)), ("", ""))
        query = own.get("query") or known[0]
        passage = own.get("document") or own.get("passage") or known[1]
        given_query, given_passage = self._given
        return (
            query if given_query is None else given_query,
            passage if given_passage is None else given_passage,
        )

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._encode(texts, self.prompts[1])

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._encode(texts, self.prompts[0])

    def _encode(self, texts: Sequence[str], prompt: str) -> NDArray[np.float32]:
        """A row for each; equal texts are embedded once."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        readable = [_readable(text) for text in texts]
        places = {text: place for place, text in enumerate(dict.fromkeys(readable))}
        with self._lock:
            rows = self._running.encode(list(places), prompt)
        return np.ascontiguousarray(rows[[places[text] for text in readable]], dtype=np.float32)

    @property
    def _running(self) -> Running:
        with self._lock:
            return self._chosen

    @cached_property
    def _chosen(self) -> Running:
        return running(
            self._loaded,
            self.prompts,
            backend=self._asked_backend,
            precision=self._asked_precision,
            calibration=self._calibration,
            conversion=Conversion(self._loaded, self._version, self._converted),
            most=self.batch_size,
        )

    @cached_property
    def _loaded(self) -> Any:
        """The model in float32; the caller holds the lock."""
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise InputError(
                f"embedder sentence_transformers needs the package sentence-transformers, but it cannot be imported "
                f'({error}); pip install "dsp[dense]"'
            ) from None
        library = "onnx" if self._asked_backend == "onnx" else "torch"  # openvino converts what torch has loaded
        try:
            return SentenceTransformer(self.model, backend=library, device="cpu").eval()
        except (OSError, ValueError, ImportError) as error:
            raise InputError(
                f'the model "{self.model}" cannot be loaded with backend {self._asked_backend} '
                f"({str(error).splitlines()[0] if str(error) else type(error).__name__}); "
                "give an id on the hub that can be reached, or the folder of a model"
            ) from error

    @cached_property
    def _version(self) -> str | None:
        """A digest of the model's files, or the hub's revision; None where neither is known."""
        folder = Path(self.model)
        if not folder.is_dir():
            with self._lock:
                config = getattr(getattr(self._loaded[0], "auto_model", None), "config", None)
            revision = getattr(config, "_commit_hash", None)
            return str(revision) if revision else None
        digest = hashlib.sha256()
        for path in sorted(path for path in folder.rglob("*") if path.suffix in _WEIGHTS and path.is_file()):
            digest.update(path.relative_to(folder).as_posix().encode())
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()[:16]


def _readable(text: str) -> str:
    return text[:MAX_CHARACTERS].encode("utf-8", "replace").decode()


def _check_together(backend: str, precision: str, calibration: Sequence[str]) -> None:
    """Raises InputError for a precision that the backend has not, or calibration that nothing would use."""
    if isinstance(calibration, str) or not all(isinstance(text, str) for text in calibration):
        raise InputError("calibration must be a sequence of texts, but got something else; give a list of strings")
    if backend == "onnx" and precision not in ("auto", "float32"):
        raise InputError(f"backend onnx computes in float32, but got precision {precision}; say backend openvino")
    if precision == "int8" and backend not in ("auto", "openvino"):
        raise InputError(
            f"precision int8 is for backend openvino, but got backend {backend}: 8 bits without measured ranges lose "
            "quality; say backend openvino, or bfloat16"
        )
    if precision == "int8" and len(calibration) < LEAST_CALIBRATION:
        raise InputError(
            f"precision int8 needs calibration, at least {LEAST_CALIBRATION} texts like those it is for, but got "
            f"{len(calibration)}; give some of the corpus"
        )
    if calibration and (backend not in ("auto", "openvino") or precision not in ("int8", "auto")):
        raise InputError(
            f"calibration is for int8 with backend openvino, but got backend {backend} and precision {precision}; "
            "leave it out"
        )


def _one_of(name: str, value: object, choices: Sequence[str]) -> None:
    if value not in choices:
        raise InputError(
            f"{name} of embedder sentence_transformers must be one of {', '.join(choices)}, but got {value!r}"
        )
