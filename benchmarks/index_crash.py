"""Killing the writer of an index, suddenly, at random moments: every time there is the old index or the new one.

    python benchmarks/index_crash.py [--moments 50] [--engine bm25] [--size 400] [--seed 0] [--json]

Each of build, add, delete and compact is begun in a process of its own, which is killed (SIGKILL) after a random part
of the time that the work takes undisturbed, that many times over. After each kill, in a fresh process: the index
verifies and opens; its passages, and hits with scores, are exactly those of before or those of after; and another
index can be built there at once, which shows that the lock is free, and sweeps up what was left. Exit status 1 where
one of this was not so. Needs an operating system with fork.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import indexes
from indexes import Passage
from indexes.testing.damage import expected_of, opened

QUERIES = ["novel 3 village", "title 5", "words in all", "w7 w11 w13"]


def passages(size: int, first: int = 0) -> list[Passage]:
    return [
        Passage(f"p{number}", f"Title {number % 17}", f"words in all, novel {number % 7} village w{number % 97} " * 9)
        for number in range(first, first + size)
    ]


def works(size: int, options: dict[str, Any]) -> dict[str, Callable[[Path], object]]:
    more = passages(size // 4, size)
    gone = [f"p{number}" for number in range(0, size, 5)]
    return {
        "build": lambda folder: indexes.build(passages(size + 7), folder, **options).close(),
        "add": lambda folder: indexes.add(folder, more),
        "delete": lambda folder: indexes.delete(folder, gone),
        "compact": lambda folder: indexes.compact(folder),
    }


def start(folder: Path, size: int, options: dict[str, Any]) -> None:
    """An index that has been changed already, so that there is something to compact."""
    indexes.build(passages(size), folder, **options).close()
    indexes.update(folder, [Passage("p1", "Newer", "newer words"), Passage("extra", "Extra", "novel 3 extra")])
    indexes.delete(folder, ["p2", "p3"])


def in_a_process(work: Callable[[], object], kill_after: float | None = None) -> tuple[int, float]:
    """The exit status (minus the signal, where it was killed) and the seconds of some work in a fork."""
    begun = time.monotonic()
    child = os.fork()
    if not child:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    _, how = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(how), time.monotonic() - begun


def look(folder: Path, before: Path, after: Path) -> int:
    """0 where the index is that of before, 10 for that of after; raises for anything else."""
    indexes.verify(folder)
    for status, whole in ((0, before), (10, after)):
        try:
            if opened(folder, expected_of(whole, QUERIES)) == "right":
                return status
        except AssertionError:
            continue
    raise AssertionError(f"{folder} is neither the old index nor the new one")


def crash(name: str, moments: int, size: int, options: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    work = works(size, options)[name]
    outcomes: Counter[str] = Counter()
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as home:
        before, after, folder = (Path(home) / part for part in ("before", "after", "index"))
        in_a_process(lambda: start(before, size, options))
        shutil.copytree(before, after)
        _, whole = in_a_process(lambda: work(after))
        for _ in range(moments):
            shutil.copytree(before, folder)
            moment = chance.uniform(0, 1.1 * whole)
            status, _ = in_a_process(lambda: work(folder), moment)
            found, _ = in_a_process(lambda: os._exit(look(folder, before, after)))
            again, _ = in_a_process(lambda: indexes.build(passages(9), folder, **options).close())
            swept = sum(path.name.startswith("gen-") for path in folder.iterdir()) == 1
            if found not in (0, 10) or again or not swept:
                faults.append(f"killed after {moment:.4f} s: looked {found}, written again {again}, swept {swept}")
            outcomes["killed" if status < 0 else "done before"] += 1
            outcomes["old" if found == 0 else "new"] += 1
            shutil.rmtree(folder)
    return {"work": name, "moments": moments, **outcomes, "seconds": round(whole, 3), "faults": faults}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--moments", type=int, default=50, metavar="N", help="of each work (default: %(default)s)")
    parser.add_argument("--engine", default="bm25", metavar="NAME", help="(default: %(default)s)")
    parser.add_argument("--embedder", metavar="NAME")
    parser.add_argument("--size", type=int, default=400, metavar="N", help="passages (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    options = {"engine": chosen.engine, **({"embedder": chosen.embedder} if chosen.embedder else {})}
    chance = random.Random(chosen.seed)
    results = [crash(name, chosen.moments, chosen.size, options, chance) for name in works(1, options)]
    if chosen.json:
        print(json.dumps(results))
    for result in results if not chosen.json else ():
        counts = ", ".join(f"{result.get(key, 0)} {key}" for key in ("killed", "done before", "old", "new"))
        print(f"{result['work']:<8} {result['moments']} moments within {result['seconds']} s: {counts}")
        print("\n".join(f"  {fault}" for fault in result["faults"]), end="\n" if result["faults"] else "")
    return 1 if any(result["faults"] for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
