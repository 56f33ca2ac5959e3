"""`annotate`: run the program's stages on training questions and keep what they worked out.

This is the demonstrate stage of DSP (Khattab et al. 2022, section 3.1): an annotated example carries its question,
the passages retrieved for it, its intermediate queries and its answer, as later prompts show them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from dsp.errors import InputError
from dsp.types.example import Example

E = TypeVar("E", bound=Example)
Transformation = Callable[[Example], Example | None]


def annotate(*functions: Transformation) -> Callable[..., list[Example]]:
    """A function `(train, k=None, return_all=False)` that annotates examples by applying the functions in turn.

        >>> def solved(example):
        ...     return example.copy(answer="Lviv") if "Lem" in example.question else None
        >>> train = [Example(question="Where was Lem born?"), Example(question="Who wrote Emma?")]
        >>> annotate(solved)(train)
        [Example(question='Where was Lem born?', answer='Lviv', augmented=True)]

    Each function gets a copy of what the one before gave; None from any of them means that the example failed. What
    passes all is marked `augmented=True`. After k successes the rest are not tried and stay raw
    (`augmented=False`). Returns the annotated examples, with `return_all` the raw ones after them.
    """
    if not functions:
        raise InputError("annotate needs a function that works an example out, but got none")

    def annotated(train: Iterable[Example], k: int | None = None, return_all: bool = False) -> list[Example]:
        if k is not None and k < 1:
            raise InputError(f"k must be at least 1, but got {k}; leave it out to annotate every example")
        done: list[Example] = []
        raw: list[Example] = []
        for example in train:
            result = _apply(functions, example) if k is None or len(done) < k else None
            if result is None:
                raw.append(example.copy(augmented=False))
            else:
                done.append(result.copy(augmented=True))
        return [*done, *raw] if return_all else done

    return annotated


def _apply(functions: tuple[Transformation, ...], example: Example) -> Example | None:
    current: Example | None = example
    for function in functions:
        if current is None:
            return None
        current = function(current.copy())
    return current
