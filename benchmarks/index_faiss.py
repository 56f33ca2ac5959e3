"""Engine `faiss` over many vectors: recall, time and memory of its kinds, beside FAISS itself, on one core.

    python benchmarks/index_faiss.py [--sizes 100000] [--kinds auto] [--vectors FILE --asked FILE] [--json]
    python benchmarks/index_faiss.py --sizes 100000 1000000

Recall is what part of the exact ten best, by float32, is among the ten found, over queries that building never saw.
"library" is a search by FAISS alone in the same structure, with the same effort, from a vector to ordinals; "engine" is
the engine's, from a text that has its vector ready to ordinals and scores; "index" is all of `Index.search`, passages
read and decoded. "flat" is FAISS comparing everything. Each stage runs in a process of its own held to one core. Times
are of the CPU, as the median over the queries; memory is what the process that searches has resident, interpreter,
libraries, mapped files and all, at the end, and how much of that is there before the index is opened.

Vectors are made up: 400 topics by Zipf's law with exponent 1/2, each with 200 subtopics and 48 directions of its own,
in which its vectors vary most; and noise whose variance falls off as the 0.8th power, in all directions. Of 15,765 such
vectors the intrinsic dimension (Levina & Bickel 2004, 100 neighbours) is 33, and of 256 lists 32 give 0.92 of the ten
nearest; of as many passages of HotpotQA embedded by all-MiniLM-L6-v2 it is 29, and they give 0.93 to 0.95. `--vectors`
and `--asked`, both .npy of float32 rows, take others: of the second, one half tunes and the other measures.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import indexes
from indexes import Passage

DIMENSION, TOPICS, SUBTOPICS, DIRECTIONS = 384, 400, 200, 48
CHUNK, K = 50_000, 10
Rows = NDArray[np.float32]


def unit(rows: Rows) -> Rows:
    return (rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-12)).astype(np.float32)


class Mixture:
    """Vectors of unit length about topics, subtopics and directions: see the top of the file."""

    def __init__(self, seed: int = 0) -> None:
        chance = np.random.default_rng(seed)
        falling = np.arange(1, DIMENSION + 1) ** -0.4
        rotation = np.linalg.qr(chance.standard_normal((DIMENSION, DIMENSION)))[0]
        self._noise = ((falling / np.linalg.norm(falling))[:, None] * rotation).astype(np.float32)
        self._topics = unit(chance.standard_normal((TOPICS, DIMENSION), dtype=np.float32) @ self._noise)
        self._subtopics = unit(chance.standard_normal((TOPICS, SUBTOPICS, DIMENSION), dtype=np.float32) @ self._noise)
        lengths = np.arange(1, DIRECTIONS + 1) ** -0.3
        lengths *= 1.4 / np.linalg.norm(lengths)
        directions = unit(chance.standard_normal((TOPICS, DIRECTIONS, DIMENSION), dtype=np.float32))
        self._directions = (directions * lengths[:, None]).astype(np.float32)
        self._shares = np.arange(1, TOPICS + 1) ** -0.5 / (np.arange(1, TOPICS + 1) ** -0.5).sum()

    def rows(self, count: int, seed: int) -> Iterator[Rows]:
        chance = np.random.default_rng((1, seed))
        for first in range(0, count, CHUNK):
            size = min(CHUNK, count - first)
            topics = chance.choice(TOPICS, size, p=self._shares)
            rows = self._topics[topics] + self._subtopics[topics, chance.integers(0, SUBTOPICS, size)]
            along = chance.standard_normal((size, DIRECTIONS), dtype=np.float32)
            for topic in range(TOPICS):
                its = np.flatnonzero(topics == topic)
                rows[its] += along[its] @ self._directions[topic]
            rows += 0.5 * (chance.standard_normal((size, DIMENSION), dtype=np.float32) @ self._noise)
            yield unit(rows)


class Ready:
    """An embedder whose vectors lie ready in files: text "17" has row 17; queries are told apart by their words."""

    def __init__(self, folder: Path) -> None:
        self.dimension = json.loads((folder / "shape.json").read_text())["dimension"]
        self.fingerprint = "ready"
        self._path = folder / "rows.f32"
        self._tuning, self._asked = (np.load(folder / f"{name}.npy") for name in ("tuning", "asked"))

    def embed_passages(self, texts: Sequence[str]) -> Rows:
        numbers = [int(text) for text in texts]
        start, size = numbers[0], 4 * self.dimension
        rows = np.fromfile(self._path, dtype="<f4", count=len(texts) * self.dimension, offset=start * size)
        return rows.reshape(len(texts), self.dimension)  # they are asked for one after another

    def embed_queries(self, texts: Sequence[str]) -> Rows:
        rows = [
            self._asked[int(text[4:])] if text.startswith("ask ") else self._tuning[int(text) % len(self._tuning)]
            for text in texts
        ]
        return np.stack(rows) if len(rows) > 1 else rows[0][None]


def make(folder: Path, size: int, queries: int, vectors: str, asked: str) -> dict[str, Any]:
    if vectors:
        rows, others = unit(np.load(vectors)), unit(np.load(asked))
        others = others[np.random.default_rng(0).permutation(len(others))]
        blocks, tuning, last = iter([rows]), others[: len(others) // 2], others[len(others) // 2 :]
        size = len(rows)
    else:
        mixture = Mixture()
        blocks = mixture.rows(size, seed=0)
        tuning, last = (np.concatenate(list(mixture.rows(queries, seed))) for seed in (1, 2))
    with (folder / "rows.f32").open("wb") as file:
        for block in blocks:
            file.write(block.astype("<f4").tobytes())
    np.save(folder / "tuning.npy", tuning)
    np.save(folder / "asked.npy", last)
    (folder / "shape.json").write_text(json.dumps({"size": size, "dimension": tuning.shape[1]}))
    return {"size": size, "dimension": tuning.shape[1]}


def exact(folder: Path) -> dict[str, Any]:
    """The ten best of each query, and what FAISS takes for finding those of one in all the vectors."""
    import faiss

    shape = json.loads((folder / "shape.json").read_text())
    rows = np.fromfile(folder / "rows.f32", dtype="<f4").reshape(-1, shape["dimension"])
    asked = np.load(folder / "asked.npy")
    index = faiss.IndexFlatIP(shape["dimension"])
    index.add(rows)
    found = [index.search(asked[start : start + 256], K)[1] for start in range(0, len(asked), 256)]
    np.save(folder / "best.npy", np.concatenate(found))
    times = [cpu_time(partial(index.search, row[None], K)) for row in asked[:30]]
    return {"flat_p50_us": float(np.median(times)), "flat_mb": rows.nbytes / 1e6}


def build(folder: Path, kind: str) -> dict[str, Any]:
    embedder = Ready(folder)
    size = json.loads((folder / "shape.json").read_text())["size"]
    passages = (Passage(f"p{number}", "", str(number)) for number in range(size))
    before, cpu, wall = resident_mb(), time.process_time(), time.perf_counter()
    indexes.build(passages, folder / kind, engine="faiss", embedder=embedder, kind=kind).close()
    return {
        "build_cpu_s": time.process_time() - cpu,
        "build_wall_s": time.perf_counter() - wall,
        "build_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "build_before_mb": before,
        "disk_mb": sum(path.stat().st_size for path in (folder / kind).rglob("engine/*")) / 1e6,
    }


def serve(folder: Path, kind: str) -> dict[str, Any]:
    import faiss

    embedder = Ready(folder)
    best = np.load(folder / "best.npy")
    before = resident_mb()
    indexes.open(folder / kind, embedder=embedder).close()  # modules are loaded once a process, not once an index
    wall = time.perf_counter()
    index = indexes.open(folder / kind, embedder=embedder)
    opened = 1000 * (time.perf_counter() - wall)
    reader: Any = index._reader  # the engine's own, so that nothing is mapped twice
    texts = [f"ask {number}" for number in range(len(best))]
    recall = np.mean([len(set(found) & set(best[at])) / K for at, found in enumerate(ordinals(reader, texts))])
    after = resident_mb()
    library = library_search(faiss, reader._searcher, reader.facts()["effort"])
    rows = embedder.embed_queries(texts)
    same = np.mean([len(set(library(row)) & set(best[at])) / K for at, row in enumerate(rows)])
    timed = [  # in turns, so that what else the machine does falls on all three alike
        in_turn(partial(library, row), partial(reader.search, text, K), partial(index.search, text, K))
        for row, text in zip(rows, texts, strict=True)
    ]
    medians, late = np.median(timed, axis=0), np.percentile(timed, 99, axis=0)
    return {
        "open_wall_ms": opened,
        "recall": float(recall),
        "library_recall": float(same),
        "library_p50_us": float(medians[0]),
        "engine_p50_us": float(medians[1]),
        "added_us": float(np.median([engine - alone for alone, engine, _ in timed])),
        "index_p50_us": float(medians[2]),
        "engine_p99_us": float(late[1]),
        "resident_mb": after,
        "resident_before_mb": before,
        "facts": reader.facts(),
    }


def ordinals(reader: Any, texts: Sequence[str]) -> Iterator[list[int]]:
    for text in texts:
        yield [ordinal for ordinal, _ in reader.search(text, K)]


def in_turn(*calls: Callable[[], Any]) -> list[float]:
    """Microseconds of each, after a call of the first that is not counted: it finds the memory cold."""
    calls[0]()
    return [cpu_time(call) for call in calls]


def library_search(faiss: Any, searcher: Any, effort: dict[str, int]) -> Callable[[Rows], Any]:
    """A search as somebody with FAISS alone would write it, in the engine's own structure."""
    index, params = searcher._index, None
    if effort["queue"]:
        params = faiss.SearchParametersHNSW(efSearch=effort["queue"])
    if effort["probes"]:
        params = faiss.SearchParametersIVF(nprobe=effort["probes"])
    if effort["candidates"]:
        factor = (effort["candidates"] + 0.5) / K
        params = faiss.IndexRefineSearchParameters(k_factor=factor, base_index_params=params)
        rotation = searcher._layout.rotation
        turn = faiss.LinearTransform(*rotation.shape)
        faiss.copy_array_to_vector(rotation.reshape(-1), turn.A)
        turn.is_trained = True
        return lambda row: index.search(turn.apply(row[None]), K, params=params)[1][0]
    return lambda row: index.search(row[None], K, params=params)[1][0]


def cpu_time(call: Callable[[], Any]) -> float:
    """Microseconds."""
    start = time.process_time_ns()
    call()
    return (time.process_time_ns() - start) / 1000


def resident_mb() -> float:
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    [line] = [line for line in status.read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def stage(name: str, *arguments: object) -> dict[str, Any]:
    """Run one stage in a process of its own."""
    command = [sys.executable, __file__, "--stage", name, *map(str, arguments)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def run_stage(name: str, *arguments: str) -> dict[str, Any]:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    folder = Path(arguments[0])
    if name == "make":
        return make(folder, int(arguments[1]), int(arguments[2]), arguments[3], arguments[4])
    if name == "exact":
        return exact(folder)
    return (build if name == "build" else serve)(folder, arguments[1])


def measure(size: int, kinds: Sequence[str], queries: int, vectors: str, asked: str) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as name:
        made = stage("make", name, size, queries, vectors, asked)
        flat = stage("exact", name)
        for kind in kinds:
            yield {"kind": kind, **made, **flat, **stage("build", name, kind), **stage("serve", name, kind)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000])
    parser.add_argument("--kinds", nargs="+", default=["auto"])
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--vectors", default="", help="vectors to use instead of made-up ones, .npy")
    parser.add_argument("--asked", default="", help="queries' vectors for them, .npy")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--stage", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.stage:
        print(json.dumps(run_stage(*given.stage)))
        return
    for size in [0] if given.vectors else given.sizes:
        for row in measure(size, given.kinds, given.queries, given.vectors, given.asked):
            if given.json:
                print(json.dumps(row), flush=True)
                continue
            figures = (f"  {name:<18}{value:12,.3f}" for name, value in row.items() if isinstance(value, float))
            print(f"{row['kind']}, {row['size']:,} vectors of {row['dimension']}", *figures, sep="\n")
            print(f"  {row['facts']}", flush=True)


if __name__ == "__main__":
    main()
