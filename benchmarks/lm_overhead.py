"""What a call that is answered from a cache costs, in µs, and what each wrapper adds to an instant LM.

python benchmarks/lm_overhead.py [--calls 20000] [--json]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from dsp.cache.layered import LayeredCache
from dsp.cache.memory import MemoryCache
from dsp.cache.sqlite import SQLiteCache
from dsp.lms.base import BaseLM, LocalLM
from dsp.lms.budgeted import Budget, budgeted
from dsp.lms.cached import cached
from dsp.lms.limited import limited
from dsp.lms.retrying import retrying
from dsp.types.messages import LMCompletion, LMRequest, LMResponse

SHORT = "Question: who wrote the first program?"
LONG = "\n".join(f"[{n}] «A title | " + "some words of a passage " * 25 + "»" for n in range(22))


class Instant(LocalLM):
    """Answers at once, with nothing else to pay for."""

    @property
    def name(self) -> str:
        return "instant/none"

    def complete(self, request: LMRequest) -> LMResponse:
        return LMResponse((LMCompletion("Ada Lovelace"),))


def microseconds(lm: BaseLM, prompt: str, calls: int) -> float:
    """The mean of the best of five runs of so many equal calls."""
    lm(prompt)
    runs = []
    for _ in range(5):
        begun = time.perf_counter()
        for _ in range(calls // 5):
            lm(prompt)
        runs.append((time.perf_counter() - begun) / (calls // 5))
    return min(runs) * 1e6


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
            f"{name}, {len(prompt) / 1000:.1f} kB": microseconds(lm, prompt, options.calls)
            for name, lm in ways.items()
            for prompt in (SHORT, LONG)
        }
        disk.close()
    if options.json:
        print(json.dumps(figures, indent=1))
        return
    for name, figure in figures.items():
        print(f"{name:<42} {figure:7.1f} µs a call")


if __name__ == "__main__":
    main()
