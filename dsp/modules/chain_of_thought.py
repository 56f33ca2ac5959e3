"""`ChainOfThought`: reason first, then answer (Wei et al. 2022)."""

from __future__ import annotations

from typing import Any, Self

from dsp.modules.predict import Predict
from dsp.prompts.fields import Field
from dsp.prompts.signature import Signature, ensure_signature

REASONING = Field("reasoning", "output", desc="the steps that lead to the answer", prefix="Let's think step by step.")


class ChainOfThought(Predict):
    """`Predict` whose signature first asks for `reasoning`.

        >>> from dsp.lms.scripted import Scripted
        >>> solve = ChainOfThought("question -> answer")
        >>> solve.set_lm(Scripted(["[[ ## reasoning ## ]]\\n6 * 7 is 42.\\n[[ ## answer ## ]]\\n42"]))
        >>> prediction = solve(question="What is six times seven?")
        >>> prediction.reasoning, prediction.answer
        ('6 * 7 is 42.', '42')

    A signature that asks for it already stays as it is. Demonstrations without reasoning are shown without it.
    `rationale_field` is an `OutputField` that says in other words what is asked for there.
    """

    def __init__(
        self,
        signature: str | type[Signature] | Signature,
        instructions: str = "",
        *,
        rationale_field: Any = None,
        **config: Any,
    ) -> None:
        asked = ensure_signature(signature, instructions)
        if "reasoning" not in asked.fields:
            said = (REASONING,) if rationale_field is None else ("reasoning", rationale_field)
            asked = asked.prepend(*said)
        super().__init__(asked, **config)

    @property
    def predict(self) -> Self:
        """Itself: DSPy's has the predictor inside, here it is one."""
        return self
