"""Which of a trace's steps came to nothing because a constraint refused them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from dsp.trace import Step

_receivers: ContextVar[tuple[list[Step], ...]] = ContextVar("dsp_discarded_steps", default=())


def receivers_of_discarded() -> tuple[list[Step], ...]:
    """The lists in which runs that end here leave their discarded steps."""
    return _receivers.get()


@contextmanager
def discarded_steps() -> Iterator[list[Step]]:
    """The predictors' steps that came to nothing, of the runs that end inside the block: nobody should learn from them.

    Those are answers that a constraint refused (also where it was passed over in the end), and whatever was asked in
    an attempt and not in the last one.
    """
    steps: list[Step] = []
    token = _receivers.set((*_receivers.get(), steps))
    try:
        yield steps
    finally:
        _receivers.reset(token)


def steps_that_count(trace: Iterable[Step], discarded: Sequence[Step]) -> list[Step]:
    """The steps of a trace that were not discarded, in order.

    The step of a predictor that was asked again has its past outputs and the feedback among its inputs: with what it
    then answered, it is a counterexample and its correction in one demonstration.
    """
    return [step for step in trace if not any(_is_same(step, other) for other in discarded)]


def _is_same(step: Step, discarded: Step) -> bool:
    """A trace also tells the inputs that nobody gave: defaults."""
    return (
        (step.kind, step.name) == (discarded.kind, discarded.name)
        and step.outputs == discarded.outputs
        and {name: step.inputs.get(name) for name in discarded.inputs} == discarded.inputs
    )
