"""A run on disk as an evaluation again, to be compared with another."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dsp.errors import DataError, InputError
from dsp.evaluate.intervals import Interval
from dsp.evaluate.results import Evaluation, ExampleResult, compare
from dsp.types.example import Example
from dsp.types.prediction import Prediction


def read_run(path: str | os.PathLike[str]) -> Evaluation:
    """The results of the evaluation that was recorded in a run's folder: ids, questions, scores and errors.

    Raises DataError where there is none, where it is one of a compile (which holds several), and where a line is not
    a result.
    """
    file = Path(path) / "results.jsonl"
    results: list[ExampleResult] = []
    try:
        with file.open(encoding="utf-8") as lines:
            results.extend(_result(line, file, number) for number, line in enumerate(lines))
    except (OSError, UnicodeDecodeError) as fault:
        raise DataError(
            f"{path} must be the folder of a run, with a results.jsonl, but it cannot be read ({fault}); "
            "give the folder that dsp evaluate named"
        ) from fault
    metrics = dict.fromkeys(name for result in results for name in result.scores)
    return Evaluation(results, list(metrics), sum(result.seconds for result in results))


def check_same_examples(recorded: Evaluation, examples: Sequence[Example]) -> None:
    """Raises InputError where a recorded run is not of these examples, or an id stands for several of them."""
    ids = [str(example.get("id", index)) for index, example in enumerate(examples)]
    held = [result.id for result in recorded.results]
    if len(set(ids)) < len(ids) or len(set(held)) < len(held):
        raise InputError("runs are compared by the examples' ids, but one comes twice; give each its own")
    if set(ids) != set(held):
        common = len(set(ids) & set(held))
        raise InputError(
            f"runs are compared on the same examples, but the recorded one has {len(held)}, this one {len(ids)}, and "
            f"both have {common}; evaluate on the same file and limit"
        )


def compare_with_recorded(recorded: Evaluation, after: Evaluation) -> dict[str, Interval]:
    """Each metric's mean change since a recorded run of the same examples, with its paired interval."""
    by_id = {result.id: result for result in recorded.results}
    before = [by_id[result.id] for result in after.results]
    pairs = list(zip(before, after.results, strict=True))
    shared = [name for name in after.metrics if all((name in old.scores) == (name in new.scores) for old, new in pairs)]
    return compare(Evaluation(before, shared, recorded.seconds), after)


def _result(line: str, file: Path, number: int) -> ExampleResult:
    try:
        row: Any = json.loads(line)
        if "stage" in row:
            raise DataError(f"{file} holds the several evaluations of a compile; give the folder of a dsp evaluate")
        scores = {str(name): float(score) for name, score in row["scores"].items()}
        example = Example(id=str(row["id"]), question=row["question"])
        prediction = None if row["prediction"] is None else Prediction(row["prediction"])
        return ExampleResult(number, example, prediction, scores, row["error"] or "", seconds=float(row["seconds"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise DataError(f"{file}, line {number + 1} is not a result ({fault}); evaluate again") from fault
