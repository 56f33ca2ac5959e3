"""`vanilla`: the LM alone, as a baseline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dsp.modules.attempts import configured
from dsp.modules.chain_of_thought import ChainOfThought
from dsp.modules.module import Module
from dsp.types.prediction import Prediction


class Vanilla(Module):
    """Answers from what the LM knows; it retrieves nothing. A call's `config=` goes over its settings."""

    awaits_modules_only = True

    def __init__(self) -> None:
        self.generate_answer = ChainOfThought("question -> answer", "Answer the question with a short factoid answer.")

    async def aforward(self, question: str, *, config: Mapping[str, Any] | None = None) -> Prediction:
        with configured(config):
            return await self.generate_answer.acall(question=question)
