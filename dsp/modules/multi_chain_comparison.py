"""`MultiChainComparison`: several attempts are laid side by side, and the LM answers after weighing them.

The idea is DSPy's module of that name, after Yoran et al. 2023 (arXiv 2304.13007), who let a model meta-reason over
chains of thought.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dsp.errors import InputError
from dsp.modules.module import Module
from dsp.modules.predict import Predict
from dsp.prompts.fields import Field
from dsp.prompts.signature import Signature, ensure_signature
from dsp.types.prediction import Completions, Prediction

RATIONALE = Field(
    "rationale", "output", desc="what the attempts get right and wrong", prefix="Weighing the attempts together,"
)


class MultiChainComparison(Module):
    """Answers a signature after comparing `M` attempts at it: `compare(completions, question=…)`.

        >>> from dsp.lms.scripted import Scripted
        >>> compare = MultiChainComparison("question -> answer", M=2)
        >>> compare.set_lm(Scripted(["[[ ## rationale ## ]]\\nThe second is right.\\n[[ ## answer ## ]]\\nLviv"]))
        >>> attempts = [{"reasoning": "A guess.", "answer": "Paris"}, {"reasoning": "I read it.", "answer": "Lviv"}]
        >>> compare(attempts, question="Where was Lem born?").answer
        'Lviv'

    The attempts are completions, predictions or mappings with the signature's last output and, where they have one, a
    `reasoning` or `rationale`; exactly M of them, else InputError. Settings for the LM go to the constructor or to a
    call's `config=`. The names are DSPy's.
    """

    awaits_modules_only = True

    def __init__(
        self,
        signature: str | type[Signature] | Signature,
        M: int = 3,  # noqa: N803 - DSPy's name
        temperature: float = 0.7,
        **config: Any,
    ) -> None:
        if M < 1:
            raise InputError(f"M must be at least 1, but got {M}; ask for one attempt or more")
        asked = ensure_signature(signature)
        self.M = M
        self.last_key = list(asked.output_fields)[-1]
        for number in range(1, M + 1):
            name, label = f"reasoning_attempt_{number}", f"Attempt {number}"
            asked = asked.append(Field(name, "input", desc="one attempt and where it ended", label=label))
        with_rationale = asked if RATIONALE.name in asked.fields else asked.prepend(RATIONALE)
        self.predict = Predict(with_rationale, temperature=temperature, **config)

    async def aforward(
        self, completions: Prediction | Completions | Sequence[Mapping[str, Any]], /, **inputs: Any
    ) -> Prediction:
        given = completions.completions if isinstance(completions, Prediction) else completions
        if len(given) != self.M:
            raise InputError(f"a comparison must have its {self.M} attempts, but got {len(given)}; give M={len(given)}")
        attempts = {
            f"reasoning_attempt_{number}": self._told(number, attempt) for number, attempt in enumerate(given, 1)
        }
        return await self.predict.acall(**attempts, **inputs)

    def _told(self, number: int, attempt: Mapping[str, Any]) -> str:
        if attempt.get(self.last_key) is None:
            raise InputError(
                f'every attempt must hold "{self.last_key}", but attempt {number} holds '
                f"{', '.join(attempt) or 'nothing'}; leave it out"
            )
        reasoning = str(attempt.get("reasoning") or attempt.get("rationale") or "").strip().split("\n")[0]
        answer = str(attempt[self.last_key]).strip().split("\n")[0]
        return f"{reasoning} So it may be: {answer}" if reasoning else f"It may be: {answer}"
