"""`branch`: several samples of a whole pipeline (DSP, Khattab et al. 2022, section 3.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from dsp.configuration import context
from dsp.errors import InputError
from dsp.trace import record
from dsp.types.usage import Usage

X = TypeVar("X")
Y = TypeVar("Y")


@dataclass(frozen=True, slots=True)
class Branch(Generic[Y]):
    """One sample of a pipeline: what it gave, and how likely the LM found it.

    `score` is the sum of the log-probabilities (natural log) of the LM's completions along the way; None where the LM
    tells none.
    """

    value: Y
    score: float | None
    usage: Usage


def branch(pipeline: Callable[[X], Y], n: int, temperature: float = 0.7) -> Callable[[X], list[Branch[Y]]]:
    """A function that runs the pipeline n times on its argument, every LM call in it sampled at that temperature.

        >>> from dsp.lms.scripted import Scripted
        >>> from dsp.predict.generate import generate
        >>> from dsp.types.example import Example
        >>> lm = Scripted(lambda request: f"sample {request.rollout}")
        >>> ask = generate("question -> answer", lm=lm)
        >>> [sampled.value.answer for sampled in branch(lambda example: ask(example)[0], n=2)(Example(question="q"))]
        ['sample 0', 'sample 1']

    Each run is another rollout, so that cached calls of one never stand for another's. Raises InputError for n < 1 or
    a negative temperature.
    """
    if n < 1:
        raise InputError(f"n must be at least 1, but got {n}; ask for one sample or more")
    if temperature < 0:
        raise InputError(f"temperature must be 0 or more, but got {temperature}")

    def sampled(argument: X) -> list[Branch[Y]]:
        branches = []
        for number in range(n):
            with context(sampling={"temperature": temperature, "rollout": number}), record() as trace:
                value = pipeline(argument)
            logprobs = [step.logprob for step in trace if step.kind == "predict"]
            known = [logprob for logprob in logprobs if logprob is not None]
            score = sum(known) if known and len(known) == len(logprobs) else None
            branches.append(Branch(value, score, trace.usage))
        return branches

    return sampled
