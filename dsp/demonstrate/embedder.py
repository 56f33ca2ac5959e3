"""`Embedder`: texts to vectors, by a model's name or by a function of one's own (DSPy's name)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from dsp.errors import InputError
from indexes import protocols as embedders
from indexes.embedders import embedder_named

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def _named(name: str) -> Callable[..., Any]:
    """What embeds the texts, of an embedder of `indexes`."""
    found = embedder_named(name)
    if not isinstance(found, embedders.Embedder):
        raise InputError(
            f"an embedder must know its texts one by one, but {name} is made from a corpus; build an index"
        )
    return found.embed_passages


class Embedder:
    """Called with texts it gives float32 [n, dimension], a row for each; called with one text, its row alone.

        >>> Embedder(lambda texts: [[len(text), 1.0] for text in texts])(["Emma", "Dune!"]).tolist()
        [[4.0, 1.0], [5.0, 1.0]]

    `model` is an embedder of `indexes` by name (`hashing`, `openai/text-embedding-3-small`,
    `sentence_transformers/all-MiniLM-L6-v2`), or a function from a list of texts to rows of numbers. Texts are sent
    `batch_size` at a time. Further settings go to the function. Raises InputError for a `batch_size` below 1, and where
    there is not a row of numbers for each text.
    """

    def __init__(self, model: str | Callable[..., Any], batch_size: int = 200, **settings: Any) -> None:
        if batch_size < 1:
            raise InputError(f"batch_size must be at least 1, but got {batch_size}; send one text or more at a time")
        self.model, self.batch_size, self.settings = model, batch_size, settings
        self._embed: Callable[..., Any] = _named(model) if isinstance(model, str) else model

    def __call__(
        self, inputs: str | Sequence[str], batch_size: int | None = None, **settings: Any
    ) -> NDArray[np.float32]:
        import numpy as np

        texts = [inputs] if isinstance(inputs, str) else list(inputs)
        size = batch_size or self.batch_size
        given = {**self.settings, **settings}
        parts = [self._rows(texts[start : start + size], given) for start in range(0, len(texts), size)] or [
            np.zeros((0, 0), dtype=np.float32)
        ]
        rows = np.concatenate(parts)
        return rows[0] if isinstance(inputs, str) else rows

    async def acall(
        self, inputs: str | Sequence[str], batch_size: int | None = None, **settings: Any
    ) -> NDArray[np.float32]:
        """The same, awaited: the work is done in a thread."""
        return await asyncio.to_thread(self, inputs, batch_size, **settings)

    def _rows(self, texts: list[str], settings: dict[str, Any]) -> NDArray[np.float32]:
        import numpy as np

        rows = np.asarray(self._embed(texts, **settings), dtype=np.float32)
        if rows.ndim != 2 or len(rows) != len(texts) or not np.isfinite(rows).all():
            raise InputError(
                f"an embedder must give a row of finite numbers for each of {len(texts)} texts, but gave "
                f"{list(rows.shape)}; mend the function"
            )
        return rows
