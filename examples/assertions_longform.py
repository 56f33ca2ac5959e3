"""Long-form question answering with citations that are looked up: a task of DSPy Assertions (arXiv 2312.13382).

    python examples/assertions_longform.py                      a stand-in writes: the embedded LM writes no paragraphs
    python examples/assertions_longform.py --lm openai/gpt-4o-mini
    dsp ask "Who wrote Emma?" --index DIR --lm openai/gpt-4o-mini --program examples/assertions_longform.py:LongFormQA

The paragraph quotes its passages, "word for word" [1]. Every quotation is looked up in the passage that it names: no
second LM judges, the words stand there or they don't. Where they don't, the writer is shown which.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
from pathlib import Path

import dsp
import indexes
from dsp.evaluate.metrics.citation_faithfulness import citation_faithfulness
from dsp.evaluate.metrics.citation_precision import citation_precision
from dsp.evaluate.metrics.citation_recall import citation_recall
from dsp.lms.scripted import Scripted
from dsp.protocols import Metric
from dsp.types.messages import LMRequest

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
]


class NextQuery(dsp.Signature):
    """Write a search query that will find the missing fact for answering the question."""

    context = dsp.InputField(desc="passages found so far")
    question = dsp.InputField()
    search_query = dsp.OutputField(desc="a search query")


class CitedParagraph(dsp.Signature):
    """Answer the question in a paragraph that quotes the passages, each quotation followed by its passage's number."""

    context = dsp.InputField(desc="numbered passages")
    question = dsp.InputField()
    paragraph = dsp.OutputField(desc='quotes passages word for word, as in: the book is "a novel of 1815" [2]')


class LongFormQA(dsp.Module):
    """Answers in a paragraph over `hops` searches of `k` passages each; `sp` holds the sentences that it quotes."""

    def __init__(self, *, k: int = 3, hops: int = 2) -> None:
        self.k, self.hops = k, hops
        self.generate_query = [dsp.Predict(NextQuery) for _ in range(hops - 1)]
        self.write = dsp.Predict(CitedParagraph)

    def forward(self, question: str) -> dsp.Prediction:
        context = dsp.retrieve(question, self.k)
        for generate in self.generate_query:
            query = generate(context=context, question=question).search_query
            context = [*context, *dsp.retrieve_unseen([query], self.k, context)]
        paragraph = self.write(context=context, question=question).paragraph
        citations = dsp.cited(paragraph, context)
        dsp.Suggest(
            bool(citations.found or citations.missing),
            'Quote the passages that you rest on, as in: "their words" [2].',
            self.write,
            name="cites",
        )
        dsp.Suggest(
            not citations.missing,
            "Copy quotations word for word from the passage whose number follows them. These do not stand there: "
            + "; ".join(f'"{quotation}"' for quotation in citations.missing),
            self.write,
            name="quotes word for word",
        )
        dsp.Suggest(
            not citations.dangling,
            f"There are {len(context)} passages, but you cite {', '.join(map(str, citations.dangling))}.",
            self.write,
            name="names passages",
        )
        return dsp.Prediction(
            paragraph=paragraph, answer=paragraph, context=context, citations=citations, sp=citations.sp
        )


def has_answer(example: dsp.Example, prediction: dsp.Prediction, trace: object = None) -> float:
    """1 where the paragraph holds the answer."""
    return float(dsp.passage_match([prediction.paragraph], example.answer))


METRICS: dict[str, Metric] = {
    "faithfulness": citation_faithfulness,  # intrinsic: it needs no labels
    "recall": citation_recall,
    "precision": citation_precision,
    "has_answer": has_answer,
}

# What a model might write, first and when told. The first paragraph misquotes.
WRITES = {
    "search_query": ["Ines Moreau born"],
    "paragraph": [
        'The book "is a novel of 1931 by Ines Moreau" [1], who "was born in Tallow Bay" [2].',
        'The book "is a 1931 novel by Ines Moreau" [1]; of her it says: "She was born in Tallow Bay." [2]',
    ],
}


def stand_in(request: LMRequest) -> str:
    turn = request.messages[-1]["content"]
    written = next(texts for field, texts in WRITES.items() if f"`[[ ## {field} ## ]]`" in turn)
    return written[-1] if "[[ ## feedback ## ]]" in turn else written[0]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Long-form QA with citations that are looked up.")
    parser.add_argument("--lm", help="provider/model (default: a stand-in with what a model might write)")
    options = parser.parse_args(arguments)
    logging.getLogger("dsp.assertions").setLevel(logging.ERROR)  # what is passed over is counted below
    lm = dsp.LM(options.lm) if options.lm else Scripted(stand_in)
    with (
        tempfile.TemporaryDirectory() as folder,
        indexes.build(PASSAGES, Path(folder) / "index") as index,
        dsp.context(lm=lm, rm=index),
    ):
        for title, handler in (("Unguarded", dsp.noop_handler), ("Guarded", dsp.backtrack_handler)):
            program = LongFormQA(k=1).activate_assertions(handler)
            with dsp.count_constraints() as counts:
                evaluation = dsp.Evaluate(DEV, METRICS)(program)
            print(title)
            for result in evaluation.results:
                if result.prediction is not None:
                    print(f"  {result.prediction.paragraph}")
                    print(f"  rests on {result.prediction.sp}; not found: {list(result.prediction.citations.missing)}")
            print("  " + "  ".join(f"{name} {evaluation.mean(name):.2f}" for name in METRICS))
            print("  " + str(counts).replace("\n", "\n  "))


if __name__ == "__main__":
    main()
