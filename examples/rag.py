"""`rag`: retrieve, then read.

    python examples/rag.py
    dsp ask "Who wrote Emma?" --index my-index --program examples/rag.py:RAG --set k=5

Copy this file and change it: it is the built-in program `rag`, written with the public names alone.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import dsp
import indexes

PASSAGES = [
    indexes.Passage("1", "The Lamplighter of Ostry", "The Lamplighter of Ostry is a 1931 novel by Ines Moreau."),
    indexes.Passage("2", "Ines Moreau", "Ines Moreau was a novelist, born in the village of Tallow Bay in 1902."),
    indexes.Passage("3", "Tallow Bay", "Tallow Bay is a fishing village on the river Quarn, known for its lighthouse."),
    indexes.Passage("4", "Winter Orchard", "Winter Orchard is a 1938 film directed by Pavel Ilves."),
]


class AnswerFromPassages(dsp.Signature):
    """Answer the question with a short factoid answer."""

    context = dsp.InputField(desc="passages that may hold the answer")
    question = dsp.InputField()
    answer = dsp.OutputField(desc="often between 1 and 5 words")


class RAG(dsp.Module):
    """Searches the question once and answers from the k passages."""

    def __init__(self, *, k: int = 10) -> None:
        self.k = k
        self.generate_answer = dsp.ChainOfThought(AnswerFromPassages)

    def forward(self, question: str) -> dsp.Prediction:
        context = dsp.retrieve(question, self.k)
        prediction = self.generate_answer(context=context, question=question)
        return prediction.copy(context=context)  # the passages go along, so that retrieval can be scored too


def main() -> None:
    question = "Who is the author of The Lamplighter of Ostry?"
    with (
        tempfile.TemporaryDirectory() as folder,
        indexes.build(PASSAGES, Path(folder) / "index") as index,
        dsp.context(lm=dsp.LM("extractive"), rm=index),
    ):
        prediction = RAG(k=3)(question=question)
    print(f"Question   {question}")
    for hit in prediction.context:
        print(f"Found      {hit.score:5.2f}  {hit}")
    print(f"Answer     {prediction.answer}")


if __name__ == "__main__":
    main()
