"""`vanilla`: the LM alone, as a baseline."""

from __future__ import annotations

from dsp.modules.chain_of_thought import ChainOfThought
from dsp.modules.module import Module
from dsp.types.prediction import Prediction


class Vanilla(Module):
    """Answers from what the LM knows; it retrieves nothing."""

    def __init__(self) -> None:
        self.generate_answer = ChainOfThought("question -> answer", "Answer the question with a short factoid answer.")

    def forward(self, question: str) -> Prediction:
        return self.generate_answer(question=question)
