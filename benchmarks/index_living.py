"""What changes of an index cost beside building it, and what searches cost after them.

    python benchmarks/index_living.py [--size 100000] [--engine bm25] [--queries 300] [--json]

Over the generated passages of index_scale.py: one and a hundred passages are added, updated and deleted (the median of
five times), then a tenth of all is deleted, and the index is compacted. Times are of the CPU of this process, all its
threads, with the wall clock's, which waits for the disk as well, beside them. Searches are asked of an index without
deleted passages, with a few hundred, and with a tenth deleted. Opening is timed in full: an index that is known to be
as it was written, and a fresh copy, every byte of which is read once.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

from index_scale import passages

import indexes
from indexes import Passage

TIMES = 5
Cost = dict[str, float]


def cost(work: Callable[[], object]) -> Cost:
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}


def median(costs: list[Cost]) -> Cost:
    return {clock: statistics.median(one[clock] for one in costs) for clock in costs[0]}


def changes(folder: Path, count: int, fresh: list[Passage], chance: random.Random, size: int) -> dict[str, Cost]:
    """The costs of adding, updating and deleting so many passages, each the median of some times."""
    costs: dict[str, list[Cost]] = {"add": [], "update": [], "delete": []}
    for _ in range(TIMES):
        new = [fresh.pop() for _ in range(count)]
        changed = [
            Passage(passage.id, passage.title, f"{passage.text} changed", passage.metadata) for passage in new[:count]
        ]
        costs["add"].append(cost(lambda new=new: indexes.add(folder, new)))
        costs["update"].append(cost(lambda changed=changed: indexes.update(folder, changed)))
        gone = [f"p{number}" for number in chance.sample(range(size), count)]
        costs["delete"].append(cost(lambda gone=gone: indexes.delete(folder, gone, missing_ok=True)))
    return {f"{work} {count}": median(one) for work, one in costs.items()}


def searches(folder: Path, queries: list[str]) -> dict[str, float]:
    """Milliseconds of CPU for a query's ten passages: median and 99th percentile."""
    with indexes.open(folder) as index:
        for query in queries[:20]:
            index.search(query, 10)
        times = sorted(cost(lambda query=query: index.search(query, 10))["cpu"] * 1e3 for query in queries)
    return {"p50": statistics.median(times), "p99": times[int(0.99 * len(times))]}


def measure(size: int, engine: str, asked: int) -> dict[str, Any]:
    chance = random.Random(0)
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "index"
        fresh = list(islice(passages(size + 2000), size, None))
        queries = [" ".join(chance.sample(passage.text.split(), 12)) for passage in fresh[:asked]]
        result: dict[str, Any] = {"size": size, "engine": engine}
        result["build"] = cost(lambda: indexes.build(passages(size), folder, engine=engine).close())
        result["open"] = median([cost(lambda: indexes.open(folder).close()) for _ in range(TIMES)])
        shutil.copytree(folder, Path(home) / "copy")
        result["open a copy"] = cost(lambda: indexes.open(Path(home) / "copy").close())
        shutil.rmtree(Path(home) / "copy")
        result["search"] = searches(folder, queries)
        for count in (1, 100):
            result |= changes(folder, count, fresh, chance, size)
        result["search, some deleted"] = searches(folder, queries)
        tenth = [f"p{number}" for number in range(0, size, 10)]
        result["delete a tenth"] = cost(lambda: indexes.delete(folder, tenth, missing_ok=True))
        result["search, a tenth deleted"] = searches(folder, queries)
        result["open, a tenth deleted"] = median([cost(lambda: indexes.open(folder).close()) for _ in range(TIMES)])
        result["compact"] = cost(lambda: indexes.compact(folder))
        result["search, compacted"] = searches(folder, queries)
        return result


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", type=int, default=100_000, metavar="N", help="passages (default: %(default)s)")
    parser.add_argument("--engine", default="bm25", metavar="NAME", help="(default: %(default)s)")
    parser.add_argument("--queries", type=int, default=300, metavar="N", help="(default: %(default)s)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result = measure(options.size, options.engine, options.queries)
    if options.json:
        print(json.dumps(result))
        return 0
    print(f"{result.pop('size'):,} passages, engine {result.pop('engine')}")
    for name, value in result.items():
        if "p50" in value:
            print(f"{name:<24} {value['p50']:.2f} ms, 99th percentile {value['p99']:.2f} ms")
        else:
            print(f"{name:<24} {value['cpu'] * 1e3:,.1f} ms of CPU, {value['wall'] * 1e3:,.1f} ms by the clock")
    return 0


if __name__ == "__main__":
    sys.exit(main())
