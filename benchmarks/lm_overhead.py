"""What is added to an instant LM, in µs of CPU a call: by a Predict, a ChainOfThought, a cache, each other wrapper.

    python benchmarks/lm_overhead.py [--calls 20000] [--json]

CPU time, the best of five runs: wall time on a machine that does other work too says more about that work. The
ChainOfThought shows 6 passages and 16 demonstrations with 6 passages each.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from dsp import configuration
from dsp.cache.layered import LayeredCache
from dsp.cache.memory import MemoryCache
from dsp.cache.sqlite import SQLiteCache
from dsp.lms.base import LocalLM
from dsp.lms.budgeted import Budget, budgeted
from dsp.lms.cached import cached
from dsp.lms.limited import limited
from dsp.lms.retrying import retrying
from dsp.modules.chain_of_thought import ChainOfThought
from dsp.modules.predict import Predict
from dsp.types.example import Example
from dsp.types.messages import LMCompletion, LMRequest, LMResponse

SHORT = "Question: who wrote the first program?"
LONG = "\n".join(f"[{n}] «A title | " + "some words of a passage " * 25 + "»" for n in range(22))


class Instant(LocalLM):
    """Answers at once, with nothing else to pay for."""

    @property
    def name(self) -> str:
        return "instant/none"

    def complete(self, request: LMRequest) -> LMResponse:
        return LMResponse((LMCompletion("[[ ## reasoning ## ]]\nSo it is.\n\n[[ ## answer ## ]]\nAda Lovelace"),))


def microseconds(call: Callable[[], object], calls: int) -> float:
    """The CPU time of a call: the best of five runs of so many equal calls in all."""
    call()
    runs = []
    for _ in range(5):
        begun = time.process_time()
        for _ in range(calls // 5):
            call()
        runs.append((time.process_time() - begun) / (calls // 5))
    return min(runs) * 1e6


def of_modules(calls: int) -> dict[str, float]:
    """A Predict, and a ChainOfThought with a long prompt, no cache."""
    passages = [f"A title {number} | " + "some words of a passage " * 25 for number in range(6)]
    predict, thought = Predict("question -> answer"), ChainOfThought("context, question -> answer")
    for predictor in thought.predictors():
        predictor.demos = [
            Example(context=passages, question=f"who {number}?", reasoning="So.", answer="Ada", augmented=True)
            for number in range(16)
        ]
    with configuration.context(lm=Instant()):
        return {
            "Predict": microseconds(lambda: predict(question="who wrote it?"), calls),
            "ChainOfThought, 6 passages, 16 demos": microseconds(
                lambda: thought(context=passages, question="who wrote it?"), calls
            ),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        disk = SQLiteCache(Path(folder) / "cache.db")
        ways = {
            "an instant LM, bare": Instant(),
            "cached in memory": cached(Instant(), MemoryCache()),
            "cached on disk": cached(Instant(), disk),
            "cached in memory before disk": cached(Instant(), LayeredCache(MemoryCache(), disk)),
            "retrying": retrying(Instant()),
            "limited": limited(Instant(), in_flight=64, requests_per_minute=1e9),
            "budgeted": budgeted(Instant(), Budget(calls=10**9)),
        }
        figures = {
            f"{name}, {len(prompt) / 1000:.1f} kB": microseconds(partial(lm, prompt), options.calls)
            for name, lm in ways.items()
            for prompt in (SHORT, LONG)
        }
        disk.close()
    figures.update(of_modules(options.calls))
    if options.json:
        print(json.dumps(figures, indent=1))
        return
    for name, figure in figures.items():
        print(f"{name:<42} {figure:7.1f} µs CPU a call")


if __name__ == "__main__":
    main()
