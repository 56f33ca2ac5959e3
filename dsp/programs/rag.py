"""`rag`: retrieve, then read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dsp.errors import InputError
from dsp.modules.attempts import configured
from dsp.modules.chain_of_thought import ChainOfThought
from dsp.modules.module import Module
from dsp.modules.multi_hop import AnswerFromPassages
from dsp.search.retrieve import retrieve
from dsp.types.prediction import Prediction


class RAG(Module):
    """Searches the question once and answers from the k passages. A call's `config=` goes over its settings."""

    awaits_modules_only = True

    def __init__(self, *, k: int = 10) -> None:
        if k < 1:
            raise InputError(f"k must be at least 1, but got {k}; ask for one passage or more")
        self.k = k
        self.generate_answer = ChainOfThought(AnswerFromPassages)

    async def aforward(self, question: str, *, config: Mapping[str, Any] | None = None) -> Prediction:
        context = retrieve(question, self.k)
        with configured(config):
            prediction = await self.generate_answer.acall(context=context, question=question)
        return prediction.copy(context=context)
