"""How long the embedded LM takes, in ms: to read a passage, to answer, to write queries, to learn from demonstrations.

python benchmarks/extractive_speed.py [--questions 30] [--json]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from typing import Any

from dsp.data.world.world import generate_world
from dsp.lms.extractive import Extractive
from dsp.prompts.chat import ChatTemplate
from dsp.prompts.signature import Signature, make_signature
from dsp.types.messages import LMRequest
from indexes.passage import Passage

PASSAGES = 10
FIRST_HOP = 5
DEMOS = 8
ANSWER = make_signature("context, question -> reasoning, answer", "Answer the question with a short factoid answer.")
QUERY = make_signature("context, question -> reasoning, search_query", "Write only the name of what to look up.")


def request(signature: type[Signature], passages: Sequence[Passage], demos: Sequence[dict[str, Any]] = ()) -> LMRequest:
    inputs = {"context": passages, "question": question_about(passages)}
    return LMRequest(messages=tuple(ChatTemplate().render(signature, demos, inputs)), n=1)


def question_about(passages: Sequence[Passage]) -> str:
    return f"What is the work of the person who is named in the passage about {passages[0].title}?"


def demo(passages: Sequence[Passage]) -> dict[str, Any]:
    """A demonstration whose answer and query are the title of its last passage."""
    title = passages[-1].title
    return {
        "context": passages,
        "question": question_about(passages),
        "reasoning": passages[-1].text,
        "answer": title,
        "search_query": title,
        "augmented": True,
    }


def milliseconds(lm: Extractive, asked: LMRequest) -> float:
    begun = time.perf_counter()
    lm.complete(asked)
    return (time.perf_counter() - begun) * 1000


def measure(questions: int) -> dict[str, float]:
    """The median time of each kind of call; nothing is shared between the calls called new."""
    passages = iter(generate_world(PASSAGES * (questions * 4 + 2 * DEMOS * 3 + 2), 7).passages())

    def take(count: int) -> list[Passage]:
        return [next(passages) for _ in range(count)]

    lm = Extractive()
    lm.complete(request(ANSWER, take(1), [demo(take(1))]))
    times: dict[str, list[float]] = {}
    for _ in range(questions):
        answer, query = request(ANSWER, take(PASSAGES)), request(QUERY, take(FIRST_HOP))
        times.setdefault("answer over 10 new passages", []).append(milliseconds(lm, answer))
        times.setdefault("the same again", []).append(milliseconds(lm, answer))
        times.setdefault("query after 5 new passages", []).append(milliseconds(lm, query))
    for signature, name, size in ((ANSWER, "answer", PASSAGES), (QUERY, "query", FIRST_HOP)):
        for _ in range(3):
            taught = request(signature, take(1), [demo(take(size)) for _ in range(DEMOS)])
            first = milliseconds(lm, taught)
            times.setdefault(f"{name} with 8 new demonstrations", []).append(first)
            times.setdefault(f"{name} with 8 known demonstrations", []).append(milliseconds(lm, taught))
    return {name: statistics.median(values) for name, values in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=30)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measure(options.questions)
    if options.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:<40}{value:8.1f} ms")


if __name__ == "__main__":
    main()
