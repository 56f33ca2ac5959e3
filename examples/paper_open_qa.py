"""The DSP paper's program for open-domain questions, in its own style: types, templates and functions over examples.

    python examples/paper_open_qa.py
    python examples/paper_open_qa.py --lm openai/gpt-4.1-mini

Demonstrate: training questions that the program itself can answer, with the passages that it found for them. Search:
the question finds passages. Predict: several answers are sampled, and most of them decide. After Khattab et al. 2022
(arXiv 2212.14024, section 3), by the function names of DSP's first version.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import dsp
import indexes

CORPUS = {
    "Hollin Bridge": "Hollin Bridge is a stone bridge over the Merrow, built by Ada Brask in 1764.",
    "Ada Brask": "Ada Brask (1721–1790) was an engineer from Wend.",
    "The Salt Road": "The Salt Road is a 1902 novel by Emil Tarn about a caravan.",
    "Emil Tarn": "Emil Tarn (1868–1941) was a novelist. He lived in Corran.",
    "Night Ferry": "Night Ferry is a 1951 film directed by Lotte Amsel.",
    "Lotte Amsel": "Lotte Amsel (1910–1988) was a director and editor.",
    "Merrow": "The Merrow is a river of 210 kilometres that ends in the Bay of Wend.",
    "Quiet Hours": "Quiet Hours is a string quartet composed by Jonas Hale in 1888.",
}
TRAIN = [
    dsp.Example(question="Who wrote the novel The Salt Road?", answer=["Emil Tarn", "Tarn"]),
    dsp.Example(question="Who directed the film Night Ferry?", answer=["Lotte Amsel"]),
    dsp.Example(question="Who painted The Blue Gate?", answer=["Ivo Senn"]),  # nothing in the corpus answers it
]
QUESTION = "Who built Hollin Bridge?"

Question = dsp.Type(prefix="Question:", desc="${what is asked}")
Context = dsp.Type(prefix="Context:", desc="${passages that may hold the answer}", format=dsp.passages2text)
Rationale = dsp.Type(prefix="Rationale: Step by step:", desc="${how the passages lead to the answer}")
Answer = dsp.Type(prefix="Answer:", desc="${a name or a short phrase}", format=dsp.format_answers)

qa = dsp.Template(
    instructions="Answer the question in a few words.",
    context=Context(),
    question=Question(),
    rationale=Rationale(),
    answer=Answer(),
)


@dsp.transformation
def demonstrate(example: dsp.Example, k: int) -> dsp.Example:
    """Up to k training questions that were worked out, and the others as they are, question and answer alone."""
    others = dsp.sample(dsp.all_but(TRAIN, example), k=len(TRAIN))
    example.demos = dsp.annotate(attempt)(others, k=k, return_all=True)
    return example


def attempt(demo: dsp.Example) -> dsp.Example | None:
    """A training question worked out by the program; None where passages or answer are wrong."""
    worked_out = search(dsp.Example(question=demo.question, demos=dsp.all_but(TRAIN, demo)))
    if not dsp.passage_match(worked_out.context, demo.answer):
        return None
    worked_out = predict(worked_out, n=1)
    if not dsp.answer_match(worked_out.answer, demo.answer):
        return None
    return demo.copy(**worked_out.without("demos"))


@dsp.transformation
def search(example: dsp.Example, k: int = 3) -> dsp.Example:
    example.context = dsp.retrieve(example.question, k=k)
    return example


@dsp.transformation
def predict(example: dsp.Example, n: int) -> dsp.Example:
    """The answer of one completion; of several, the one that most of them give (self-consistency)."""
    if n == 1:
        example, _ = dsp.generate(qa)(example, stage="qa")
        return example
    _, completions = dsp.generate(qa, n=n, temperature=0.7)(example, stage="qa")
    return example.copy(answer=dsp.majority(completions).answer)


def program(question: str, samples: int = 5) -> dsp.Example:
    return predict(search(demonstrate(dsp.Example(question=question), k=2)), n=samples)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--lm", default="extractive", help="an LM by name; the embedded one is the default")
    options.add_argument("--question", default=QUESTION)
    chosen = options.parse_args()
    passages = [indexes.Passage(title, title, text) for title, text in CORPUS.items()]
    with (
        tempfile.TemporaryDirectory() as folder,
        indexes.build(passages, Path(folder) / "index") as index,
        dsp.context(lm=dsp.LM(chosen.lm), rm=index),
    ):
        done = program(chosen.question)
    for demo in done.demos:
        print(f"{'Worked out' if demo.augmented else 'As it is'}   {demo.question}  {dsp.format_answers(demo.answer)}")
    print(f"Question   {done.question}")
    for hit in done.context:
        print(f"Reads      {hit}")
    print(f"Answer     {done.answer}")


if __name__ == "__main__":
    main()
