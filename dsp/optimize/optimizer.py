"""What optimizers share: `run` tells how the program was chosen, `compile` gives the program alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from dsp.callbacks import telling
from dsp.modules.module import Module
from dsp.optimize.result import CandidatePrograms, CompileResult
from dsp.types.example import Example


class Optimizer(ABC):
    """A `dsp.protocols.Optimizer` that also tells."""

    @abstractmethod
    def run(
        self, program: Module, *, trainset: Sequence[Example], valset: Sequence[Example] | None = None
    ) -> CompileResult:
        """Compile, and tell how."""

    def compile(
        self, student: Module, *, trainset: Sequence[Example], valset: Sequence[Example] | None = None, **more: Any
    ) -> Module:
        """A better program; the one given is not changed, and of its predictors what is frozen not in the new one.

        `more` is what this optimizer's `run` takes besides (`teacher`, …). Where several programs were tried they are
        `compiled.candidate_programs`, best first; they are not saved.
        """
        run: Callable[..., CompileResult] = self.run
        with telling("compile", self, program=student, trainset=trainset, valset=valset) as told:
            result = run(student, trainset=trainset, valset=valset, **more)
            if result.candidates:
                vars(result.program)["candidate_programs"] = CandidatePrograms(result.candidates)
            return told.gave(result.program)
