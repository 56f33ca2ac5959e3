"""One request to the language model: fields in, parsed completions out, the step recorded."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from dsp.configuration import current
from dsp.errors import InputError, ParseError
from dsp.lms.base import request_of
from dsp.lms.faces import AWAITING, BLOCKING, Face, run_through
from dsp.prompts.fields import MISSING
from dsp.prompts.registry import TEMPLATES
from dsp.prompts.signature import Signature
from dsp.prompts.template import Template
from dsp.protocols import LM
from dsp.trace import Step, append
from dsp.types.messages import LMResponse
from dsp.types.prediction import Completions


@dataclass(frozen=True, slots=True)
class Request:
    """What a predictor asks for. Where `lm` or `template` is None the configured one is used.

    `name` is how traces call the predictor, `source` the predictor itself.
    """

    signature: type[Signature]
    inputs: Mapping[str, Any]
    demos: Sequence[Mapping[str, Any]] = ()
    lm: LM | None = None
    template: Template | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    name: str = "predict"
    source: object = None


def complete(request: Request) -> Completions:
    """The completions that hold every output field of the signature, in the model's order.

    Of n > 1 completions those that cannot be read are left out. Raises ParseError (with the completion as evidence)
    where none can be read, InputError for an input that is missing or was never declared, and the LM's own errors.
    """
    return run_through(_complete(request, BLOCKING))


async def acomplete(request: Request) -> Completions:
    """`complete`, awaited."""
    return await _complete(request, AWAITING)


async def _complete(request: Request, face: Face) -> Completions:
    signature = request.signature
    inputs = checked_inputs(signature, request.inputs)
    settings = current()
    model = request.lm if request.lm is not None else settings.need_lm()
    template = request.template if request.template is not None else (settings.template or default_template())
    started = time.perf_counter()
    messages = template.render(signature, request.demos, inputs)
    response = await face.ask(model, request_of(messages, {**request.config, **settings.sampling}))
    parsed, logprobs, failure = _read(template, signature, response)
    append(
        Step(
            "predict",
            request.name,
            inputs,
            parsed[0] if parsed else {},
            usage=response.usage,
            seconds=time.perf_counter() - started,
            logprob=logprobs[0] if logprobs else None,
            source=request.source,
        )
    )
    if not parsed and failure is not None:
        raise failure
    return Completions(parsed, logprobs=logprobs)


@cache
def default_template() -> Template:
    template: Template = TEMPLATES.get("chat")()
    return template


def checked_inputs(signature: type[Signature], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs, with the defaults of those not given.

    Raises InputError where one without default is missing, or one is not the signature's.
    """
    unknown = [name for name in inputs if name not in signature.input_fields]
    given = {
        name: field.default if inputs.get(name) is None and field.default is not MISSING else inputs.get(name)
        for name, field in signature.input_fields.items()
    }
    missing = [name for name, value in given.items() if value is None and not signature.fields[name].optional]
    if missing:
        raise InputError(f'"{signature}" needs the input {", ".join(missing)}; give {missing[0]}=…')
    if unknown:
        raise InputError(
            f'"{signature}" has no input {", ".join(unknown)}; its inputs are {", ".join(signature.input_fields)}'
        )
    return given


def _read(
    template: Template, signature: type[Signature], response: LMResponse
) -> tuple[list[dict[str, Any]], list[float | None], ParseError | None]:
    parsed: list[dict[str, Any]] = []
    logprobs: list[float | None] = []
    failure: ParseError | None = None
    for completion in response.completions:
        try:
            parsed.append(template.parse(signature, completion.text))
            logprobs.append(completion.logprob)
        except ParseError as error:
            failure = failure or error
    return parsed, logprobs, failure
