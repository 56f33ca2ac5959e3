"""`dsp.check`: what is wrong with a program and what it is to run with, before the first call is paid for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dsp.checking.checked import checked
from dsp.checking.data import data_problems, split_problems, training_problems
from dsp.checking.report import Problem, Report, error
from dsp.demonstrate.sample import questions_of
from dsp.errors import UnknownNameError
from dsp.evaluate.metrics import METRICS
from dsp.protocols import Metric
from dsp.types.example import Example

Metrics = str | Metric | Sequence[str | Metric] | Mapping[str, Metric]


def check(
    program: Any,
    *,
    data: Sequence[Example] | None = None,
    train: Sequence[Example] | None = None,
    metrics: Metrics = (),
    index: Any = None,
    lm: Any = None,
    held_out: float | None = None,
) -> Report:
    """All that is wrong, errors first; empty where nothing is. Nothing is called, and nothing is spent.

        report = dsp.check(program, data=devset, metrics=["em"], lm="openai/gpt-4o-mini")
        print(report)
        report.raise_errors()  # CheckError

    `data` are the examples to evaluate, `train` those to learn from, `held_out` the share of `data` that a compilation
    holds out. `metrics` are names or functions. `index` is a retriever and `lm` an LM or its name, in place of those
    that are configured. What is known, and how, is told in docs/programs.md.
    """
    others: list[Problem] = []
    chosen = _metrics(metrics, others)
    if held_out is not None:
        others += split_problems(len(data or ()), held_out)
    if train is not None:
        others += data_problems(program, train, "train")
        if data and held_out is not None and round(len(data) * held_out):
            measuring = set().union(*map(questions_of, data))
            others += training_problems(train, sum(bool(measuring & questions_of(example)) for example in train))
    return checked(program, data=data, metrics=chosen, index=index, lm=lm, others=others)


def _metrics(metrics: Metrics, problems: list[Problem]) -> dict[str, Callable[..., Any]]:
    if isinstance(metrics, Mapping):
        return dict(metrics)
    found: dict[str, Callable[..., Any]] = {}
    several = metrics if isinstance(metrics, Sequence) and not isinstance(metrics, str) else [metrics]
    for each in several:
        if not isinstance(each, str):
            found[getattr(each, "__name__", type(each).__name__)] = each
            continue
        try:
            found[each] = METRICS.get(each)
        except UnknownNameError as fault:
            problems.append(error(f"metric {each}", str(fault)))
    return found
