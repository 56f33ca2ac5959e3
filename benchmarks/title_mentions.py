"""Finding the titles that a passage mentions, among a hundred thousand, a million and five million, on one core.

    python benchmarks/title_mentions.py [--sizes 100000 1000000 5000000] [--passages 2000] [--json]

Titles are made up as an encyclopedia's are, no two the same: names of one to four words, drawn by Zipf's law from
300,000 words, one in five with a qualifier in brackets. Passages have some 100 words: one in six is capitalised, and
three of their names are titles. Building and searching each run in a process of their own that is held to one core;
times are of the CPU. Memory is what the tables add to the process, as far as they were touched; the titles themselves,
which an index reads from its passages, lie in memory.
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
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from indexes.engines.titles import Titles, TitleWriter

VOCABULARY = 300_000
LENGTHS = (0.2, 0.5, 0.2, 0.1)
"""The shares of titles of one, two, three and four words."""
QUALIFIERS = ("film", "novel", "album", "footballer", "politician", "1959 film")
WORDS, CAPITALISED, NAMED = 100, 1 / 6, 3
CHUNK = 50_000


def drawn(generator: np.random.Generator, count: int) -> list[str]:
    """Made-up words, by Zipf's law: word 7 is `Aagf`, and so on."""
    ranks = np.minimum(generator.zipf(1.2, count), VOCABULARY) - 1
    return ["".join(chr(97 + rank // 26**place % 26) for place in range(4)) for rank in ranks.tolist()]


def make(folder: Path, size: int) -> dict[str, Any]:
    """Writes as many titles, no two the same, a line each."""
    generator = np.random.default_rng(0)
    seen: set[str] = set()
    with (folder / "titles.txt").open("w") as file:
        while len(seen) < size:
            lengths = generator.choice(4, CHUNK, p=LENGTHS) + 1
            words = iter(drawn(generator, int(lengths.sum())))
            qualified = generator.random(CHUNK) < 0.2
            for length, with_one in zip(lengths.tolist(), qualified.tolist(), strict=True):
                name = " ".join(next(words).capitalize() for _ in range(length))
                title = f"{name} ({QUALIFIERS[len(name) % 6]})" if with_one else name
                if title not in seen and len(seen) < size:
                    seen.add(title)
                    file.write(title + "\n")
    return {}


def build(folder: Path, size: int) -> dict[str, Any]:
    writer = TitleWriter(folder)
    with (folder / "titles.txt").open() as lines:
        started = time.process_time()
        for line in lines:
            writer.add(line[:-1])
        writer.finish()
        spent = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    disk = sum(path.stat().st_size for path in folder.glob("titles.*") if path.suffix != ".txt")
    return {"size": size, "build_cpu_s": spent, "build_peak_mb": peak, "disk_mb": disk / 1e6}


def passages(folder: Path, size: int, count: int) -> Iterator[str]:
    """Texts that mention some of the titles."""
    generator = np.random.default_rng(1)
    chosen = set(generator.integers(0, size, count * NAMED).tolist())
    with (folder / "titles.txt").open() as lines:
        names = [line[:-1].split(" (")[0] for number, line in enumerate(lines) if number in chosen]
    for number in range(count):
        words = drawn(generator, WORDS)
        for place in np.flatnonzero(generator.random(WORDS) < CAPITALISED).tolist():
            words[place] = words[place].capitalize()
        for place in range(NAMED):
            words[30 * place] = names[(number * NAMED + place) % len(names)]
        yield " ".join(words) + "."


def search(folder: Path, size: int, count: int) -> dict[str, Any]:
    texts = list(passages(folder, size, count))
    lines = (folder / "titles.txt").read_bytes()
    starts = np.flatnonzero(np.frombuffer(lines, dtype=np.uint8) == 10) + 1
    offsets = np.concatenate([[0], starts])
    before = resident_mb()
    started = time.process_time()
    known = Titles(folder, size, lambda ordinal: lines[offsets[ordinal] : offsets[ordinal + 1] - 1].decode())
    opened = time.process_time() - started
    times, found = [], 0
    for text in texts:
        started = time.process_time()
        found += len(known.mentioned(text))
        times.append(1000 * (time.process_time() - started))
    return {
        "open_cpu_ms": 1000 * opened,
        "mentions_a_passage": found / count,
        "p50_cpu_ms": float(np.percentile(times, 50)),
        "p99_cpu_ms": float(np.percentile(times, 99)),
        "memory_mb": resident_mb() - before,
    }


def resident_mb() -> float:
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    [line] = [line for line in status.read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def stage(*arguments: object) -> dict[str, Any]:
    """Run one stage in a process of its own."""
    command = [sys.executable, __file__, "--stage", *map(str, arguments)]
    result: dict[str, Any] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000, 5_000_000])
    parser.add_argument("--passages", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--stage", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.stage:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        name, folder, *numbers = given.stage
        print(json.dumps({"make": make, "build": build, "search": search}[name](Path(folder), *map(int, numbers))))
        return
    for size in given.sizes:
        with tempfile.TemporaryDirectory() as folder:
            stage("make", folder, size)
            row = {**stage("build", folder, size), **stage("search", folder, size, given.passages)}
        if given.json:
            print(json.dumps(row), flush=True)
        else:
            figures = (f"  {name:<20}{value:12,.2f}" for name, value in row.items() if isinstance(value, float))
            print(f"{row['size']:,} titles", *figures, sep="\n", flush=True)


if __name__ == "__main__":
    main()
