"""`sample` and `all_but`: choose training examples."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from dsp.configuration import current
from dsp.errors import InputError
from dsp.types.example import Example


def sample(train: Sequence[Example], k: int, *, seed: int | None = None) -> list[Example]:
    """k examples in random order, as copies; all of them where there are fewer. Equal seeds give equal samples.

    >>> [example.number for example in sample([Example(number=number) for number in range(9)], 3)]
    [7, 5, 1]

    Without a seed it is the number of the branch under way (`dsp.branch`), as in DSP: each branch of a program draws
    demonstrations of its own. Raises InputError for k < 0.
    """
    if seed is None:
        seed = int(current().sampling.get("rollout", 0))
    if k < 0:
        raise InputError(f"k must be 0 or more, but got {k}; ask for that many examples")
    shuffled = [example.copy() for example in train]
    random.Random(seed).shuffle(shuffled)
    return shuffled[:k]


def all_but(train: Iterable[Example], example: Example) -> list[Example]:
    """The training examples without those that ask the same question, so that none demonstrates itself.

    >>> train = [Example(question="Who wrote Emma?"), Example(question="Where is Lviv?")]
    >>> all_but(train, Example(question="who wrote  Emma?"))
    [Example(question='Where is Lviv?')]

    As in DSP, the question and the questions of a conversation's `history` both count. What holds no question (a
    demonstration of a stage that is not given it) is told by its `id`.
    """
    return [other for other in train if not _same(example, other)]


def _same(example: Example, other: Example) -> bool:
    asked, others = questions_of(example), questions_of(other)
    if asked and others:
        return bool(asked & others)
    return example.get("id") is not None and example.get("id") == other.get("id")


def questions_of(example: Example) -> set[str]:
    """The questions that an example asks, as they are compared: letter case and spacing make no other question."""
    history = example.get("history") or []
    asked = (str(question) for question in (example.get("question"), *history) if question)
    return {" ".join(question.split()).casefold() for question in asked}
