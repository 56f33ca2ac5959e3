"""A template and an LM whose work callbacks are told of: a predictor's own, where somebody listens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dsp.callbacks import telling
from dsp.configuration import Settings
from dsp.lms.faces import Face, Wrapper
from dsp.prompts.signature import Signature
from dsp.prompts.template import Template
from dsp.protocols import LM
from dsp.types.messages import LMRequest, LMResponse, Message


def listened_to(settings: Settings, template: Template, lm: LM) -> bool:
    """Whether anybody listens: under these settings, to this template, or to this LM."""
    return bool(settings.callbacks or getattr(template, "callbacks", None) or getattr(lm, "callbacks", None))


class ToldTemplate:
    """The template, its work told of."""

    def __init__(self, inner: Template) -> None:
        self._inner = inner
        self.name = inner.name

    def render(
        self, signature: type[Signature], demos: Sequence[Mapping[str, Any]], inputs: Mapping[str, Any]
    ) -> list[Message]:
        with telling("adapter_format", self._inner, signature=signature, demos=demos, inputs=inputs) as told:
            return told.gave(self._inner.render(signature, demos, inputs))

    def parse(self, signature: type[Signature], completion: str) -> dict[str, Any]:
        with telling("adapter_parse", self._inner, signature=signature, completion=completion) as told:
            return told.gave(self._inner.parse(signature, completion))


class ToldLM(Wrapper):
    """The LM, its calls told of as those of `known`, the one that the user knows."""

    def __init__(self, inner: LM, known: LM) -> None:
        super().__init__(inner)
        self._known = known

    async def answer(self, request: LMRequest, face: Face) -> LMResponse:
        sampling = {name: value for name, value in request.to_dict().items() if name != "messages"}
        with telling("lm", self._known, prompt=None, messages=list(request.messages), kwargs=sampling) as told:
            return told.gave(await face.ask(self.inner, request))
