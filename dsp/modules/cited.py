"""`Cited`: any program, whose predictions say which sentences they rest on."""

from __future__ import annotations

from typing import Any

from dsp.modules.citations import with_citations
from dsp.modules.module import Module
from dsp.modules.multi_hop import MultiHop
from dsp.types.prediction import Prediction


class Cited(Module):
    """Runs a program and adds `citations` and `sp` to its prediction: see `with_citations`.

    `fields` are the prediction's texts that are read, by default its reasoning and its answer. What they must be
    compared with is the prediction's `context`.
    """

    awaits_modules_only = True

    def __init__(self, program: Module, *fields: str) -> None:
        self.program = program
        self.fields = fields

    async def aforward(self, /, *args: Any, **inputs: Any) -> Prediction:
        return with_citations(await self.program.acall(*args, **inputs), *self.fields)


class CitedMultiHop(MultiHop):
    """`MultiHop` with citations: the same predictors, so that what was compiled for one loads into the other.

    >>> [name for name, _ in CitedMultiHop().named_predictors()]
    ['generate_query.0', 'generate_answer']
    """

    async def aforward(self, /, *args: Any, **inputs: Any) -> Prediction:
        return with_citations(await super().aforward(*args, **inputs))
