"""The DSP paper's program for conversations, in its own style: a question is made to stand alone, then answered.

    python examples/paper_conversational_qa.py
    python examples/paper_conversational_qa.py --lm openai/gpt-4.1-mini

A question in a conversation leans on what was said before ("When was it built?"). The LM rewrites it as a query that
needs no conversation; the passages found by query and question together are read for the answer. A demonstration is
kept only where its passages hold the answer, and no turn of a conversation demonstrates another turn of it: `all_but`
looks at the history as well. After Khattab et al. 2022 (arXiv 2212.14024, section 4), by the function names of DSP's
first version.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import dsp
import indexes

CORPUS = {
    "Hollin Bridge": "Hollin Bridge is a stone bridge over the Merrow. Hollin Bridge was built by Ada Brask in 1764.",
    "Ada Brask": "Ada Brask (1721–1790) was an engineer. Ada Brask was born in Wend.",
    "Night Ferry": "Night Ferry is a 1951 film. Night Ferry was directed by Lotte Amsel.",
    "Lotte Amsel": "Lotte Amsel (1910–1988) was a director. Lotte Amsel was born in Pelham.",
    "Quiet Hours": "Quiet Hours is a string quartet. Quiet Hours was composed by Jonas Hale in 1888.",
    "Jonas Hale": "Jonas Hale (1851–1907) was a composer. Jonas Hale was born in Estmere.",
    "Merrow": "The Merrow is a river of 210 kilometres.",
}
TRAIN = [
    dsp.Example(
        question="Where was she born?",
        history=["Who directed Night Ferry?", "Lotte Amsel"],
        answer=["Pelham"],
        search_query="Lotte Amsel born",
    ),
    dsp.Example(
        question="Who composed it?", history=["What is Quiet Hours?"], answer=["Jonas Hale"], search_query="Quiet Hours"
    ),
]
CONVERSATION = ["Who built Hollin Bridge?", "Where was Ada Brask born?"]

Question = dsp.Type(prefix="Question:", desc="${what is asked now}")
History = dsp.Type(prefix="Conversation:", desc="${what was said before, the oldest first}", format=" / ".join)
Context = dsp.Type(prefix="Context:", desc="${passages that may hold the answer}", format=dsp.passages2text)
Query = dsp.Type(prefix="Search Query:", desc="${the question in words that need no conversation}")
Answer = dsp.Type(prefix="Answer:", desc="${a name, a place or a short phrase}", format=dsp.format_answers)

rewrite = dsp.Template(
    instructions="Write a search query that says what the question asks, without the conversation.",
    history=History(),
    question=Question(),
    search_query=Query(),
)
qa = dsp.Template(
    instructions="Answer the question in a few words, from the passages.",
    context=Context(),
    history=History(),
    question=Question(),
    answer=Answer(),
)


@dsp.transformation
def demonstrate(example: dsp.Example) -> dsp.Example:
    """Other conversations: for the rewriting as somebody labelled it, for the answers with the passages found."""
    example.demos = dsp.annotate(attempt)(dsp.all_but(TRAIN, example), return_all=True)
    return example


def attempt(demo: dsp.Example) -> dsp.Example | None:
    context = dsp.retrieve_ensemble([demo.search_query, demo.question], k=2)
    if not dsp.passage_match(context, demo.answer):
        return None
    shown = dsp.Example(context=context, history=demo.history, question=demo.question, answer=demo.answer)
    return demo.copy(qa=shown)


@dsp.transformation
def search(example: dsp.Example) -> dsp.Example:
    """What was asked, made to stand alone, and the question itself find passages together."""
    example, _ = dsp.generate(rewrite)(example, stage="rewrite")
    example.context = dsp.retrieve_ensemble([example.search_query, " ".join([*example.history, example.question])], k=2)
    return example


@dsp.transformation
def predict(example: dsp.Example) -> dsp.Example:
    example, _ = dsp.generate(qa)(example, stage="qa")
    return example


def converse(questions: list[str]) -> list[dsp.Example]:
    """Each question answered in turn, what was said so far being its history."""
    said: list[str] = []
    turns = []
    for question in questions:
        turn = predict(search(demonstrate(dsp.Example(question=question, history=list(said)))))
        turns.append(turn)
        said += [question, str(turn.answer)]
    return turns


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--lm", default="extractive", help="an LM by name; the embedded one is the default")
    options.add_argument("--ask", action="append", help="a question; may be given several times")
    chosen = options.parse_args()
    passages = [indexes.Passage(title, title, text) for title, text in CORPUS.items()]
    with (
        tempfile.TemporaryDirectory() as folder,
        indexes.build(passages, Path(folder) / "index") as index,
        dsp.context(lm=dsp.LM(chosen.lm), rm=index),
    ):
        turns = converse(chosen.ask or CONVERSATION)
    for turn in turns:
        print(f"Question   {turn.question}")
        print(f"Asks       {turn.search_query}")
        print(f"Reads      {turn.context[0]}")
        print(f"Answer     {turn.answer}")


if __name__ == "__main__":
    main()
