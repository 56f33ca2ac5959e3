"""Random damage to index files: never a wrong answer, a crash of the interpreter or a hang.

    python benchmarks/index_fuzz.py [--flips 10000] [--engines bm25 rank_bm25 link_hop hybrid faiss] [--seed 0] [--json]

For each engine an index is built, then added to and deleted from, so that it has files of all kinds. A byte of one of
its files is flipped in place (one time in eight a file is cut, grown or partly zeroed instead), the index is opened,
searched and read through, and the file is mended. Every time there is either a typed error or exactly what the whole
index gives. The work is done in processes of 250 rounds, so that a crash or a hang of one is seen, and told with what
led to it. Exit status 1 where there was one, or a wrong answer.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import indexes
from indexes import Passage
from indexes.testing import PASSAGES
from indexes.testing.damage import damage, expected_of, opened
from indexes.verified import TICK_NS

ENGINES: dict[str, dict[str, Any]] = {
    "bm25": {"engine": "bm25"},
    "rank_bm25": {"engine": "rank_bm25"},
    "link_hop": {"engine": "link_hop"},
    "hybrid": {"engine": "hybrid", "dense": "rank_bm25"},
    "faiss": {"engine": "faiss", "embedder": "hashing"},
}
QUERIES = ["who wrote the novel Emma?", "Virginia Woolf lighthouse", "the same passages twin ids", "village 7"]
ROUNDS, LIMIT = 250, 120  # a process's rounds, and its seconds


def build(folder: Path, options: dict[str, Any]) -> None:
    """An index with parts, and with passages that were deleted."""
    more = [Passage(f"more {number}", f"Village {number}", f"village {number} " * (number % 9)) for number in range(60)]
    indexes.build([*PASSAGES, *more[:40]], folder, **options).close()
    indexes.add(folder, more[40:])
    indexes.delete(folder, ["woolf", "more 3", "more 50"])


def work(folder: Path, seed: int, rounds: int) -> None:
    """Damage, open, mend; a line before and after, the last of which tells what a crash was due to."""
    chance = random.Random(seed)
    expected = expected_of(folder, QUERIES)
    for number in range(rounds):
        if not number % 4:  # let the files come to be known as good, so that they are not read anyway
            time.sleep(2 * TICK_NS / 1e9)
            indexes.open(folder).close()
        done = damage(folder, chance)
        print(f"{done.path.name}: {done.how}", flush=True)
        outcome = opened(folder, expected)  # whatever it raises is a finding, and ends the process
        done.undo()
        print(f"= {outcome}", flush=True)


def watched(folder: Path, seed: int, rounds: int) -> tuple[Counter[str], list[str]]:
    """The outcomes of a process's rounds, and what went wrong."""
    command = [sys.executable, __file__, "--work", str(folder), "--seed", str(seed), "--flips", str(rounds)]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT)
        output, died = run.stdout, f"died ({run.returncode}) {run.stderr[-2000:]}" if run.returncode else ""
    except subprocess.TimeoutExpired as hung:
        output, died = (hung.stdout or b"").decode(), f"hung for {LIMIT} s"
    lines = output.splitlines()
    outcomes = Counter(line[2:] for line in lines if line in ("= refused", "= right"))
    return outcomes, [f"{lines[-1] if lines else 'at the start'}: {died}"] if died else []


def fuzz(engine: str, flips: int, seed: int) -> dict[str, Any]:
    outcomes: Counter[str] = Counter()
    wrong: list[str] = []
    start = time.monotonic()
    for number, first in enumerate(range(0, flips, ROUNDS)):
        with tempfile.TemporaryDirectory() as home:
            build(Path(home) / "index", ENGINES[engine])
            some, faults = watched(Path(home) / "index", seed + number, min(ROUNDS, flips - first))
        outcomes += some
        wrong += faults
    seconds = round(time.monotonic() - start, 1)
    return {"engine": engine, "flips": flips, **outcomes, "wrong": wrong, "seconds": seconds}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--flips", type=int, default=10_000, metavar="N", help="in all (default: %(default)s)")
    parser.add_argument("--engines", nargs="+", default=list(ENGINES), choices=ENGINES, metavar="NAME")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(options.work, options.seed, options.flips)
        return 0
    each = -(-options.flips // len(options.engines))
    results = [fuzz(engine, each, options.seed) for engine in options.engines]
    if options.json:
        print(json.dumps(results))
    else:
        for result in results:
            shares = f"{result.get('refused', 0):,} refused, {result.get('right', 0):,} gave what they should"
            print(f"{result['engine']:<10} {result['flips']:,} damaged: {shares}, {len(result['wrong'])} wrong")
            print("\n".join(f"  {line}" for line in result["wrong"][:20]), end="\n" if result["wrong"] else "")
    return 1 if any(result["wrong"] for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
