"""Attempts: runs of a module under other samples of the LM, of which one will count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from dsp.configuration import context, current
from dsp.errors import LMAuthenticationError, LMBudgetError, LMRequestError, SettingsError
from dsp.modules.module import Module
from dsp.trace import Trace, append, held
from dsp.types.prediction import Prediction

HOPELESS = (LMAuthenticationError, LMBudgetError, LMRequestError, SettingsError)
"""What no further attempt will mend."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run: what it gave, or what it failed with, and its steps, which no outer trace has seen yet."""

    module: Module
    prediction: Prediction | None = None
    error: Exception | None = None
    trace: Trace = field(default_factory=Trace)


async def attempt(
    module: Module, args: tuple[Any, ...], inputs: Mapping[str, Any], number: int, temperature: float
) -> Attempt:
    """The `number`-th sample of the module's run. What fails is an attempt too; its steps were passed on already.

    Raises the errors that no further attempt will mend (no key, a refused request, a spent budget, no LM).
    """
    try:
        with held() as trace, another_sample(number, temperature):
            prediction = await module.acall(*args, **inputs)
    except HOPELESS:
        raise
    except Exception as fault:  # noqa: BLE001 - a user's module may raise anything; another attempt may not
        return Attempt(module, error=fault)
    return Attempt(module, prediction, trace=trace)


def settle(attempts: Iterable[Attempt], chosen: Attempt | None, original: Module) -> None:
    """Pass all steps on to the traces that are open here, those of the chosen attempt (if any) last.

    They alone name the predictors they come from (those of `original`, where a copy ran): whoever learns from a trace
    learns from what counted.
    """
    for other in attempts:
        if other is not chosen:
            for step in other.trace:
                append(replace(step, source=None))
    if chosen is None:
        return
    predictors = dict(original.named_predictors())
    own = {id(part): predictors.get(name) for name, part in chosen.module.named_predictors()}
    for step in chosen.trace:
        append(replace(step, source=own.get(id(step.source), step.source)))


@contextmanager
def another_sample(number: int, temperature: float) -> Iterator[None]:
    """Every LM call in the block is sampled at that temperature, as a rollout that no other number shares.

    Blocks nest: a sample within a sample has a number of its own.
    """
    outer = current().sampling
    rollout = paired(int(outer.get("rollout", 0)), number)
    with context(sampling={**outer, "temperature": temperature, "rollout": rollout}):
        yield


def paired(first: int, second: int) -> int:
    """One number for two: no other pair of numbers from 0 has it (Cantor's pairing)."""
    return (first + second) * (first + second + 1) // 2 + second


@contextmanager
def configured(config: Mapping[str, Any] | None) -> Iterator[None]:
    """A call's `config=`: settings that go over those of every predictor inside the block."""
    if not config:
        yield
        return
    with context(sampling={**current().sampling, **config}):
        yield
