"""What a predictor costs around its LM call, in µs of CPU and of the clock; dspy beside it.

The LM is an instant one, so that all the time is ours.

    python benchmarks/predict_overhead.py [--calls 2000] [--json]

Two cases: `Predict("question -> answer")` without demonstrations, and `ChainOfThought("context, question -> answer")`
with 6 passages and 16 demonstrations of 6 passages each. Each call has a question of its own. Where `dspy` is installed
in the same environment, its calls take turns with ours, with its own caches off; where it is not, that is said.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import dsp
from dsp.lms.base import LocalLM
from dsp.types.messages import LMCompletion, LMRequest, LMResponse
from indexes.passage import Hit, Passage

ROUNDS = 7
TEXT = "some words of a passage that says who wrote what and when it was " * 6
ANSWER = "[[ ## reasoning ## ]]\nIt says so.\n\n[[ ## answer ## ]]\nAda Lovelace\n\n[[ ## completed ## ]]"
CASES = ("Predict", "ChainOfThought, 6 passages, 16 demos")

Call = Callable[[str], Any]


class Instant(LocalLM):
    """Answers at once."""

    name = "instant/none"
    _answer = (LMCompletion(ANSWER),)

    def complete(self, request: LMRequest) -> LMResponse:
        return LMResponse(self._answer)


def passages(first: int) -> list[Hit]:
    return [
        Hit(Passage(str(first + n), f"Title {first + n}", f"{first + n} {TEXT}"), 10.0 - n, n + 1, "bm25")
        for n in range(6)
    ]


def fields(first: int, question: str) -> dict[str, Any]:
    return {"context": passages(first), "question": question}


def ours() -> list[Call]:
    dsp.configure(lm=Instant())
    plain, reasoned = dsp.Predict("question -> answer"), dsp.ChainOfThought("context, question -> answer")
    reasoned.demos = [
        dsp.Example(**fields(10 * n, f"Question {n}?"), reasoning="Because.", answer=f"Answer {n}", augmented=True)
        for n in range(16)
    ]
    context = passages(1000)
    return [
        lambda question: plain(question=question),
        lambda question: reasoned(context=context, question=question),
    ]


def theirs() -> list[Call] | None:
    """The same in dspy; None where it is not installed."""
    if importlib.util.find_spec("dspy") is None:
        return None
    import dspy  # type: ignore[import-not-found,unused-ignore]

    message = SimpleNamespace(content=ANSWER, tool_calls=None, role="assistant")
    response = SimpleNamespace(
        choices=[SimpleNamespace(message=message, finish_reason="stop", logprobs=None)],
        usage={"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
        model="instant",
    )

    class Peer(dspy.BaseLM):  # type: ignore[misc,unused-ignore]
        def forward(self, prompt: Any = None, messages: Any = None, **settings: Any) -> Any:
            return response

    dspy.configure(lm=Peer(model="instant", cache=False), track_usage=False)
    plain, reasoned = dspy.Predict("question -> answer"), dspy.ChainOfThought("context, question -> answer")

    def texts(first: int) -> list[str]:
        return [f"{hit.passage.title} | {hit.passage.text}" for hit in passages(first)]

    reasoned.predict.demos = [
        dspy.Example(
            context=texts(10 * n), question=f"Question {n}?", reasoning="Because.", answer=f"Answer {n}", augmented=True
        ).with_inputs("context", "question")
        for n in range(16)
    ]
    context = texts(1000)
    return [
        lambda question: plain(question=question),
        lambda question: reasoned(context=context, question=question),
    ]


def microseconds(call: Call, calls: int, start: int) -> tuple[float, float]:
    """A call's time, of the CPU and of the clock."""
    cpu, wall = time.process_time(), time.perf_counter()
    for number in range(start, start + calls):
        call(f"Who wrote program {number}?")
    return (time.process_time() - cpu) / calls * 1e6, (time.perf_counter() - wall) / calls * 1e6


def paired(sides: dict[str, Call], calls: int) -> dict[str, tuple[float, float]]:
    """The best round of each side; the sides take turns, so that whatever slows the machine slows both."""
    best = dict.fromkeys(sides, (float("inf"), float("inf")))
    each = max(1, calls // ROUNDS)
    for number in range(-1, ROUNDS):  # the first round is a warm-up
        for name, call in sides.items():
            took = microseconds(call, each, (number + 1) * each)
            if number >= 0:
                best[name] = (min(best[name][0], took[0]), min(best[name][1], took[1]))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    mine, peer = ours(), theirs()
    if peer is None:
        print("dspy is not installed here, so its calls are passed over: pip install dspy", file=sys.stderr)
    found = {
        case: paired({"dsp": mine[n], **({"dspy": peer[n]} if peer else {})}, options.calls)
        for n, case in enumerate(CASES)
    }
    if options.json:
        rounded = {
            case: {side: {"cpu": round(cpu, 1), "wall": round(wall, 1)} for side, (cpu, wall) in sides.items()}
            for case, sides in found.items()
        }
        print(json.dumps(rounded))
        return
    for case, sides in found.items():
        told = (f"{side} {cpu:7.1f} µs CPU, {wall:7.1f} µs" for side, (cpu, wall) in sides.items())
        print(f"{case:<40} " + "   ".join(told))


if __name__ == "__main__":
    main()
