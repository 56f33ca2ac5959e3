"""`multihop`: search, read, write a query for what is missing, search again, answer.

    python examples/multihop.py
    dsp ask "Where was the author of Emma born?" --index my-index --program examples/multihop.py:MultiHopQA --trace

Copy this file and change it: it is the built-in program `multihop`, written with the public names alone. The
program is that of the DSP paper (Khattab et al. 2022, arXiv 2212.14024, section 2).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import dsp
import indexes

PASSAGES = [
    indexes.Passage("1", "The Lamplighter of Ostry", "The Lamplighter of Ostry is a 1931 novel by Ines Moreau."),
    indexes.Passage("2", "Ines Moreau", "Ines Moreau (1902–1971) was a novelist and poet. She was born in Tallow Bay."),
    indexes.Passage("3", "Tallow Bay", "Tallow Bay is a fishing village on the river Quarn."),
    indexes.Passage("4", "Ostry", "Ostry is a town on the river Quarn, lit by gas until 1950."),
    indexes.Passage("5", "Winter Orchard", "Winter Orchard is a 1938 film directed by Pavel Ilves."),
    indexes.Passage(
        "6", "Pavel Ilves", "Pavel Ilves (1895–1960) was a director. He was born in Corran and died in Ostry."
    ),
    indexes.Passage("7", "Corran", "Corran is a port on the western coast."),
]
QUESTION = "Where was the author of The Lamplighter of Ostry born?"

# What a query should look like, shown on another question. compile_multihop.py finds such demonstrations by itself.
DEMONSTRATION = dsp.Example(
    context=PASSAGES[4:5],
    question="Where was the director of Winter Orchard born?",
    search_query="Pavel Ilves born",
)


class NextQuery(dsp.Signature):
    """Write a search query that will find the missing fact for answering the question."""

    context = dsp.InputField(desc="passages found so far")
    question = dsp.InputField()
    search_query = dsp.OutputField(desc="a search query")


class AnswerFromPassages(dsp.Signature):
    """Answer the question with a short factoid answer."""

    context = dsp.InputField(desc="passages that may hold the answer")
    question = dsp.InputField()
    answer = dsp.OutputField(desc="often between 1 and 5 words")


class MultiHopQA(dsp.Module):
    """Answers a question over `hops` searches of `k` passages each; every later hop searches up to `queries` queries.

    Compiling gives each predictor demonstrations of its own, so each hop has a query writer of its own.
    """

    def __init__(self, *, k: int = 5, hops: int = 2, queries: int = 3) -> None:
        self.k, self.hops, self.queries = k, hops, queries
        self.generate_query = [dsp.ChainOfThought(NextQuery, n=queries) for _ in range(hops - 1)]
        self.generate_answer = dsp.ChainOfThought(AnswerFromPassages)

    def forward(self, question: str) -> dsp.Prediction:
        context = dsp.retrieve(question, self.k)
        asked = []
        for write in self.generate_query:
            written = write(context=context, question=question)
            # n completions of one prompt are n queries: a search that any of them makes right finds the passage.
            queries = list(dict.fromkeys(completion.search_query for completion in written.completions or []))
            asked.append(queries)
            context = [*context, *dsp.retrieve_unseen(queries, self.k, context)]
        prediction = self.generate_answer(context=context, question=question)
        return prediction.copy(context=context, queries=asked)


def show(prediction: dsp.Prediction, k: int) -> None:
    """The hops of a prediction, one after the other."""
    found = [str(hit) for hit in prediction.context]
    print("Hop 1      " + "\n           ".join(found[:k]))
    for hop, queries in enumerate(prediction.queries, 1):
        print("Asks       " + "\n           ".join(queries))
        print(f"Hop {hop + 1}      " + "\n           ".join(found[hop * k : (hop + 1) * k]))
    print(f"Reasoning  {prediction.reasoning}")
    print(f"Answer     {prediction.answer}")


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        indexes.build(PASSAGES, Path(folder) / "index") as index,
        dsp.context(lm=dsp.LM("extractive"), rm=index),
    ):
        print(f"Question   {QUESTION}\n\nAs it is: the embedded LM, shown nothing, asks the question again")
        program = MultiHopQA(k=1)
        show(program(question=QUESTION), program.k)

        print("\nWith one demonstration: it names what has to be looked up")
        taught = program.deepcopy()
        taught.generate_query[0].demos = [DEMONSTRATION]
        show(taught(question=QUESTION), taught.k)


if __name__ == "__main__":
    main()
