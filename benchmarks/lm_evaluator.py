"""What the evaluator itself costs: µs of CPU an example, and memory, from 1,000 to 100,000 examples.

    python benchmarks/lm_evaluator.py [--sizes 1000 10000 100000] [--json]

The program answers at once, so that what is measured is Evaluate with Tasks: its records, its scores, its intervals.
Each size runs in a process of its own. Memory is the most that the process held, less what it held before.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import time
from collections.abc import Iterable

from dsp.evaluate.evaluator import Evaluate
from dsp.execution.tasks import Tasks
from dsp.types.example import Example
from dsp.types.prediction import Prediction

MEGABYTE = 1024.0
"""Of `ru_maxrss`, which counts in kilobytes."""


async def instant(question: str) -> Prediction:
    return Prediction(answer="Ada Lovelace")


def measure(size: int) -> dict[str, float]:
    devset = [Example(question=f"who {n}?", answer="Ada Lovelace").with_inputs("question") for n in range(size)]
    evaluate = Evaluate(devset, {"any": lambda *_: 1.0}, executor=Tasks(64))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    evaluation = evaluate(instant)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert evaluation.mean("any") == 1.0
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {"cpu_us": 1e6 * cpu / size, "wall_us": 1e6 * wall / size, "megabytes": held / MEGABYTE}


def apart(sizes: Iterable[int]) -> dict[int, dict[str, float]]:
    context = multiprocessing.get_context("spawn")
    figures = {}
    for size in sizes:
        with context.Pool(1) as pool:
            figures[size] = pool.apply(measure, (size,))
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = apart(options.sizes)
    if options.json:
        print(json.dumps(figures, indent=1))
        return
    for size, figure in figures.items():
        print(
            f"{size:>9,} examples  {figure['cpu_us']:6.1f} µs CPU an example ({figure['wall_us']:.1f} µs wall), "
            f"{figure['megabytes']:.0f} MB more than before"
        )


if __name__ == "__main__":
    main()
