"""How often a search finds all that a question needs: both gold titles in the top k, on HotpotQA questions.

    python benchmarks/index_quality.py [--corpus FILE] [--questions FILE ...] [--engine NAME] [--analyzer NAME]
                                        [--embedder NAME] [--with NAME=VALUE ...]

Prints the share of questions with all gold titles among the first 5, 10 and 20 hits, and the times.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import indexes

DATA = Path(__file__).resolve().parents[2] / "shared" / "hotpotqa"
CUTOFFS = (5, 10, 20)


def questions_of(paths: list[Path]) -> list[tuple[str, set[str]]]:
    """Each question with the titles of its supporting facts."""
    records: list[dict[str, Any]] = [record for path in paths for record in json.loads(path.read_text("utf-8"))]
    return [(record["question"], {title for title, _ in record["supporting_facts"]}) for record in records]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=DATA / "corpus.jsonl")
    parser.add_argument("--questions", type=Path, nargs="+", default=[DATA / "dev.json"])
    parser.add_argument("--engine", default="bm25")
    parser.add_argument("--analyzer", default="english")
    parser.add_argument("--embedder", help="for engines that need one")
    parser.add_argument("--with", nargs="*", default=[], dest="parameters", help="the engine's, as NAME=VALUE")
    given = parser.parse_args()
    parameters = {name: value_of(text) for name, _, text in (item.partition("=") for item in given.parameters)}
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        index = indexes.build(
            given.corpus,
            Path(folder) / "index",
            engine=given.engine,
            analyzer=given.analyzer,
            embedder=given.embedder,
            **parameters,
        )
        with index:
            print(f"built {len(index):,} passages in {time.perf_counter() - started:.2f} s with {given.engine}")
            report(index, questions_of(given.questions))


def value_of(text: str) -> Any:
    """A parameter's value: JSON where it is JSON (a number), else the text itself."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def report(index: indexes.Index, questions: list[tuple[str, set[str]]]) -> None:
    found = dict.fromkeys(CUTOFFS, 0)
    started = time.perf_counter()
    for question, gold in questions:
        titles = [hit.title for hit in index.search(question, max(CUTOFFS))]
        for cutoff in CUTOFFS:
            found[cutoff] += gold <= set(titles[:cutoff])
    seconds = (time.perf_counter() - started) / len(questions)
    for cutoff, count in found.items():
        print(f"all supports in the top {cutoff:2}: {count / len(questions):.3f}  ({count} of {len(questions)})")
    print(f"a search for {max(CUTOFFS)}, passages and all: {seconds * 1000:.2f} ms on average")


if __name__ == "__main__":
    main()
