"""A retrieval-augmented program as DSPy's users write it: only its import has changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import dsp as dspy
from dsp.evaluate import SemanticF1
from dsp.testing.dummy import DummyLM
from dsp.types.messages import text_of

CORPUS = [
    "Tides | The tide rises and falls twice a day because the Moon pulls at the sea.",
    "Salt | Sea water is salty because rivers carry minerals into it.",
    "Wind | Wind blows from high pressure to low pressure.",
]
DATA = [
    {"question": "Why does the tide rise?", "response": "Because the Moon pulls at the sea."},
    {"question": "Why is the sea salty?", "response": "Because rivers carry minerals into it."},
    {"question": "Where does wind blow?", "response": "From high pressure to low pressure."},
]


def bag(texts: list[str]) -> list[list[float]]:
    """How often each letter occurs: an embedding that needs no model."""
    return [[float(text.lower().count(letter)) for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts]


class RAG(dspy.Module):
    def __init__(self, num_docs: int = 2) -> None:
        self.num_docs = num_docs
        self.respond = dspy.ChainOfThought("context, question -> response")

    def forward(self, question: str) -> dspy.Prediction:
        context = search(question).passages
        return self.respond(context=context, question=question)


embedder = dspy.Embedder(bag)
search = dspy.retrievers.Embeddings(embedder=embedder, corpus=CORPUS, k=2)


@pytest.fixture
def lm() -> DummyLM:  # type: ignore[valid-type]
    return DummyLM(
        {
            "expected": {"reasoning": "They agree.", "recall": 1.0, "precision": 1.0},
            **{row["question"]: {"reasoning": "It says so.", "response": row["response"]} for row in DATA},
        }
    )


def test_it_answers_is_judged_compiled_saved_and_inspected(lm: Any, tmp_path: Path) -> None:
    dspy.configure(lm=lm)
    data = [dspy.Example(**row).with_inputs("question") for row in DATA]
    rag = RAG()
    assert rag(question="Why does the tide rise?").response == "Because the Moon pulls at the sea."
    assert "The tide rises and falls" in text_of(lm.requests[-1].messages[-1])

    metric = SemanticF1(decompositional=False)
    evaluate = dspy.Evaluate(devset=data, metric=metric, num_threads=2, display_progress=False, display_table=False)
    assert evaluate(rag).score == 100.0

    optimizer = dspy.BootstrapFewShot(metric=metric, max_bootstrapped_demos=2, max_labeled_demos=2)
    optimized = optimizer.compile(rag, trainset=data)
    assert len(optimized.respond.demos) == 2
    assert rag.respond.demos == []
    optimized.save(tmp_path / "rag.json")
    loaded = RAG()
    loaded.load(tmp_path / "rag.json")
    assert loaded.respond.demos == optimized.respond.demos
    assert len(loaded(question="Why is the sea salty?").response) > 0
    with dspy.track_usage() as usage:
        loaded(question="Where does wind blow?")
    assert usage.get_total_tokens()["dummy"]["calls"] == 1


def test_several_questions_run_together_and_the_vote_is_taken(lm: Any) -> None:
    dspy.configure(lm=lm)
    rag = RAG()
    questions = [dspy.Example(question=row["question"]).with_inputs("question") for row in DATA]
    together = dspy.Parallel(num_threads=3)([(rag, example) for example in questions])
    assert [each.response for each in together] == [row["response"] for row in DATA]
    assert [each.response for each in rag.batch(questions, num_threads=2)] == [row["response"] for row in DATA]
    vote = dspy.majority(dspy.Predict("question -> response", n=3)(question=DATA[0]["question"]))
    assert vote.response == DATA[0]["response"]


async def answered(program: dspy.Module, question: str) -> list[Any]:
    one = await dspy.asyncify(program)(question=question)
    other = await program.acall(question=question)
    streamed = dspy.streamify(program, stream_listeners=[dspy.streaming.StreamListener("response")])
    pieces = [part async for part in streamed(question=question)]
    return [one, other, *pieces]


def test_it_is_awaited_and_streamed(lm: Any) -> None:
    import asyncio

    dspy.configure(lm=lm)
    one, other, *pieces, last = asyncio.run(answered(RAG(), DATA[1]["question"]))
    assert one.response == other.response == last.response == DATA[1]["response"]
    assert "".join(piece.chunk for piece in pieces) == DATA[1]["response"]
