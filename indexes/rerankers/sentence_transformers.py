"""`sentence_transformers/MODEL`: a cross-encoder, which reads query and passage together (extra `[dense]`).

    rerank("sentence_transformers/cross-encoder/ms-marco-MiniLM-L6-v2")

A model is an id on the hub or a folder, and is loaded when its first passage comes.
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from indexes.errors import InputError
from indexes.passage import Hit

MAX_CHARACTERS = 20_000
"""More of a text is not read: a model reads some hundred words, and its tokenizer would cut up all of them."""


class CrossEncoderReranker:
    """Scores as the model gives them: a logit or a probability, higher for passages that answer better.

    `max_length` is how many tokens of query and passage it reads; left out, what the model says. Raises InputError
    where the package or the model is missing, or the model gives several numbers for a pair.
    """

    def __init__(self, model: str, *, batch_size: int = 32, max_length: int | None = None) -> None:
        for name, value in (("batch_size", batch_size), ("max_length", max_length)):
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
                raise InputError(f"{name} must be a whole number, at least 1, but got {value!r}")
        self.model = model
        self.batch_size = batch_size
        self.max_length = max_length
        self._lock = threading.RLock()  # tokenizers refuse two threads at once

    @property
    def name(self) -> str:
        return f"sentence_transformers/{self.model}"

    def problems(self) -> Iterator[str]:
        """What would keep it from working, as far as can be seen without loading it."""
        if importlib.util.find_spec("sentence_transformers") is None:
            yield f'{self.name} needs the package sentence-transformers, which is missing; pip install "dsp[dense]"'
        folder = Path(self.model).expanduser()
        if folder.is_absolute() and not (folder / "config.json").is_file():
            yield f"{self.name} must be a model's folder, but holds no config.json; check the path"

    def score(self, query: str, passages: Sequence[Hit]) -> list[float]:
        if not passages:
            return []
        pairs = [(_readable(query), _readable(str(hit))) for hit in passages]
        with self._lock:
            found = self._loaded.predict(pairs, batch_size=self.batch_size, show_progress_bar=False)
        if getattr(found, "ndim", 1) != 1:
            raise InputError(
                f"a reranker gives one number for a passage, but {self.name} gives {found.shape[1]}; "
                "choose a model for ranking, not for classification"
            )
        return [float(score) for score in found]

    @cached_property
    def _loaded(self) -> Any:
        try:
            from sentence_transformers import CrossEncoder
        except ImportError as error:
            raise InputError(
                f"{self.name} needs the package sentence-transformers, but it cannot be imported ({error}); "
                'pip install "dsp[dense]"'
            ) from None
        try:
            return CrossEncoder(str(Path(self.model).expanduser()), max_length=self.max_length)
        except (OSError, ValueError) as error:
            raise InputError(
                f'there must be a cross-encoder called "{self.model}", but it cannot be loaded ({error}); '
                "give an id of the hub or a folder"
            ) from None


def _readable(text: str) -> str:
    """No lone surrogate, which tokenizers refuse, and no more than is read."""
    return text[:MAX_CHARACTERS].encode("utf-8", "replace").decode()
