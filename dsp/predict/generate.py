"""`generate`: DSP's own form of prediction, from one example to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dsp.predict.complete import Request, complete
from dsp.prompts.signature import Signature, ensure_signature
from dsp.protocols import LM
from dsp.types.example import Example
from dsp.types.prediction import Completions


def generate(
    signature: str | type[Signature] | Signature, *, lm: LM | None = None, **config: Any
) -> Callable[..., tuple[Example, Completions]]:
    """A function `(example, stage) -> (example, completions)` that fills the signature's outputs for an example.

        example, completions = generate("context, question -> answer")(example, stage="qa")

    The demonstrations are the `stage` entries of `example.demos` (without a stage, the demos themselves). The
    example that comes back carries the completion's fields, and under `stage` what a demonstration of that stage
    is: with one completion the inputs and outputs, with several the completions. After DSP's `generate`.
    """
    asked = ensure_signature(signature)

    def generated(example: Example, stage: str | None = None) -> tuple[Example, Completions]:
        demos = [demo[stage] if stage else demo for demo in example.get("demos", []) if not stage or stage in demo]
        inputs = {name: example[name] for name in asked.input_fields if name in example}
        completions = complete(Request(asked, inputs, demos, lm=lm, config=config, name=stage or "generate"))
        if len(completions) > 1:
            return example.copy(**({stage: completions} if stage else {})), completions
        done = completions[0]
        record = {stage: Example({**inputs, **done}, augmented=True)} if stage else {}
        return example.copy(**{**done, **record}), completions

    return generated
