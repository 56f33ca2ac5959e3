"""`Refine`: try again, told what was wrong with the tries before.

The next try's predictors are given, besides their own inputs, what they wrote before (`past_<output>`) and `feedback`:
the way of DSPy Assertions' backtracking (Singhvi et al. 2023, arXiv 2312.13382), driven by a reward.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dsp.errors import ParseError
from dsp.modules.best_of_n import BestOfN, Judged, RewardFn
from dsp.modules.chain_of_thought import ChainOfThought
from dsp.modules.module import Module, Predictor
from dsp.prompts.fields import Field, InputField, OutputField
from dsp.prompts.signature import Signature


class OfferAdvice(Signature):
    """Say in one or two sentences what the next try should do differently to earn a higher reward."""

    inputs_given = InputField(desc="what the program was asked")
    tries = InputField(desc="what it answered so far, and what each try earned")
    target = InputField(desc="the reward that is wanted")
    advice = OutputField(desc="what to do differently, concretely")


class Refine(BestOfN):
    """Like `BestOfN`, but each run after the first is told what was wrong with those before it.

        >>> from dsp.lms.scripted import Scripted
        >>> from dsp.modules.predict import Predict
        >>> qa = Predict("question -> answer", lm=Scripted(["Lviv, in 1921", "Lviv"]))
        >>> def brief(inputs, prediction):
        ...     return (1.0, "") if len(prediction.answer) < 8 else (0.0, "Name the town alone.")
        >>> Refine(qa, N=3, reward_fn=brief, threshold=1.0, advise=False)(question="Where was Lem born?").answer
        'Lviv'

    What was wrong is what the reward function says: it may return `(score, feedback)` or `{"score", "feedback"}`;
    of a bare number, that the reward is too low; of a run that failed, its error. With `advise`, as in DSPy, the LM
    also writes advice from the tries and their rewards, one more request for each further run. An LM that cannot (the
    embedded one reads passages and writes none; one whose advice cannot be read) does without: say `advise=False`, and
    let the reward function speak. DSPy advises each predictor by name; here all are told the same.
    """

    def __init__(
        self,
        module: Module,
        N: int,  # noqa: N803 - DSPy's name
        reward_fn: RewardFn,
        threshold: float,
        fail_count: int | None = None,
        *,
        temperature: float = 1.0,
        advise: bool = True,
    ) -> None:
        super().__init__(module, N, reward_fn, threshold, fail_count, temperature=temperature)
        self.advisor = ChainOfThought(OfferAdvice) if advise else None

    async def prepared(self, inputs: Mapping[str, Any], tried: Sequence[Judged]) -> Module:
        if not tried:
            return self.module
        said = [self._said(number, each) for number, each in enumerate(tried, 1)]
        if (advice := await self._advice(inputs, tried, said)) is not None:
            said.append(advice)
        return refined(self.module, _past(tried), "\n".join(said))

    def _said(self, number: int, judged: Judged) -> str:
        if judged.attempt.prediction is None:
            return f"Try {number} is no answer: {judged.feedback}".rstrip(": ")
        wanted = f"Try {number} earned {judged.reward:g}, and {self.threshold:g} is wanted."
        return f"{wanted} {judged.feedback}".strip()

    async def _advice(self, inputs: Mapping[str, Any], tried: Sequence[Judged], said: Sequence[str]) -> str | None:
        if self.advisor is None:
            return None
        answers = [dict(each.attempt.prediction or {}) for each in tried]
        tries = "\n".join(f"{remark} It gave: {_brief(answer)}" for remark, answer in zip(said, answers, strict=True))
        try:
            written = await self.advisor.acall(
                inputs_given=_brief(inputs), tries=tries, target=f"{self.threshold:g}", config={"n": 1}
            )
        except ParseError:  # advice is a help, never a need
            return None
        return str(written.advice)


def refined(module: Module, past: Mapping[str, Mapping[str, Sequence[str]]], feedback: str) -> Module:
    """A copy of the module whose predictors are also given what they wrote before and the feedback.

    `past` holds, by predictor and output field, the values tried so far. The values ride on the fields' defaults, so
    the program need not pass them.
    """
    told = module.deepcopy()
    for name, predictor in told.named_predictors():
        for output, values in past.get(name, {}).items():
            _give(predictor, f"past_{output}", list(values), f"the {output.replace('_', ' ')} tried before, to improve")
        _give(predictor, "feedback", feedback, "what was wrong with the tries before")
    return told


def _give(predictor: Predictor, name: str, value: Any, desc: str) -> None:
    while name in predictor.signature.fields:
        name += "_"
    predictor.signature = predictor.signature.append(Field(name, "input", desc=desc, default=value))


def _past(tried: Sequence[Judged]) -> dict[str, dict[str, list[str]]]:
    """By predictor and output, what it wrote in the tries so far, each text once, in order."""
    past: dict[str, dict[str, list[str]]] = {}
    for judged in tried:
        names = {id(part): name for name, part in judged.attempt.module.named_predictors()}
        for step in judged.attempt.trace:
            if (name := names.get(id(step.source))) is None:
                continue
            for output, value in step.outputs.items():
                values = past.setdefault(name, {}).setdefault(output, [])
                if (text := str(value)) and text not in values:
                    values.append(text)
    return past


def _brief(values: Mapping[str, Any]) -> str:
    """Fields in words; passages would only repeat what the program has read."""
    return "; ".join(f"{name}: {value}" for name, value in values.items() if isinstance(value, str | int | float))
