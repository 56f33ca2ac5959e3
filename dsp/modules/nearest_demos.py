"""`NearestDemos`: a program that shows each question the demonstrations nearest to it (Liu et al. 2022)."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from dsp.demonstrate.knn import Vectorizer, knn
from dsp.errors import InputError
from dsp.modules.attempts import Attempt, configured, settle
from dsp.modules.knn import inputs_text
from dsp.modules.module import Module
from dsp.trace import held
from dsp.types.example import Example
from dsp.types.prediction import Prediction


class NearestDemos(Module):
    """A program of whose predictors' demonstrations each call shows the `k` nearest to its inputs, the nearest last.

        >>> from dsp.lms.scripted import Scripted
        >>> from dsp.modules.predict import Predict
        >>> qa = Predict("question -> answer", lm=Scripted(["Frank Herbert"]))
        >>> qa.demos = [Example(question="Where is Lviv?", answer="Ukraine"),
        ...             Example(question="Who wrote Emma?", answer="Jane Austen")]
        >>> NearestDemos(qa, k=1)(question="Who wrote Dune?").answer
        'Frank Herbert'
        >>> "Emma" in str(qa.lm.requests), "Lviv" in str(qa.lm.requests)
        (True, False)

    It is saved as the program is, with all its demonstrations, and `dsp.load` makes it again.
    """

    awaits_modules_only = True

    def __init__(self, program: Module, k: int = 3, vectorizer: Vectorizer = "hashing") -> None:
        if k < 1:
            raise InputError(f"k must be at least 1, but got {k}; ask for one demonstration or more")
        self.program, self.k, self.vectorizer = program, k, vectorizer
        self._found = _Remembered()

    async def aforward(self, /, *args: Any, config: Mapping[str, Any] | None = None, **inputs: Any) -> Prediction:
        shown = self.program.deepcopy()
        for name, predictor in shown.named_parameters():
            nearest = self._found.by(name, predictor.demos, self.vectorizer)
            if len(predictor.demos) > self.k:
                predictor.demos = nearest(Example(inputs), self.k)[::-1]
        with held() as trace, configured(config):
            prediction = await shown.acall(*args, **inputs)
        settle([], Attempt(shown, prediction, trace=trace), self.program)
        return prediction

    def dump_settings(self) -> dict[str, int]:
        return self.program.dump_settings()

    def save(
        self,
        path: str | os.PathLike[str],
        save_program: bool = False,
        modules_to_serialize: Sequence[Any] | None = None,
        **notes: Any,
    ) -> None:
        named = {"program": type(self.program).__name__, "nearest_demos": self.k}
        super().save(path, save_program, modules_to_serialize, **{**named, **notes})


class _Remembered:
    """The vectors of the demonstrations, made anew only where those have changed."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[list[Example], Any]] = {}

    def by(self, name: str, demos: list[Example], vectorizer: Vectorizer) -> Any:
        kept = self._kept.get(name)
        if kept is None or kept[0] != demos:
            kept = self._kept[name] = (list(demos), knn(demos, inputs_text, embedder=vectorizer))
        return kept[1]
