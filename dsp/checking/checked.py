"""All checks of one run, one after the other: nothing is called and nothing is spent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from dsp.checking.data import data_problems
from dsp.checking.flow import flow_problems
from dsp.checking.metrics import metric_problems
from dsp.checking.predictors import demo_problems
from dsp.checking.report import Problem, Report
from dsp.checking.surroundings import lm_problems, retriever_problems
from dsp.configuration import current
from dsp.modules.module import Module
from dsp.types.example import Example


def checked(
    program: object,
    *,
    data: Sequence[Example] | None = None,
    metrics: Mapping[str, Callable[..., Any]] | None = None,
    index: Any = None,
    lm: Any = None,
    others: Sequence[Problem] = (),
) -> Report:
    """The report on a program and what it is to run with; `others` are problems known already."""
    return Report([*others, *_problems(program, data, metrics or {}, index, lm)])


def _problems(
    program: object,
    data: Sequence[Example] | None,
    metrics: Mapping[str, Callable[..., Any]],
    index: Any,
    lm: Any,
) -> Iterator[Problem]:
    settings = current()
    if isinstance(program, Module):
        yield from flow_problems(program)
        yield from demo_problems(program)
        yield from lm_problems(program, lm, settings)
        yield from retriever_problems(program, index, settings)
    if data is not None:
        yield from data_problems(program, data)
    examples = [example for example in data or () if isinstance(example, Example)]
    if metrics:
        yield from metric_problems(program, metrics, examples)
