"""How often a search finds all that a question needs: every gold title in the top 5 and 10, for each engine.

    python benchmarks/index_quality.py [--data FOLDER] [--embedder NAME ...] [--embedding-cache FOLDER]
                                        [--corpus FILE] [--questions FILE ...]

The folder holds a `corpus.jsonl` and, as HotpotQA writes them, the questions of `train.json` and `dev.json`; or name
any other corpus and files of questions. The question itself is the query. Each row is an engine, beside what it stands
on: the paired change has its 95% interval over questions. `--embedder` adds its hybrid, and link_hop over that; `lsa`
and `hashing` are there without being asked for, and need no model.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import indexes
from dsp.evaluate.intervals import Interval, bootstrap_interval, paired_interval

DATA = Path(__file__).resolve().parents[2] / "shared" / "hotpotqa"
CUTOFFS = (5, 10)
Question = tuple[str, set[str]]


@dataclass(frozen=True)
class Row:
    """An engine to measure, and the name of the one that it is compared with."""

    name: str
    engine: str
    embedder: str | None = None
    over: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)


def rows_of(embedders: Sequence[str]) -> Iterator[Row]:
    """Words, words and vectors, and the hop over each; what a row stands on comes before it."""
    yield Row("bm25", "bm25")
    yield Row("link_hop over bm25", "link_hop", over="bm25")
    for embedder in embedders:
        short = embedder.partition("?")[0].rstrip("/").rpartition("/")[2]
        yield Row(f"hybrid, {short}", "hybrid", embedder, over="bm25")
        yield Row(f"link_hop over hybrid, {short}", "link_hop", embedder, f"hybrid, {short}", {"over": "hybrid"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--corpus", type=Path, help="default: corpus.jsonl in the folder")
    parser.add_argument("--questions", type=Path, nargs="+", help="default: train.json and dev.json in the folder")
    parser.add_argument("--embedder", nargs="*", default=[], help="besides lsa and hashing")
    parser.add_argument("--embedding-cache", type=Path, help="keeps vectors for the next time")
    given = parser.parse_args()
    corpus = given.corpus or given.data / "corpus.jsonl"
    questions = questions_of(given.questions or [given.data / "train.json", given.data / "dev.json"])
    print(f"{len(questions)} questions; all gold titles in the top {' and '.join(map(str, CUTOFFS))}")
    found: dict[str, list[list[float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        cache = given.embedding_cache or Path(folder) / "embeddings"
        for row in rows_of(["hashing", "lsa", *given.embedder]):
            started = time.process_time()
            with indexes.build(
                corpus,
                Path(folder) / "index",
                engine=row.engine,
                embedder=row.embedder,
                embedding_cache=cache if row.embedder else None,
                **row.parameters,
            ) as index:
                built = time.process_time() - started
                found[row.name] = measured(index, questions)
                searched = (time.process_time() - started - built) / len(questions)
            report(row, found, built, searched)


def questions_of(paths: Sequence[Path]) -> list[Question]:
    """Each question with the titles of its supporting facts."""
    records: list[dict[str, Any]] = [record for path in paths for record in json.loads(path.read_text("utf-8"))]
    return [(record["question"], {title for title, _ in record["supporting_facts"]}) for record in records]


def measured(index: indexes.Index, questions: Sequence[Question]) -> list[list[float]]:
    """For each cut-off, whether all that a question needs is above it: 1 or 0, in the questions' order."""
    hits = [[hit.title for hit in index.search(question, max(CUTOFFS))] for question, _ in questions]
    return [
        [float(gold <= set(titles[:cutoff])) for titles, (_, gold) in zip(hits, questions, strict=True)]
        for cutoff in CUTOFFS
    ]


def report(row: Row, found: dict[str, list[list[float]]], built: float, searched: float) -> None:
    print(f"\n{row.name}  (CPU: built in {built:.1f} s, {searched * 1000:.1f} ms a search)")
    for at, cutoff in enumerate(CUTOFFS):
        own = found[row.name][at]
        line = f"  @{cutoff:<3} {bootstrap_interval(own)}"
        if row.over is not None:
            line += f"   over {row.over}: {signed(paired_interval(found[row.over][at], own))}"
        print(line, flush=True)


def signed(change: Interval) -> str:
    return f"{change.mean:+.3f} [{change.low:+.3f}, {change.high:+.3f}]"


if __name__ == "__main__":
    main()
