"""One request to the language model: fields in, parsed completions out, the step recorded."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from dsp.configuration import current
from dsp.errors import InputError, LMError, ParseError
from dsp.lms.base import request_of
from dsp.lms.faces import AWAITING, BLOCKING, Face, run_through
from dsp.predict.formats import formatted
from dsp.predict.repair import repair_messages, repairable
from dsp.predict.told import ToldLM, ToldTemplate, listened_to
from dsp.predict.track_usage import tell
from dsp.predict.window import fitted
from dsp.prompts.fields import MISSING
from dsp.prompts.history import History
from dsp.prompts.registry import TEMPLATES
from dsp.prompts.signature import Signature
from dsp.prompts.template import Template
from dsp.protocols import LM
from dsp.trace import Step, append
from dsp.types.messages import LMResponse
from dsp.types.prediction import Completions


@dataclass(frozen=True, slots=True)
class Request:
    """What a predictor asks for. Where `lm` or `template` is None the configured one is used; a template may be named.

    `name` is how traces call the predictor, `source` the predictor itself. `repairs` of None are as many as the setting
    says.
    """

    signature: type[Signature]
    inputs: Mapping[str, Any]
    demos: Sequence[Mapping[str, Any]] = ()
    lm: LM | None = None
    template: Template | str | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    name: str = "predict"
    source: object = None
    repairs: int | None = None


def complete(request: Request) -> Completions:
    """The completions that hold every output field of the signature, in the model's order.

    Of n > 1 completions those that cannot be read are left out. Where none can be read the LM is asked again, as often
    as the setting `repairs` says, with the beginning of what it wrote and what is wrong about it; the step counts it.
    Raises ParseError (with the completion as evidence) where that does not help, InputError for an input that is
    missing or was never declared or a demonstration that is none, PromptTooLongError, and the LM's own errors.
    """
    return run_through(_complete(request, BLOCKING))


async def acomplete(request: Request) -> Completions:
    """`complete`, awaited."""
    return await _complete(request, AWAITING)


async def _complete(request: Request, face: Face) -> Completions:
    signature = request.signature
    inputs = checked_inputs(signature, request.inputs)
    checked_demos(request.demos)
    settings = current()
    model = request.lm if request.lm is not None else settings.need_lm()
    template = template_of(request.template if request.template is not None else settings.template)
    config = {**getattr(model, "defaults", {}), **request.config, **settings.sampling}
    started = time.perf_counter()
    lm = formatted(model, template, signature)
    if listened_to(settings, template, model):
        template, lm = ToldTemplate(template), ToldLM(lm, model)
    prompt = fitted(
        template, signature, request.demos, inputs, model, settings.context_window, config.get("max_tokens")
    )
    response = await face.ask(lm, request_of(prompt.messages, config))
    reading = _read(template, signature, response)
    usage, repairs, trouble = response.usage, 0, None
    most = settings.repairs if request.repairs is None else request.repairs
    while repairs < most and (failure := reading.to_repair) is not None:
        try:
            response = await face.ask(lm, request_of(repair_messages(prompt.messages, failure), config))
        except LMError as error:  # what could not be read stays the reason why there is no answer
            trouble = error
            break
        repairs += 1
        usage = usage + response.usage
        reading = _read(template, signature, response)
    tell(model.name, usage)
    append(
        Step(
            "predict",
            request.name,
            prompt.inputs,
            reading.parsed[0] if reading.parsed else {},
            usage=usage,
            seconds=time.perf_counter() - started,
            logprob=reading.logprobs[0] if reading.logprobs else None,
            source=request.source,
            repairs=repairs,
            dropped=prompt.dropped,
        )
    )
    if not reading.parsed and reading.failure is not None:
        raise reading.failure from trouble
    return Completions(reading.parsed, logprobs=reading.logprobs)


def template_of(chosen: Template | str | None) -> Template:
    """The template itself, the one of that name, or the default one. Raises UnknownNameError for other names."""
    if chosen is None:
        return default_template()
    return _named_template(chosen) if isinstance(chosen, str) else chosen


def default_template() -> Template:
    return _named_template("chat")


@cache
def _named_template(name: str) -> Template:
    template: Template = TEMPLATES.get(name)()
    return template


def checked_demos(demos: Sequence[Mapping[str, Any]]) -> None:
    """Raises InputError where the demonstrations are no sequence of mappings: before anything is asked."""
    if isinstance(demos, str | Mapping) or not isinstance(demos, Sequence):
        raise InputError(
            f"demonstrations must be a list of examples, but got a {type(demos).__name__}; put it in a list"
        )
    for place, demo in enumerate(demos):
        if not isinstance(demo, Mapping):
            raise InputError(
                f"a demonstration must be an Example or another mapping of fields, but number {place + 1} is "
                f"{demo!r:.80}; write dsp.Example(question=…, answer=…)"
            )


def checked_inputs(signature: type[Signature], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs, with the defaults of those not given.

    Raises InputError where one without default is missing, or one is not the signature's.
    """
    unknown = [name for name in inputs if name not in signature.input_fields]
    given = {
        name: field.default if inputs.get(name) is None and field.default is not MISSING else inputs.get(name)
        for name, field in signature.input_fields.items()
    }
    # a conversation goes on: what is asked, and traced, is the history as it is now
    given = {name: History(value) if isinstance(value, History) else value for name, value in given.items()}
    missing = [name for name, value in given.items() if value is None and not signature.fields[name].optional]
    if missing:
        raise InputError(f'"{signature}" needs the input {", ".join(missing)}; give {missing[0]}=…')
    if unknown:
        raise InputError(
            f'"{signature}" has no input {", ".join(unknown)}; its inputs are {", ".join(signature.input_fields)}'
        )
    return given


@dataclass(slots=True)
class _Reading:
    """What was read of a response; where nothing could be, what went wrong in the completion that came furthest."""

    parsed: list[dict[str, Any]] = field(default_factory=list)
    logprobs: list[float | None] = field(default_factory=list)
    failure: ParseError | None = None
    repairable: bool = False

    @property
    def to_repair(self) -> ParseError | None:
        return self.failure if self.repairable and not self.parsed else None


def _read(template: Template, signature: type[Signature], response: LMResponse) -> _Reading:
    reading = _Reading()
    for completion in response.completions:
        try:
            parsed = template.parse(signature, completion.text)
        except ParseError as error:
            if reading.failure is None or len(error.found) > len(reading.failure.found):
                reading.failure, reading.repairable = error, repairable(completion)
                if completion.finish_reason == "length":
                    error.add_note("the completion was cut at its length limit; raise max_tokens")
            continue
        reading.parsed.append(parsed)
        reading.logprobs.append(completion.logprob)
    return reading
