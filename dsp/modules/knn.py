"""`KNN`: the training examples nearest to a program's inputs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from dsp.demonstrate.knn import Vectorizer, knn
from dsp.errors import InputError
from dsp.types.example import Example


class KNN:
    """The `k` examples of `trainset` nearest to the inputs of a call, nearest first.

        >>> train = [Example(question="Who wrote Emma?"), Example(question="Where is Lviv?")]
        >>> KNN(k=1, trainset=train)(question="Who wrote Dune?")
        [Example(question='Who wrote Emma?')]

    An example is told by its inputs (`with_inputs`), else by the fields that the call names. `vectorizer` is an
    embedder of `indexes`, its name, or a function from texts to rows of numbers. The names are DSPy's. It asks no LM,
    and keeps nothing but the examples and their vectors.
    """

    def __init__(self, k: int, trainset: Sequence[Example], vectorizer: Vectorizer = "hashing") -> None:
        if k < 1:
            raise InputError(f"k must be at least 1, but got {k}; ask for one example or more")
        self.k = k
        self.trainset = list(trainset)
        self._nearest = knn(self.trainset, inputs_text, embedder=vectorizer)

    def __call__(self, **inputs: Any) -> list[Example]:
        return self._nearest(Example(inputs), self.k)

    async def acall(self, **inputs: Any) -> list[Example]:
        """The same, awaited: the embedder works in a thread."""
        return await asyncio.to_thread(self._nearest, Example(inputs), self.k)


def inputs_text(example: Mapping[str, Any]) -> str:
    """An example's inputs as one text: those it knows, or the question, or all that is text."""
    if isinstance(example, Example) and example.input_keys is not None:
        example = example.inputs()
    elif example.get("question"):
        return str(example["question"])
    return " | ".join(str(value) for value in example.values() if isinstance(value, str | int | float))
