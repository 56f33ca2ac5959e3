"""`SemanticF1`: how much of the gold answer's meaning an answer holds, judged by an LM (DSPy's name)."""

from __future__ import annotations

from typing import Any

from dsp.evaluate.metrics.judged import harmonic, share, text_in
from dsp.modules.chain_of_thought import ChainOfThought
from dsp.modules.module import Module
from dsp.prompts.fields import InputField, OutputField
from dsp.prompts.signature import Signature
from dsp.types.example import Example
from dsp.types.prediction import Prediction


class Shares(Signature):
    """Compare an answer with the answer that was expected. Judge what they say, not how they say it."""

    question = InputField()
    expected = InputField(desc="the answer that was expected")
    answer = InputField(desc="the answer to judge")
    recall: float = OutputField(desc="the share of what was expected that the answer says, from 0 to 1")
    precision: float = OutputField(desc="the share of what the answer says that was expected, from 0 to 1")


class SharesByIdeas(Signature):
    """List the key ideas of an answer and of the answer that was expected. Then judge how much they share."""

    question = InputField()
    expected = InputField(desc="the answer that was expected")
    answer = InputField(desc="the answer to judge")
    ideas_expected = OutputField(desc="the key ideas of the expected answer, one a line")
    ideas_given = OutputField(desc="the key ideas of the answer, one a line")
    recall: float = OutputField(desc="the share of the expected ideas that are among those given, from 0 to 1")
    precision: float = OutputField(desc="the share of the ideas given that are among those expected, from 0 to 1")


class SemanticF1(Module):
    """The harmonic mean of what an answer says of the expected one, and of what it says besides: a metric.

        >>> from dsp.lms.scripted import Scripted
        >>> judge = SemanticF1()
        >>> form = "[[ ## reasoning ## ]]\\n-\\n[[ ## recall ## ]]\\n{}\\n[[ ## precision ## ]]\\n{}"
        >>> judge.set_lm(Scripted([form.format(1.0, 0.5)]))
        >>> asked = Example(question="Who wrote Emma?", response="Jane Austen")
        >>> round(float(judge(asked, Example(response="Jane Austen or her sister"))), 3)
        0.667

    The texts are the `response` (else the `answer`) of example and prediction. It gives a prediction with `score`,
    `recall` and `precision`; while demonstrations are selected (`trace` is given), whether the score reaches the
    threshold. `decompositional` has the LM list the key ideas first. Raises InputError where a text is missing.
    """

    awaits_modules_only = True

    def __init__(self, threshold: float = 0.66, decompositional: bool = False) -> None:
        self.threshold = threshold
        self.judge = ChainOfThought(SharesByIdeas if decompositional else Shares)

    async def aforward(self, example: Example, pred: Example, trace: Any = None) -> Any:
        said = await self.judge.acall(
            question=text_in(example, ("question",), "example"),
            expected=text_in(example, ("response", "answer"), "example"),
            answer=text_in(pred, ("response", "answer"), "prediction"),
        )
        recall, precision = share(said.recall), share(said.precision)
        score = harmonic(recall, precision)
        if trace is not None:
            return score >= self.threshold
        return Prediction(score=score, recall=recall, precision=precision)
