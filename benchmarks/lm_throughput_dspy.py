"""The peer's side of `lm_throughput.py`, run by a Python that has DSPy: prints one JSON object.

    PEER_PYTHON benchmarks/lm_throughput_dspy.py BASE_URL CALLS IN_FLIGHT CORE

The same calls to the same server: DSPy's LM called directly, from as many threads as are in flight, and `dspy.Predict`
under `dspy.Evaluate` with as many threads, DSPy's cache on, in a fresh folder.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from typing import Any

CONTEXT = "Ada Lovelace wrote the first program. " * 50


def timed(work: Callable[[int], object], calls: int, warm: int) -> dict[str, float]:
    work(warm)
    wall, cpu = time.perf_counter(), time.process_time()
    work(calls)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"calls_per_second": calls / wall, "cpu_ms_per_call": 1000 * cpu / calls}


def main() -> None:
    base_url, calls, in_flight, core = sys.argv[1], *map(int, sys.argv[2:5])
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DSPY_CACHEDIR"] = folder
        import dspy

        bare: Any = dspy.LM("openai/m", api_base=base_url, api_key="none", cache=False, max_tokens=50, temperature=0)
        lm: Any = dspy.LM("openai/m", api_base=base_url, api_key="none", max_tokens=50, temperature=0)
        dspy.configure(lm=lm)
        program = dspy.Predict("context, question -> answer")

        def called(count: int) -> None:
            with ThreadPoolExecutor(in_flight) as pool:
                list(pool.map(lambda n: bare(f"Context: {CONTEXT}\nQuestion: who wrote program {n}?"), range(count)))

        def evaluated(count: int) -> None:
            devset = [
                dspy.Example(
                    context=CONTEXT, question=f"who wrote program {count}.{n}?", answer="Ada Lovelace"
                ).with_inputs("context", "question")
                for n in range(count)
            ]
            evaluate: Any = dspy.Evaluate(
                devset=devset, metric=lambda example, prediction, trace=None: 1.0, num_threads=in_flight
            )
            evaluate(program)

        figures = {"dspy LM": timed(called, calls, in_flight), "dspy program": timed(evaluated, calls, in_flight)}
    print(json.dumps({"version": version("dspy"), "figures": figures}))


if __name__ == "__main__":
    main()
