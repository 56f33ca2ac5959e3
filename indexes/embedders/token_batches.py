"""Batches of texts of like length, for models that read tokens.

Two things make a processor slow: the padding of short texts beside long ones, which it computes like words, and
batches whose numbers leave its cache. So texts are sorted by their number of tokens, and a batch holds about 1,024
tokens, padding included, whether these are two long texts or thirty short ones. Lengths are rounded up to a multiple of
16, which the matrix units of processors like, and which leaves few different shapes to prepare for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

TOKENS = 1024
STEP = 16
WINDOW = 4096
"""Texts that are cut up and sorted together: their tokens are held in memory."""

Features = Mapping[str, NDArray[np.int64]]
"""What a model reads, by name (`input_ids`, `attention_mask`, …): int64 [texts, tokens]."""


class Network(Protocol):
    """Features in, vectors out: float32 [texts, dimension]."""

    def __call__(self, features: Features) -> NDArray[np.float32]: ...


class TokenEncoder:
    """Texts to rows, by a tokenizer of the library `transformers` and a network; `limit` is in tokens a text."""

    def __init__(self, tokenizer: Any, limit: int | None, network: Network, most: int = 32) -> None:
        self._tokenizer, self._limit = tokenizer, limit
        self._network, self._most = network, most

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        parts = [self._window(texts[start : start + WINDOW]) for start in range(0, len(texts), WINDOW)]
        return np.concatenate(parts)

    def features(self, texts: Sequence[str]) -> list[Features]:
        """What the network would read of each text alone."""
        cut = self._cut(texts)
        return [self._features(cut, [at]) for at in range(len(texts))]

    def _window(self, texts: Sequence[str]) -> NDArray[np.float32]:
        cut = self._cut(texts)
        rows: NDArray[np.float32] | None = None
        for batch in batches([len(ids) for ids in cut["input_ids"]], most=self._most):
            part = self._network(self._features(cut, batch))
            if rows is None:
                rows = np.empty((len(texts), part.shape[1]), dtype=np.float32)
            rows[batch] = part
        if rows is None:
            raise ValueError("there must be at least one text, but there is none")
        return rows

    def _cut(self, texts: Sequence[str]) -> Any:
        return self._tokenizer(list(texts), truncation=self._limit is not None, max_length=self._limit)

    def _features(self, cut: Mapping[str, Sequence[Sequence[int]]], batch: Sequence[int]) -> Features:
        length = max(len(cut["input_ids"][at]) for at in batch)
        length += -length % STEP
        if self._limit is not None:
            length = min(length, self._limit)
        filler = {
            "input_ids": self._tokenizer.pad_token_id or 0,
            "token_type_ids": getattr(self._tokenizer, "pad_token_type_id", 0),
        }
        features = {}
        for name in cut:
            array = np.full((len(batch), length), filler.get(name, 0), dtype=np.int64)
            for row, at in enumerate(batch):
                values = cut[name][at]
                start = length - len(values) if self._tokenizer.padding_side == "left" else 0
                array[row, start : start + len(values)] = values
            features[name] = array
        return features


def batches(lengths: Sequence[int], *, tokens: int = TOKENS, most: int = 32, step: int = STEP) -> list[list[int]]:
    """The positions of the texts in batches, the longest first.

    Every text is in exactly one; a batch has at most `most` texts and, unless it is a single one, at most `tokens`
    tokens once each is padded to the longest, rounded up to `step`.
    """
    made: list[list[int]] = []
    width = 0
    for at in sorted(range(len(lengths)), key=lambda at: -lengths[at]):
        if not made or len(made[-1]) == most or (len(made[-1]) + 1) * width > tokens:
            made.append([])
            width = max(1, lengths[at])
            width += -width % step
        made[-1].append(at)
    return made
