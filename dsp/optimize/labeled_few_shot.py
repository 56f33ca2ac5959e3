"""`LabeledFewShot`: training examples as they are, shown as demonstrations."""

from __future__ import annotations

from collections.abc import Sequence

from dsp.demonstrate.sample import sample as drawn
from dsp.errors import InputError
from dsp.modules.module import Module
from dsp.optimize.bootstrap import labelled
from dsp.optimize.optimizer import Optimizer
from dsp.optimize.progress import Progress
from dsp.optimize.result import CompileResult
from dsp.protocols import Executor
from dsp.types.example import Example


class LabeledFewShot(Optimizer):
    """Gives every predictor k sampled training examples that hold its last output. It makes no LM
    call, so the executor and the progress that every optimizer takes have nothing to do."""

    def __init__(
        self, k: int = 16, *, seed: int = 0, executor: Executor | None = None, progress: Progress | None = None
    ) -> None:
        if k < 1:
            raise InputError(f"k must be at least 1, but got {k}; ask for one demonstration or more")
        self.k, self.seed = k, seed

    def run(
        self,
        program: Module,
        *,
        trainset: Sequence[Example],
        valset: Sequence[Example] | None = None,
        sample: bool = True,
    ) -> CompileResult:
        """Compile and tell how. With `sample=False` the first k examples are shown."""
        compiled = program.deepcopy()
        for predictor in compiled.parameters():
            shown = labelled(trainset, predictor)
            predictor.demos = drawn(shown, self.k, seed=self.seed) if sample else shown[: self.k]
        return CompileResult(compiled, demonstrations=sum(len(part.demos) for part in compiled.parameters()))
