"""Building and searching an index of a hundred thousand and of a million passages, on one core, beside rank-bm25.

    python benchmarks/index_scale.py [--sizes 100000 1000000] [--engine bm25] [--queries 1000] [--k 10] [--json]
    python benchmarks/index_scale.py --sizes 5000000 --build-cores 2

Passages of some 65 words: a vocabulary of 200,000 made-up words behind English's stop words, drawn by Zipf's
law with Mandelbrot's shift, so that the commonest word that is no stop word stands in about one passage of six. A
query is 12 words, stop words not counted, of one passage. Searches are end to end: a query's text in, ten passages
out. Building, opening and searching each run in a process of their own that is held to one core. Times are of the
CPU, which other work on the machine disturbs least; the wall clock's stand beside them. Serving memory is the
process's, shared pages and all, after all searches. rank-bm25 is asked only up to 100,000 passages, and a few queries;
`times_slower` is its median over that of the engine above it. With `--build-cores` building may use more than one core.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import indexes
from indexes import Passage
from indexes.analyzers.english import ENGLISH

COMMON = sorted(ENGLISH.stop_words)
VOCABULARY = 200_000
EXPONENT, SHIFT = 1.05, 2.7
ONSETS = [*"bcdfghjklmnprstvwz", "br", "st", "tr", "ch", "sh"]
VOWELS = [*"aeiou", "ai", "ou", "ea"]
PEER_LIMIT, PEER_QUERIES = 100_000, 10
CHUNK = 10_000


def vocabulary(generator: np.random.Generator) -> list[str]:
    """Distinct words of two to four syllables, the commonest first."""
    words = dict.fromkeys(COMMON)
    while len(words) < VOCABULARY:
        syllables = range(generator.integers(2, 5))
        words["".join(ONSETS[generator.integers(23)] + VOWELS[generator.integers(8)] for _ in syllables)] = None
    return list(words)


def passages(size: int, seed: int = 0) -> Iterator[Passage]:
    generator = np.random.default_rng(seed)
    words = np.array(vocabulary(generator), dtype=object)
    shares = np.cumsum(1 / (np.arange(VOCABULARY) + SHIFT) ** EXPONENT)
    for first in range(0, size, CHUNK):
        lengths = np.maximum(20, generator.poisson(65, min(CHUNK, size - first)))
        drawn = words[np.searchsorted(shares, generator.random(lengths.sum()) * shares[-1])]
        for number, text in enumerate(np.split(drawn, np.cumsum(lengths)[:-1]), first):
            yield Passage(f"p{number}", " ".join(text[:3]), " ".join(text[3:]))


def write_corpus(size: int, path: Path) -> dict[str, Any]:
    with path.open("w") as file:
        for passage in passages(size):
            file.write(json.dumps({"id": passage.id, "title": passage.title, "text": passage.text}) + "\n")
    return {}


def warm_up(engine: str) -> None:
    """Load what the engine needs, and compile what it compiles on its first use: once a machine, not once an index."""
    with (
        tempfile.TemporaryDirectory() as name,
        indexes.build(passages(1), Path(name) / "index", engine=engine) as index,
    ):
        index.search("word", 1)


def build(corpus: Path, to: Path, engine: str) -> dict[str, Any]:
    warm_up(engine)
    wall, cpu = time.perf_counter(), time.process_time()
    indexes.build(corpus, to, engine=engine).close()
    return {
        "build_cpu_s": time.process_time() - cpu,
        "build_wall_s": time.perf_counter() - wall,
        "build_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "disk_mb": sum(path.stat().st_size for path in to.rglob("*") if path.is_file()) / 1e6,
    }


def queries_of(corpus: Path, count: int) -> list[str]:
    """Twelve words each, that are no stop words, of passages spread over the corpus."""
    chance = random.Random(7)
    size = corpus.stat().st_size
    queries = []
    with corpus.open("rb") as file:
        while len(queries) < count:
            file.seek(chance.randrange(size))
            file.readline()
            line = file.readline()
            words = [word for word in json.loads(line)["text"].split() if ENGLISH(word)] if line else []
            if len(words) >= 12:
                queries.append(" ".join(chance.sample(words, 12)))
    return queries


def serve(to: Path, queries: list[str], k: int) -> dict[str, Any]:
    indexes.open(to).close()  # the libraries are loaded once a process, not once an index
    wall, cpu = time.perf_counter(), time.process_time()
    index = indexes.open(to)
    opened = {"open_cpu_ms": 1000 * (time.process_time() - cpu), "open_wall_ms": 1000 * (time.perf_counter() - wall)}
    with index:
        for query in queries[:50]:
            index.search(query, k)
        return {**opened, **latencies(lambda query: index.search(query, k), queries), "serving_mb": resident_mb()}


def rank_bm25(corpus: Path, queries: list[str], k: int) -> dict[str, Any]:
    """The package itself, over the same terms: texts, once analyzed, are not counted."""
    from rank_bm25 import BM25Okapi

    with corpus.open() as file:
        terms = [ENGLISH(f"{record['title']} {record['text']}") for record in map(json.loads, file)]
    cpu = time.process_time()
    model = BM25Okapi(terms, k1=1.2, b=0.75)
    built = time.process_time() - cpu
    return {"build_cpu_s": built, **latencies(lambda query: model.get_top_n(ENGLISH(query), terms, k), queries)}


def latencies(search: Callable[[str], object], queries: list[str]) -> dict[str, float]:
    walls, cpus = [], []
    for query in queries:
        wall, cpu = time.perf_counter(), time.process_time()
        search(query)
        cpus.append(1000 * (time.process_time() - cpu))
        walls.append(1000 * (time.perf_counter() - wall))
    return {
        f"{name}_{clock}_ms": float(np.percentile(times, share))
        for clock, times in (("cpu", cpus), ("wall", walls))
        for name, share in (("p50", 50), ("p99", 99))
    }


def resident_mb() -> float:
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    [line] = [line for line in status.read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def stage(name: str, *arguments: object) -> dict[str, Any]:
    """Run one stage in a process of its own."""
    command = [sys.executable, __file__, "--stage", name, *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def run_stage(name: str, *arguments: str) -> dict[str, Any]:
    if hasattr(os, "sched_setaffinity"):
        cores = int(arguments[3]) if name == "build" else 1
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-cores:])
    if name == "corpus":
        return write_corpus(int(arguments[0]), Path(arguments[1]))
    if name == "build":
        return build(Path(arguments[0]), Path(arguments[1]), arguments[2])
    corpus, to, count, k = Path(arguments[0]), Path(arguments[1]), int(arguments[2]), int(arguments[3])
    queries = queries_of(corpus, count)
    return rank_bm25(corpus, queries[:PEER_QUERIES], k) if name == "peer" else serve(to, queries, k)


def measure(size: int, engine: str, queries: int, k: int, cores: int) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as name:
        corpus, to = Path(name) / "corpus.jsonl", Path(name) / "index"
        stage("corpus", size, corpus)
        built = stage("build", corpus, to, engine, cores)
        served = stage("serve", corpus, to, queries, k)
        yield {"size": size, "engine": engine, **built, **served}
        if size <= PEER_LIMIT:
            peer = stage("peer", corpus, to, PEER_QUERIES, k)
            times = peer["p50_cpu_ms"] / served["p50_cpu_ms"]
            yield {"size": size, "engine": "rank-bm25", **peer, "times_slower": times}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--engine", default="bm25")
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--k", type=int, default=10)
    parser.add_argument("--build-cores", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--stage", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.stage:
        print(json.dumps(run_stage(*given.stage)))
        return
    for size in given.sizes:
        for row in measure(size, given.engine, given.queries, given.k, given.build_cores):
            if given.json:
                print(json.dumps(row), flush=True)
            else:
                figures = (f"  {name:<15}{value:12,.1f}" for name, value in row.items() if isinstance(value, float))
                print(f"{row['engine']}, {row['size']:,} passages", *figures, sep="\n", flush=True)


if __name__ == "__main__":
    main()
