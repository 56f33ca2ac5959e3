"""Multi-hop question answering whose queries must differ: the first task of DSPy Assertions (arXiv 2312.13382).

    python examples/assertions_multihop.py
    dsp evaluate --index DIR --data dev.json --program examples/assertions_multihop.py:DistinctQueries --set hops=3

A hop that asks what was asked before finds what was found before. So the program suggests to its query writer that a
query be short and new; where one is not, the writer is asked again, told what it wrote and what was wrong with it.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
from pathlib import Path

import dsp
import indexes

PASSAGES = [
    indexes.Passage("1", "The Lamplighter of Ostry", "The Lamplighter of Ostry is a 1931 novel by Ines Moreau."),
    indexes.Passage("2", "Ines Moreau", "Ines Moreau (1902–1971) was a novelist and poet. She was born in Tallow Bay."),
    indexes.Passage(
        "3", "Tallow Bay", "Tallow Bay is a fishing village on the river Quarn. Its lighthouse is of 1788."
    ),
    indexes.Passage("4", "Ostry", "Ostry is a town on the river Quarn, lit by gas until 1950."),
    indexes.Passage("5", "Winter Orchard", "Winter Orchard is a 1938 film directed by Pavel Ilves."),
    indexes.Passage(
        "6", "Pavel Ilves", "Pavel Ilves (1895–1960) was a director. He was born in Corran and died in Ostry."
    ),
    indexes.Passage("7", "Corran", "Corran is a port on the western coast."),
]
DEV = [
    dsp.Example(
        question="Where was the author of The Lamplighter of Ostry born?",
        answer="Tallow Bay",
        gold_titles=["The Lamplighter of Ostry", "Ines Moreau"],
    ).with_inputs("question"),
    dsp.Example(
        question="Where was the director of Winter Orchard born?",
        answer="Corran",
        gold_titles=["Winter Orchard", "Pavel Ilves"],
    ).with_inputs("question"),
]
METRICS = ["distinct_queries", "support_recall", "f1"]  # the first is intrinsic: it needs no labels
MOST_CHARACTERS = 100


class NextQuery(dsp.Signature):
    """Write a search query. Write the name of what is to be looked up and the key words of the question."""

    context = dsp.InputField(desc="passages found so far")
    question = dsp.InputField()
    search_query = dsp.OutputField(desc="a search query")


class AnswerFromPassages(dsp.Signature):
    """Answer the question with a short factoid answer."""

    context = dsp.InputField(desc="passages that may hold the answer")
    question = dsp.InputField()
    answer = dsp.OutputField(desc="often between 1 and 5 words")


def words(query: str) -> list[str]:
    return sorted("".join(letter if letter.isalnum() else " " for letter in query.casefold()).split())


class DistinctQueries(dsp.Module):
    """Answers a question over `hops` searches of `k` passages each, no two of which ask the same words."""

    def __init__(self, *, k: int = 5, hops: int = 2) -> None:
        self.k, self.hops = k, hops
        self.generate_query = [dsp.ChainOfThought(NextQuery) for _ in range(hops - 1)]
        self.generate_answer = dsp.ChainOfThought(AnswerFromPassages)

    def forward(self, question: str) -> dsp.Prediction:
        context = dsp.retrieve(question, self.k)
        asked = [question]
        for write in self.generate_query:
            query = write(context=context, question=question).search_query
            dsp.Suggest(
                len(query) <= MOST_CHARACTERS,
                f"Write a query of at most {MOST_CHARACTERS} characters.",
                write,
                name="short query",
            )
            dsp.Suggest(
                all(words(query) != words(earlier) for earlier in asked),
                f"Write a query that differs from those asked before: {'; '.join(asked)}",
                write,
                name="new query",
            )
            asked.append(query)
            context = [*context, *dsp.retrieve_unseen([query], self.k, context)]
        prediction = self.generate_answer(context=context, question=question)
        return prediction.copy(context=context, queries=asked[1:])


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Multi-hop QA whose queries must differ.")
    parser.add_argument("--lm", default="extractive", help="provider/model (default: the embedded LM)")
    options = parser.parse_args(arguments)
    logging.getLogger("dsp.assertions").setLevel(logging.ERROR)  # what is passed over is counted below
    with (
        tempfile.TemporaryDirectory() as folder,
        indexes.build(PASSAGES, Path(folder) / "index") as index,
        dsp.context(lm=dsp.LM(options.lm), rm=index),
    ):
        for title, handler in (("Unguarded", dsp.noop_handler), ("Guarded", dsp.backtrack_handler)):
            program = DistinctQueries(k=1, hops=3).activate_assertions(handler)
            with dsp.count_constraints() as counts:
                evaluation = dsp.Evaluate(DEV, METRICS)(program)
            print(title)
            for result in evaluation.results:
                if result.prediction is not None:
                    asks = " · ".join(result.prediction.queries)
                    print(f"  {result.example.question}  asks: {asks}  answers: {result.prediction.answer}")
            print("  " + "  ".join(f"{metric} {evaluation.mean(metric):.2f}" for metric in METRICS))
            print("  " + str(counts).replace("\n", "\n  "))


if __name__ == "__main__":
    main()
