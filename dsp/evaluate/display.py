"""What an evaluation shows while it runs and when it is done, to those who ask for it: on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable

from dsp.evaluate.results import Evaluation, ExampleResult

WIDTH = 36  # characters of a cell
TENTHS = 10  # progress is told so many times


def telling_progress(total: int, then: Callable[[ExampleResult], None] | None) -> Callable[[ExampleResult], None]:
    """A progress function that writes how many examples are done and their mean so far, at each tenth of them."""
    done, reached = 0, 0.0
    step = max(1, total // TENTHS)

    def told(result: ExampleResult) -> None:
        nonlocal done, reached
        done += 1
        reached += next(iter(result.scores.values()), 0.0)
        if done % step == 0 or done == total:
            sys.stderr.write(f"{done}/{total} examples, mean {reached / done:.3f}\n")
        if then is not None:
            then(result)

    return told


def show_table(evaluation: Evaluation, rows: int) -> None:
    """Write the first rows: the inputs, what was predicted, the score."""
    shown = evaluation.results[:rows]
    lines = [
        " | ".join(_cell(value) for value in (_inputs(result), _predicted(result), _score(result))) for result in shown
    ]
    left = len(evaluation) - len(shown)
    sys.stderr.write("\n".join([*lines, *([f"… and {left} more"] if left else []), ""]))


def _inputs(result: ExampleResult) -> str:
    given = result.example.inputs() if result.example.input_keys is not None else result.example
    return "; ".join(str(value) for value in given.values())


def _predicted(result: ExampleResult) -> str:
    if result.prediction is None:
        return result.error
    return str(result.prediction.get("answer", next(reversed(list(result.prediction.values())), "")))


def _score(result: ExampleResult) -> str:
    return f"{next(iter(result.scores.values()), 0.0):.3f}"


def _cell(text: str) -> str:
    line = " ".join(text.split())
    return f"{line if len(line) <= WIDTH else line[: WIDTH - 1] + '…':<{WIDTH}}"
