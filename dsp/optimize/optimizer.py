"""What optimizers share: `run` tells how the program was chosen, `compile` gives the program alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from dsp.callbacks import telling
from dsp.modules.module import Module
from dsp.optimize.result import CompileResult
from dsp.types.example import Example


class Optimizer(ABC):
    """A `dsp.protocols.Optimizer` that also tells."""

    @abstractmethod
    def run(
        self, program: Module, *, trainset: Sequence[Example], valset: Sequence[Example] | None = None
    ) -> CompileResult:
        """Compile, and tell how."""

    def compile(
        self, program: Module, *, trainset: Sequence[Example], valset: Sequence[Example] | None = None
    ) -> Module:
        """A better program; the one given is not changed, and of its predictors what is frozen not in the new one."""
        with telling("compile", self, program=program, trainset=trainset, valset=valset) as told:
            return told.gave(self.run(program, trainset=trainset, valset=valset).program)
