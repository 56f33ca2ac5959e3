"""The DSP paper's program for multi-hop questions, in its own style: each hop notes what it learned and asks on.

    python examples/paper_multihop_qa.py
    python examples/paper_multihop_qa.py --lm openai/gpt-4.1-mini --hops 3

In every hop the LM reads what was found, writes queries, and their passages are fused. Demonstrations of each stage are
worked out by the program itself and travel in the example: `example.demos`, under the stage's name. `--branches 3` asks
the whole program three times, each time with other demonstrations, and lets the answers vote. After Khattab et al. 2022
(arXiv 2212.14024, sections 2 and 3), by the function names of DSP's first version.
"""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path

import dsp
import indexes

CORPUS = {
    "The Salt Road": "The Salt Road is a 1902 novel by Emil Tarn.",
    "Emil Tarn": "Emil Tarn (1868–1941) was a novelist and translator. He was born in Corran.",
    "Night Ferry": "Night Ferry is a 1951 film directed by Lotte Amsel.",
    "Lotte Amsel": "Lotte Amsel (1910–1988) was a director. She was born in Pelham and died in Ostry.",
    "Quiet Hours": "Quiet Hours is a string quartet composed by Jonas Hale.",
    "Jonas Hale": "Jonas Hale (1851–1907) was a composer. He was born in Estmere.",
    "Hollin Bridge": "Hollin Bridge is a stone bridge built by Ada Brask in 1764.",
    "Ada Brask": "Ada Brask (1721–1790) was an engineer. She was born in Wend.",
    "Corran": "Corran is a port on the western coast.",
    "Wend": "Wend is a market town on the Merrow.",
}
TRAIN = [
    dsp.Example(question="Where was the director of Night Ferry born?", answer=["Pelham"]),
    dsp.Example(question="Where was the composer of Quiet Hours born?", answer=["Estmere"]),
    dsp.Example(question="Where was the author of The Salt Road born?", answer=["Corran"]),
    dsp.Example(question="Where was the painter of The Blue Gate born?", answer=["Sorrel"]),  # not in the corpus
]
QUESTION = "Where was the engineer who built Hollin Bridge born?"

Question = dsp.Type(prefix="Question:", desc="${what is asked}")
Context = dsp.Type(prefix="Context:", desc="${passages found so far}", format=dsp.passages2text)
Rationale = dsp.Type(prefix="Rationale: Step by step:", desc="${what is known, and what is missing}")
Query = dsp.Type(prefix="Search Query:", desc="${a query for what is missing: a name and the key words}")
Answer = dsp.Type(prefix="Answer:", desc="${a name or a short phrase}", format=dsp.format_answers)

hop = dsp.Template(
    instructions="Write a search query that finds what is still missing for the answer.",
    context=Context(),
    question=Question(),
    rationale=Rationale(),
    search_query=Query(),
)
qa = dsp.Template(
    instructions="Answer the question in a few words.",
    context=Context(desc="${passages that hold the answer}"),
    question=Question(),
    rationale=Rationale(desc="${how the passages lead to the answer}"),
    answer=Answer(),
)


@dsp.transformation
def demonstrate(example: dsp.Example, hops: int) -> dsp.Example:
    """Two worked-out training questions; which are tried first is another draw in every branch."""
    others = dsp.sample(dsp.all_but(TRAIN, example), k=len(TRAIN))
    example.demos = dsp.annotate(partial(attempt, hops=hops))(others, k=2)
    return example


def attempt(demo: dsp.Example, hops: int) -> dsp.Example | None:
    worked_out = search(dsp.Example(question=demo.question, demos=[]), hops=hops, queries=1)
    if not dsp.passage_match(worked_out.context, demo.answer):
        return None
    worked_out, _ = dsp.generate(qa)(worked_out, stage="qa")
    return demo.copy(**worked_out) if dsp.answer_match(worked_out.answer, demo.answer) else None


@dsp.transformation
def search(example: dsp.Example, hops: int, queries: int, k: int = 2) -> dsp.Example:
    """The question finds the first passages; each further hop asks, and its queries vote on what to add."""
    example.context = dsp.retrieve(example.question, k=k)
    for number in range(1, hops):
        example, completions = dsp.generate(hop, n=queries)(example, stage=f"hop{number}")
        asked = completions.unpack("search_query")
        found = dsp.retrieve_ensemble(asked, k=len(example.context) + k)
        example.context = dsp.deduplicate([*example.context, *found])[: k * (number + 1)]
        example.queries = list(dict.fromkeys([*example.get("queries", []), *asked]))
    return example


@dsp.transformation
def predict(example: dsp.Example, n: int) -> dsp.Example:
    _, completions = dsp.generate(qa, n=n, temperature=0.7)(example, stage="qa")
    return example.copy(answer=dsp.majority(completions).answer)


def program(question: str, hops: int = 2, queries: int = 3, samples: int = 5) -> dsp.Example:
    example = demonstrate(dsp.Example(question=question), hops=hops)
    return predict(search(example, hops=hops, queries=queries), n=samples)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--lm", default="extractive", help="an LM by name; the embedded one is the default")
    options.add_argument("--question", default=QUESTION)
    options.add_argument("--hops", type=int, default=2)
    options.add_argument("--branches", type=int, default=1, help="samples of the whole program, which vote")
    chosen = options.parse_args()
    passages = [indexes.Passage(title, title, text) for title, text in CORPUS.items()]
    with (
        tempfile.TemporaryDirectory() as folder,
        indexes.build(passages, Path(folder) / "index") as index,
        dsp.context(lm=dsp.LM(chosen.lm), rm=index),
    ):
        run = partial(program, hops=chosen.hops)
        if chosen.branches > 1:
            runs = [branch.value for branch in dsp.branch(run, n=chosen.branches, temperature=0.3)(chosen.question)]
        else:
            runs = [run(chosen.question)]
    answer = dsp.most_common(run.answer for run in runs)
    for demo in runs[0].demos:
        print(f"Shows      {demo.question}  asks: {demo.hop1.search_query}  answers: {demo.qa.answer}")
    print(f"Question   {chosen.question}")
    for query in runs[0].queries:
        print(f"Asks       {query}")
    for hit in runs[0].context:
        print(f"Reads      {hit}")
    print(f"Answer     {answer}")


if __name__ == "__main__":
    main()
