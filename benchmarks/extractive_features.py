"""How well the embedded LM reads, and what each group of features is worth: exact match and F1 without it.

python benchmarks/extractive_features.py [--data ../shared/hotpotqa/dev.json] [--json]

Reads the passages that come with each question (HotpotQA's distractor setting), so that no search blurs the figure.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dsp.evaluate.intervals import bootstrap_interval
from dsp.evaluate.metrics.em import em
from dsp.evaluate.metrics.f1 import f1
from dsp.lms.extractive.features.names import ANSWER_FEATURES, CHOICE, COVERAGE, PART, SHAPE, TITLE, WINDOW
from dsp.lms.extractive.ranker import rank
from dsp.lms.extractive.table import Table, answer_table
from dsp.lms.extractive.text import normalize
from dsp.lms.extractive.weights import load
from dsp.types.example import Example

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "hotpotqa" / "dev.json"
TYPED = tuple(name for name in ANSWER_FEATURES if ":" in name)
LINKED = ("linked_coverage", "sentence_linked_coverage", "entities_in_linked")
GROUPS: dict[str, Iterable[str]] = {
    "all features": (),
    "without linked passages": LINKED,
    "without any coverage": COVERAGE,
    "without words around and inside": WINDOW,
    "without titles and definitions": TITLE,
    "without parts of dates and places": PART,
    "without options and yes/no": CHOICE,
    "without shape": SHAPE,
    "without kind of question": TYPED,
}


@dataclass(frozen=True, slots=True)
class Read:
    """A question that was read, and its right answer."""

    table: Table
    answer: str


def read(path: Path) -> list[Read]:
    records: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return [Read(answer_table(_passages(record), record["question"].strip()), record["answer"]) for record in records]


def _passages(record: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f"{title} | {''.join(sentences).strip()}" for title, sentences in record["context"])


def scores(questions: Iterable[Read], left_out: Iterable[str]) -> tuple[list[float], list[float]]:
    """Exact match and F1 of each question, with some features weighing nothing."""
    weights = load().answer.values.copy()
    weights[[ANSWER_FEATURES.index(name) for name in left_out]] = 0
    exact, partial = [], []
    for question in questions:
        table = question.table
        ranking = rank(table.values, weights[table.columns], table.group, table.groups)
        answer = table.texts[ranking.best_row(int(ranking.strings.argmax()))] if len(table) else ""
        gold, predicted = Example(answer=question.answer), Example(answer=answer)
        exact.append(float(em(gold, predicted)))
        partial.append(float(f1(gold, predicted)))
    return exact, partial


def measure(questions: list[Read]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for name, left_out in GROUPS.items():
        exact, partial = scores(questions, left_out)
        interval = bootstrap_interval(exact)
        found[name] = {
            "em": float(np.mean(exact)),
            "em_low": interval.low,
            "em_high": interval.high,
            "f1": float(np.mean(partial)),
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="questions in HotpotQA's format")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not options.data.is_file():
        print(f"{options.data} is not here; give questions in HotpotQA's format with --data FILE")
        return
    questions = read(options.data)
    found = measure(questions)
    held = float(np.mean([normalize(question.answer) in question.table.norms for question in questions]))
    if options.json:
        print(json.dumps({"n": len(questions), "answer_among_candidates": held, "groups": found}))
        return
    print(f"{len(questions)} questions; the answer is among the candidates in {held:.0%}\n")
    for name, values in found.items():
        print(
            f"{name:<36} EM {values['em']:.3f} [{values['em_low']:.2f}, {values['em_high']:.2f}]  F1 {values['f1']:.3f}"
        )


if __name__ == "__main__":
    main()
