"""`Predict`: one signature, its demonstrations, one request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from dsp.errors import InputError
from dsp.modules.backtracking import asking
from dsp.modules.module import Predictor
from dsp.predict.complete import Request, acomplete, complete
from dsp.prompts.signature import Signature, ensure_signature
from dsp.prompts.template import Template
from dsp.protocols import LM
from dsp.types.example import Example
from dsp.types.prediction import Prediction

OF_A_CALL = ("config", "lm", "demos", "signature")  # what a call may say besides the inputs


class Predict(Predictor):
    """Fills a signature's outputs: `Predict("question -> answer")(question="…").answer`.

        >>> from dsp.lms.scripted import Scripted
        >>> asked = Predict("question -> answer", n=2, lm=Scripted(["Lviv", "Paris"]))(question="Where was Lem born?")
        >>> asked.answer, asked.completions.answer
        ('Lviv', ['Lviv', 'Paris'])

    Settings for the LM (n, temperature, …) go to the constructor, to `with_(…)`, or to a call's `config=`; a call's
    other arguments are the signature's inputs, and, where no input is called so, `lm`, `demos` and `signature` for this
    call alone. With n > 1 the prediction is the first completion, and
    `prediction.completions` holds all. Raises InputError, ParseError and LMError as `dsp.predict.complete` does.
    """

    def __init__(
        self,
        signature: str | type[Signature] | Signature,
        instructions: str = "",
        *,
        lm: LM | None = None,
        template: Template | str | None = None,
        callbacks: Sequence[object] | None = None,
        **config: Any,
    ) -> None:
        super().__init__(callbacks)
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

    def get_config(self) -> dict[str, Any]:
        """Its settings for the LM, by DSPy's name for `config`."""
        return self.config

    def update_config(self, **config: Any) -> None:
        """Change its settings for the LM; `with_` gives a copy instead."""
        self.config = {**self.config, **config}

    def forward(self, /, *args: Any, **inputs: Any) -> Prediction:
        asked = asking(self._request(args, inputs))
        known = asked.answered
        return Prediction.from_completions(known if known is not None else asked.keep(complete(asked.request)))

    async def aforward(self, /, *args: Any, **inputs: Any) -> Prediction:
        asked = asking(self._request(args, inputs))
        known = asked.answered
        return Prediction.from_completions(known if known is not None else asked.keep(await acomplete(asked.request)))

    def _request(self, args: tuple[Any, ...], inputs: dict[str, Any]) -> Request:
        if args:
            raise InputError(
                f"a predictor takes its inputs by name, but got {len(args)} without; "
                f"write {', '.join(f'{name}=…' for name in self.signature.input_fields)}"
            )
        named = self.signature.input_fields
        given = {name: inputs.pop(name) for name in OF_A_CALL if name in inputs and name not in named}
        signature = ensure_signature(given["signature"]) if "signature" in given else self.signature
        config = {**self.config, **(given.get("config") or {})}
        lm = given.get("lm") or self.lm
        demos = given.get("demos", self.demos)
        return Request(signature, inputs, demos, lm, self.template, config, name=self.name, source=self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.signature)!r}, demos={len(self.demos)})"
