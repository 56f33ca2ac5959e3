"""`vanilla`: the LM alone, as a baseline."""

from __future__ import annotations

from dsp.modules.chain_of_thought import ChainOfThought
from dsp.modules.module import Module
from dsp.types.prediction import Prediction


class Vanilla(Module):
    """Answers from what the LM knows; it retrieves nothing."""

    awaits_modules_only = True

    def __init__(self) -> None:
        self.generate_answer = ChainOfThought("question -> answer", "Answer the question with a short factoid answer.")

    async def aforward(self, question: str) -> Prediction:
        return await self.generate_answer.acall(question=question)
