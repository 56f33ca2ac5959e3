"""`sentence_transformers/MODEL`: any model of that library, by its id on the hub or by its folder (extra `[dense]`).

    indexes.build("corpus.jsonl", "my-index", engine="faiss", embedder="sentence_transformers/intfloat/e5-small-v2")

Models that want queries and passages told apart get their prompts: those one gives, else those that the model's own
configuration names, else those of a few families that keep them in their documentation alone. A model is loaded when
its first text comes. The library itself batches by length.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexes.errors import InputError

BACKENDS = ("torch", "onnx", "openvino")
PRECISIONS = ("float32", "bfloat16")
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
_WEIGHTS = frozenset({".json", ".txt", ".model", ".safetensors", ".bin", ".onnx", ".xml"})


class SentenceTransformersEmbedder:
    """Texts to float32 [n, dimension], as the model gives them.

    `backend` is one of the library's: torch, onnx or openvino. `precision` bfloat16, for torch, is some three times
    as fast where the CPU knows it, and it changes the vectors: it is part of the fingerprint. Raises InputError where
    the package or the model is missing.
    """

    def __init__(
        self,
        model: str,
        *,
        backend: str = "torch",
        precision: str = "float32",
        query_prompt: str | None = None,
        passage_prompt: str | None = None,
        batch_size: int = 32,
    ) -> None:
        if not model:
            raise InputError(
                "embedder sentence_transformers needs a model, but got none; write sentence_transformers/MODEL, "
                "an id on the hub or a folder"
            )
        _one_of("backend", backend, BACKENDS)
        _one_of("precision", precision, PRECISIONS)
        if precision == "bfloat16" and backend != "torch":
            raise InputError(f"precision bfloat16 is for backend torch, but got backend {backend}; use float32 with it")
        if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
            raise InputError(f"batch_size must be a whole number, at least 1, but got {batch_size!r}")
        self.model = model
        self.backend, self.precision, self.batch_size = backend, precision, batch_size
        self._given = (query_prompt, passage_prompt)
        self._lock = threading.RLock()  # tokenizers refuse two threads at once

    @cached_property
    def fingerprint(self) -> str:
        """The model's files (or, of one from the hub, its revision), and all that decides what it makes of a text."""
        settings = repr((self.backend, self.precision, self.prompts)).encode()
        return (
            f"sentence_transformers:1:{Path(self.model).name}:{self._version()}:"
            f"{hashlib.sha256(settings).hexdigest()[:16]}"
        )

    @cached_property
    def dimension(self) -> int:
        return int(self._encode(["dimension"], "").shape[1])

    @cached_property
    def prompts(self) -> tuple[str, str]:
        """What is put before a query and before a passage."""
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
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        readable = [text[:MAX_CHARACTERS].encode("utf-8", "replace").decode() for text in texts]
        with self._lock:
            rows = self._loaded.encode(
                readable, prompt=prompt, batch_size=self.batch_size, show_progress_bar=False, convert_to_numpy=True
            )
        return np.ascontiguousarray(rows, dtype=np.float32)

    @property
    def _loaded(self) -> Any:
        with self._lock:
            return self._model

    @cached_property
    def _model(self) -> Any:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise InputError(
                f"embedder sentence_transformers needs the package sentence-transformers, but it cannot be imported "
                f'({error}); pip install "dsp[dense]"'
            ) from None
        try:
            model = SentenceTransformer(self.model, backend=self.backend, device="cpu")
        except (OSError, ValueError, ImportError) as error:
            raise InputError(
                f'the model "{self.model}" cannot be loaded with backend {self.backend} '
                f"({str(error).splitlines()[0] if str(error) else type(error).__name__}); "
                "give an id on the hub that can be reached, or the folder of a model"
            ) from error
        return model.bfloat16() if self.precision == "bfloat16" else model

    def _version(self) -> str:
        folder = Path(self.model)
        if not folder.is_dir():
            config = getattr(getattr(self._loaded[0], "auto_model", None), "config", None)
            return str(getattr(config, "_commit_hash", None) or "unknown")
        digest = hashlib.sha256()
        for path in sorted(path for path in folder.rglob("*") if path.suffix in _WEIGHTS and path.is_file()):
            digest.update(path.relative_to(folder).as_posix().encode())
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()[:16]


def _one_of(name: str, value: object, choices: Sequence[str]) -> None:
    if value not in choices:
        raise InputError(
            f"{name} of embedder sentence_transformers must be one of {', '.join(choices)}, but got {value!r}"
        )
