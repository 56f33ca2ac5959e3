"""`vanilla`: ask the language model, and nothing else. The baseline that retrieval has to beat.

    python examples/vanilla.py
    dsp ask "Who wrote Emma?" --index my-index --program examples/vanilla.py:VanillaQA --lm openai/gpt-4.1-mini

Copy this file and change it: it is the built-in program `vanilla`, written with the public names alone.
"""

from __future__ import annotations

import dsp


class VanillaQA(dsp.Module):
    """Answers from what the LM knows; it retrieves nothing."""

    def __init__(self) -> None:
        self.generate_answer = dsp.ChainOfThought(
            "question -> answer", "Answer the question with a short factoid answer."
        )

    def forward(self, question: str) -> dsp.Prediction:
        return self.generate_answer(question=question)


def main() -> None:
    question = "In which village was the author of The Lamplighter of Ostry born?"
    with dsp.context(lm=dsp.LM("extractive")):
        print(f"Question   {question}")
        print(f"Answer     {VanillaQA()(question=question).answer}")
    print("The embedded LM only reads, and here it has nothing to read: see rag.py and multihop.py.")


if __name__ == "__main__":
    main()
