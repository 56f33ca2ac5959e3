"""`CompleteAndGrounded`: does an answer say all, and only what its passages say? An LM judges (DSPy's name)."""

from __future__ import annotations

from typing import Any

from dsp.evaluate.metrics.judged import harmonic, share, text_in
from dsp.modules.chain_of_thought import ChainOfThought
from dsp.modules.module import Module
from dsp.prompts.fields import InputField, OutputField
from dsp.prompts.signature import Signature
from dsp.types.example import Example
from dsp.types.prediction import Prediction


class Completeness(Signature):
    """Judge how complete an answer is, measured by the answer that was expected."""

    question = InputField()
    expected = InputField(desc="the answer that was expected")
    answer = InputField(desc="the answer to judge")
    completeness: float = OutputField(desc="the share of what was expected that the answer says, from 0 to 1")


class Groundedness(Signature):
    """Judge how far an answer rests on the passages that were read for it. Count no knowledge of your own."""

    question = InputField()
    context = InputField(desc="the passages that were read")
    answer = InputField(desc="the answer to judge")
    groundedness: float = OutputField(desc="the share of the answer's claims that the passages support, from 0 to 1")


class CompleteAndGrounded(Module):
    """The harmonic mean of completeness and groundedness: a metric for answers that rest on passages.

        >>> from dsp.lms.scripted import Scripted
        >>> judge = CompleteAndGrounded()
        >>> form = "[[ ## reasoning ## ]]\\n-\\n[[ ## {} ## ]]\\n{}"
        >>> judge.set_lm(Scripted([form.format("completeness", 1.0), form.format("groundedness", 0.5)]))
        >>> asked = Example(question="Who wrote Emma?", response="Jane Austen")
        >>> given = Example(response="Jane Austen, in 1815", context=["Emma | Emma is a novel by Jane Austen."])
        >>> round(float(judge(asked, given)), 3)
        0.667

    The texts are the `response` (else the `answer`) of example and prediction; the passages are the prediction's
    `context`. It gives a prediction with `score`, `completeness` and `groundedness`; while demonstrations are selected
    (`trace` is given), whether the score reaches the threshold. Raises InputError where a text is missing.
    """

    awaits_modules_only = True

    def __init__(self, threshold: float = 0.66) -> None:
        self.threshold = threshold
        self.completeness = ChainOfThought(Completeness)
        self.groundedness = ChainOfThought(Groundedness)

    async def aforward(self, example: Example, pred: Example, trace: Any = None) -> Any:
        question = text_in(example, ("question",), "example")
        expected = text_in(example, ("response", "answer"), "example")
        answer = text_in(pred, ("response", "answer"), "prediction")
        complete = await self.completeness.acall(question=question, expected=expected, answer=answer)
        grounded = await self.groundedness.acall(question=question, context=pred.get("context") or [], answer=answer)
        completeness, groundedness = share(complete.completeness), share(grounded.groundedness)
        score = harmonic(completeness, groundedness)
        if trace is not None:
            return score >= self.threshold
        return Prediction(score=score, completeness=completeness, groundedness=groundedness)
