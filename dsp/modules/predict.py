"""`Predict`: one signature, its demonstrations, one request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from dsp.errors import InputError, ProgramFileError
from dsp.modules.module import Module
from dsp.predict.complete import complete
from dsp.prompts.signature import Signature, ensure_signature
from dsp.prompts.template import Template
from dsp.protocols import LM
from dsp.trace import from_json, to_json
from dsp.types.example import Example
from dsp.types.prediction import Prediction


@dataclass(frozen=True, slots=True)
class PredictorState:
    """What compiling may change in a predictor."""

    signature: type[Signature]
    demos: list[Example]
    config: dict[str, Any]


class Predict(Module):
    """Fills a signature's outputs: `Predict("question -> answer")(question="…").answer`.

    Settings for the LM (n, temperature, …) go to the constructor, to `with_(…)`, or to a call's `config=`; a call's
    other arguments are the signature's inputs. With n > 1 the prediction is the first completion, and
    `prediction.completions` holds all. Raises InputError, ParseError and LMError as `dsp.predict.complete` does.
    """

    def __init__(
        self,
        signature: str | type[Signature],
        instructions: str = "",
        *,
        lm: LM | None = None,
        template: Template | None = None,
        **config: Any,
    ) -> None:
        self.signature = ensure_signature(signature, instructions)
        self.demos: list[Example] = []
        self.lm = lm
        self.template = template
        self.config: dict[str, Any] = config

    @property
    def name(self) -> str:
        """How traces call it: by the last field that it fills."""
        return list(self.signature.output_fields)[-1]

    def with_(self, **config: Any) -> Self:
        """A copy with other settings for the LM."""
        other = self.deepcopy()
        other.config = {**self.config, **config}
        return other

    def __call__(self, *args: Any, **inputs: Any) -> Prediction:
        if args:
            raise InputError(
                f"a predictor takes its inputs by name, but got {len(args)} without; "
                f"write {', '.join(f'{name}=…' for name in self.signature.input_fields)}"
            )
        return super().__call__(**inputs)

    def forward(self, **inputs: Any) -> Prediction:
        config = self.config
        if "config" in inputs and "config" not in self.signature.input_fields:
            config = {**config, **inputs.pop("config")}
        completions = complete(
            self.signature,
            inputs,
            self.demos,
            lm=self.lm,
            template=self.template,
            config=config,
            name=self.name,
            source=self,
        )
        return Prediction.from_completions(completions)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.signature)!r}, demos={len(self.demos)})"

    # saved state
    def dump(self) -> dict[str, Any]:
        demos = [to_json(demo.to_dict()) for demo in self.demos]
        return {"signature": self.signature.to_dict(), "config": to_json(self.config), "demos": demos}

    def read(self, name: str, state: Any) -> PredictorState:
        """A saved state, checked against this predictor's signature. Raises ProgramFileError that says what differs."""
        try:
            saved = state["signature"]
            fields = {str(field["name"]): field for field in saved["fields"]}
            demos = [Example(from_json(demo)) for demo in state["demos"]]
            config = dict(state.get("config") or {})
            instructions = str(saved["instructions"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ProgramFileError(
                f'the saved predictor "{name}" must hold "signature", "config" and "demos" as dsp writes them, '
                f"but it does not ({type(error).__name__}: {error}); save the program again"
            ) from error
        if list(fields) != list(self.signature.fields):
            raise ProgramFileError(
                f'the saved predictor "{name}" has the fields {", ".join(fields) or "none"}, but this program\'s has '
                f"{', '.join(self.signature.fields)}; load it into the program that it was saved from"
            )
        signature = self.signature.with_instructions(instructions)
        for field, saved_field in fields.items():
            texts = {key: str(saved_field[key]) for key in ("desc", "label", "prefix") if key in saved_field}
            signature = signature.with_updated_fields(field, **texts)
        return PredictorState(signature, demos, config)

    def take(self, state: PredictorState) -> None:
        self.signature, self.demos, self.config = state.signature, state.demos, state.config


def as_demo(inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> Example:
    """A demonstration from a step of a trace: what a predictor was given and what it answered."""
    return Example({**inputs, **outputs}, augmented=True)
