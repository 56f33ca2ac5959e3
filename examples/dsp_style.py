"""The DSP paper's style: no modules and no optimizer, only the verbs, as functions over examples.

    python examples/dsp_style.py

A program is a chain of functions `Example -> Example`; each adds what it found or wrote. The demonstrations travel
in the example itself, as `example.demos`, and whatever a stage did is kept under the stage's name, where later
demonstrations of that stage are read from. After Khattab et al. 2022 (arXiv 2212.14024, section 3 and figure 1).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import dsp
import indexes

CORPUS = {
    "The Lamplighter of Ostry": "The Lamplighter of Ostry is a 1931 novel by Ines Moreau.",
    "Ines Moreau": "Ines Moreau (1902–1971) was a novelist and poet. She was born in Tallow Bay.",
    "Winter Orchard": "Winter Orchard is a 1938 film directed by Pavel Ilves.",
    "Pavel Ilves": "Pavel Ilves (1895–1960) was a director. He was born in Corran and died in Ostry.",
    "Songs of the Weir": "Songs of the Weir is an opera composed by Clara Vance.",
    "Clara Vance": "Clara Vance (1877–1944) was a composer. She was born in Pelham and died in Corran.",
    "The Silent Mill": "The Silent Mill is a 1925 film directed by Hugo Brenn.",
    "Hugo Brenn": "Hugo Brenn (1880–1952) was a director. He was born in Estmere.",
    "Tallow Bay": "Tallow Bay is a fishing village on the river Quarn.",
    "Corran": "Corran is a port on the western coast.",
    "Ostry": "Ostry is a town on the river Quarn, lit by gas until 1950.",
}
TRAIN = [
    dsp.Example(question="Where was the director of Winter Orchard born?", answer="Corran"),
    dsp.Example(question="Where was the composer of Songs of the Weir born?", answer="Pelham"),
    dsp.Example(question="Where was the director of The Silent Mill born?", answer="Estmere"),
    dsp.Example(question="Where was the author of The Lost Almanac born?", answer="Vell"),  # nothing in the corpus
]
QUESTION = "Where was the author of The Lamplighter of Ostry born?"
K = 2


class NextQuery(dsp.Signature):
    """Write a search query. Write the name of what is to be looked up and the key words of the question."""

    context = dsp.InputField(desc="passages found so far")
    question = dsp.InputField()
    search_query = dsp.OutputField(desc="a search query")


class QA(dsp.Signature):
    """Answer the question with a short factoid answer."""

    context = dsp.InputField(desc="passages that may hold the answer")
    question = dsp.InputField()
    answer = dsp.OutputField(desc="often between 1 and 5 words")


# ------------------------------------------------------------------------------------------------ demonstrate


def demonstrate(example: dsp.Example) -> dsp.Example:
    """Give the example demonstrations: training questions that the program itself can work out."""
    others = dsp.all_but(TRAIN, example)  # none demonstrates itself
    return example.copy(demos=dsp.annotate(attempt)(dsp.sample(others, len(others)), k=3))


def attempt(example: dsp.Example) -> dsp.Example | None:
    """Work a training question out; None where it came to nothing, and the question is no demonstration.

    Only its answer was ever labelled: the query, and which passages to read, are found by trying.
    """
    worked_out = search(example.copy(demos=[]))
    if not dsp.passage_match(worked_out.context, example.answer):
        return None
    shown = dsp.Example(context=worked_out.context, question=example.question, answer=example.answer, augmented=True)
    return worked_out.copy(qa=shown)


# ------------------------------------------------------------------------------------------------ search


def search(example: dsp.Example) -> dsp.Example:
    """Two hops: the question finds passages; a query written from them finds what they lack."""
    first = dsp.retrieve(example.question, K)
    example, _ = dsp.generate(NextQuery)(example.copy(context=first), stage="hop")
    return example.copy(context=[*first, *dsp.retrieve_unseen([example.search_query], K, first)])


def fused_search(example: dsp.Example) -> dsp.Example:
    """The same with several queries: the passages that they find best together (CombSUM)."""
    first = dsp.retrieve(example.question, K)
    _, written = dsp.generate(NextQuery, n=3)(example.copy(context=first), stage="hop")
    return example.copy(context=dsp.retrieve_ensemble([example.question, *written.unpack("search_query")], 2 * K))


# ------------------------------------------------------------------------------------------------ predict


def predict(example: dsp.Example) -> dsp.Example:
    """Ask several times and take the answer that most of the completions give (self-consistency)."""
    _, completions = dsp.generate(QA, n=5, temperature=0.7)(example, stage="qa")
    return example.copy(answer=dsp.majority(completions).answer)


def program(question: str) -> dsp.Example:
    return predict(search(demonstrate(dsp.Example(question=question))))


def main() -> None:
    passages = [indexes.Passage(title, title, text) for title, text in CORPUS.items()]
    with (
        tempfile.TemporaryDirectory() as folder,
        indexes.build(passages, Path(folder) / "index") as index,
        dsp.context(lm=dsp.LM("extractive"), rm=index),
    ):
        done = program(QUESTION)
        fused = predict(fused_search(demonstrate(dsp.Example(question=QUESTION))))
    print(f"{len(done.demos)} of {len(TRAIN)} training questions became demonstrations:")
    for demo in done.demos:
        print(f"  {demo.question}  asks: {demo.hop.search_query}  answers: {demo.qa.answer}")
    print(f"\nQuestion   {QUESTION}")
    print(f"Asks       {done.hop.search_query}")
    print("Reads      " + "\n           ".join(map(str, done.context)))
    print(f"Answer     {done.answer}")
    print(f"\nWith queries fused it reads {', '.join(hit.title for hit in fused.context)}, and answers {fused.answer}")


if __name__ == "__main__":
    main()
