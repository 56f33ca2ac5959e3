"""Many threads and processes search an index while one process changes it: no error, no wrong result.

    python benchmarks/index_concurrency.py [--seconds 60] [--threads 16] [--processes 4] [--engine bm25] [--json]

One process adds, updates, deletes and compacts without pause, and always comes round to the same few states. Each
thread (of one process) and each of the other processes has the index open, searches it, and now and then asks for what
is newer. What it should find is known beforehand, from an index built from scratch for each state: the state is told by
the passages that are there, and then every hit and every score must be that one's (scores to 1e-4). A first reader
keeps the index open as it was at the beginning, and must find the same to the end, though its files are long gone from
the folder. Exit status 1 where there was an error or a wrong result.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import indexes
from indexes import Hit, Passage
from indexes.folder_index import FolderIndex
from indexes.testing import same_hits

QUERIES = ("novel village", "w7 w11 rare words", "title 5 newer", "a lighthouse of w3")
SEARCHES = 25  # between two looks for something newer
K = 10
State = frozenset[tuple[str, str]]
Truth = dict[State, dict[str, list[Hit]]]


@dataclass(frozen=True, slots=True)
class Step:
    """A change, and the passages that are there after it."""

    work: str
    given: Sequence[Any]
    left: Sequence[Passage]


def passages(numbers: range, word: str) -> list[Passage]:
    return [
        Passage(f"p{number}", f"Title {number % 17} {word}", f"{word} novel village w{number % 13} " * (1 + number % 5))
        for number in numbers
    ]


def steps() -> list[Step]:
    """From the first passages and back to them."""
    first, more, newer = passages(range(200), "words"), passages(range(200, 260), "rare"), passages(range(40), "newer")
    few = [passage.id for passage in passages(range(150, 190), "words")]
    kept = [passage for passage in first if passage.id not in few]
    changed = [*kept[40:], *more, *newer]
    ids = [passage.id for passage in more]
    return [
        Step("add", more, [*first, *more]),
        Step("delete", few, [*kept, *more]),
        Step("update", newer, changed),
        Step("compact", [], changed),
        Step("delete", ids, [*kept[40:], *newer]),
        Step("update", first[:40], [*kept[40:], *first[:40]]),
        Step("add", first[150:190], first),
    ]


def state_of(passages: Iterator[Passage] | Sequence[Passage]) -> State:
    return frozenset((passage.id, passage.title) for passage in passages)


def truth(home: Path, options: dict[str, Any]) -> Truth:
    """What every state's index finds, built from scratch."""
    found: Truth = {}
    for number, step in enumerate(steps()):
        with indexes.build(step.left, home / f"state {number}", **options) as index:
            found[state_of(step.left)] = {query: index.search(query, K) for query in QUERIES}
    return found


def write(folder: Path, seconds: float) -> Counter[str]:
    done: Counter[str] = Counter()
    until = time.monotonic() + seconds
    cycle = steps()
    while time.monotonic() < until:
        step = cycle[done["changes"] % len(cycle)]
        if step.work == "compact":
            indexes.compact(folder)
        else:
            getattr(indexes, step.work)(folder, step.given)
        done["changes"] += 1
    return done


def read(folder: Path, known: Truth, seconds: float) -> Counter[str]:
    """Search, compare, look for newer. Counts searches, openings, and what was wrong."""
    done: Counter[str] = Counter()
    index = indexes.open(folder)
    expected = known.get(state_of(index.passages()))
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for number in range(SEARCHES):
            query = QUERIES[number % len(QUERIES)]
            hits = index.search(query, K)
            done["searches"] += 1
            if expected is None or not same_hits(hits, expected[query]):
                done["wrong"] += 1
        index, newer = index.refresh(), index
        if index is not newer:
            newer.close()
            done["openings"] += 1
            expected = known.get(state_of(index.passages()))
    index.close()
    return done


def keep(index: FolderIndex, seconds: float) -> Counter[str]:
    """The reader that never looks for newer: it must find what it found at the beginning."""
    done: Counter[str] = Counter()
    before = {query: index.search(query, K) for query in QUERIES}
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        done["wrong"] += any(index.search(query, K) != hits for query, hits in before.items())
        done["searches"] += len(QUERIES)
        time.sleep(0.05)
    index.close()
    return done


def guarded(name: str, results: Any, ready: Any, work: Any, *arguments: Any) -> None:
    """Once all are ready, send the counts of some work, or the error that ended it."""
    try:
        if ready is not None:
            ready.wait()
        results.put((name, work(*arguments), None))
    except BaseException as error:
        results.put((name, Counter(errors=1), f"{type(error).__name__}: {error}"))
        raise


def threads(folder: Path, known: Truth, seconds: float, count: int, results: Any, ready: Any) -> None:
    kept = indexes.open(folder)
    work: list[tuple[Any, ...]] = [("kept", results, None, keep, kept, seconds)]
    work += [("threads", results, None, read, folder, known, seconds)] * count
    group = [threading.Thread(target=guarded, args=arguments) for arguments in work]
    ready.wait()
    for thread in group:
        thread.start()
    for thread in group:
        thread.join()


def run(folder: Path, known: Truth, options: argparse.Namespace) -> tuple[dict[str, Counter[str]], list[str]]:
    context = multiprocessing.get_context("spawn")
    results, ready = context.Queue(), context.Barrier(options.processes + 2)
    seconds = options.seconds
    reading = ("processes", results, ready, read, folder, known, seconds)
    started = [context.Process(target=guarded, args=reading) for _ in range(options.processes)]
    started.append(context.Process(target=threads, args=(folder, known, seconds, options.threads, results, ready)))
    started.append(context.Process(target=guarded, args=("writer", results, ready, write, folder, seconds)))
    for process in started:
        process.start()
    counts: dict[str, Counter[str]] = {}
    errors = []
    for _ in range(options.processes + options.threads + 2):
        name, done, error = results.get(timeout=seconds + 120)
        counts[name] = counts.get(name, Counter()) + done
        errors += [f"{name}: {error}"] if error else []
    for process in started:
        process.join()
    return counts, errors


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60.0, metavar="N", help="(default: %(default)s)")
    parser.add_argument("--threads", type=int, default=16, metavar="N", help="(default: %(default)s)")
    parser.add_argument("--processes", type=int, default=4, metavar="N", help="(default: %(default)s)")
    parser.add_argument("--engine", default="bm25", metavar="NAME", help="(default: %(default)s)")
    parser.add_argument("--embedder", metavar="NAME")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    made = {"engine": options.engine, **({"embedder": options.embedder} if options.embedder else {})}
    with tempfile.TemporaryDirectory() as home:
        known = truth(Path(home), made)
        folder = Path(home) / "index"
        indexes.build(steps()[-1].left, folder, **made).close()
        counts, errors = run(folder, known, options)
    wrong = sum(done["wrong"] for done in counts.values())
    if options.json:
        print(json.dumps({"counts": counts, "errors": errors, "wrong": wrong, "seconds": options.seconds}))
    else:
        for name, done in sorted(counts.items()):
            print(f"{name:<10} " + ", ".join(f"{value:,} {key}" for key, value in done.items()))
        searches = sum(done["searches"] for done in counts.values())
        print(f"{searches / options.seconds:,.0f} searches a second, {wrong} wrong, {len(errors)} errors")
        print("\n".join(errors), end="\n" if errors else "")
    return 1 if wrong or errors else 0


if __name__ == "__main__":
    sys.exit(main())
