"""`ChainOfThought`: reason first, then answer (Wei et al. 2022)."""

from __future__ import annotations

from typing import Any

from dsp.modules.predict import Predict
from dsp.prompts.fields import Field
from dsp.prompts.signature import Signature, ensure_signature

REASONING = Field("reasoning", "output", desc="the steps that lead to the answer", prefix="Let's think step by step.")


class ChainOfThought(Predict):
    """`Predict` whose signature first asks for `reasoning`.

    A signature that asks for it already stays as it is. Demonstrations without reasoning are shown without it.
    """

    def __init__(self, signature: str | type[Signature] | Signature, instructions: str = "", **config: Any) -> None:
        asked = ensure_signature(signature, instructions)
        super().__init__(asked if "reasoning" in asked.fields else asked.prepend(REASONING), **config)
