from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

import dsp
from dsp.lms.scripted import Scripted
from dsp.types.messages import LMRequest

EASY = ("Emma", "Dune", "Solaris")


@pytest.fixture
def learner(world: Any, chat_lm: Callable[..., Scripted]) -> Scripted:
    """An LM that knows the answer to few questions, and to all of them as soon as it is shown a demonstration."""

    def answer(name: str, inputs: Mapping[str, str], request: LMRequest) -> str:
        book = world.book_of(inputs["question"])
        author, place = world.books[book]
        shown = len(request.messages) > 2
        return {"search_query": author, "reasoning": "known", "answer": place if shown or book in EASY else "unknown"}[
            name
        ]

    return chat_lm(answer)


@pytest.fixture
def in_context(learner: Scripted, retriever: Any) -> Iterator[None]:
    with dsp.context(lm=learner, rm=retriever):
        yield
