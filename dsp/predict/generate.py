"""`generate`: DSP's own form of prediction, from one example to the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from dsp.configuration import context, current
from dsp.errors import ParseError
from dsp.predict.complete import Request, complete
from dsp.predict.template import Template
from dsp.prompts.signature import Signature, ensure_signature
from dsp.protocols import LM
from dsp.types.example import Example
from dsp.types.prediction import Completions

MAX_DEPTH = 2  # how often an unfinished completion is gone on with
FEWEST_TOKENS = 75  # that a continuation is given, where its request was given as many


def generate(
    signature: str | type[Signature] | Signature | Template, *, lm: LM | None = None, **config: Any
) -> Callable[..., tuple[Example, Completions]]:
    """A function `(example, stage=None, max_depth=2) -> (example, completions)` that fills what an example lacks.

        >>> from dsp.lms.scripted import Scripted
        >>> example, completions = generate("question -> answer", lm=Scripted(["Lviv"]))(
        ...     Example(question="Where was Lem born?"), stage="qa"
        ... )
        >>> example.answer, completions.answer, example.qa
        ('Lviv', 'Lviv', Example(question='Where was Lem born?', answer='Lviv', augmented=True))

    It takes a signature, or a DSP `Template`, which asks for the fields from the first that the example lacks; what an
    earlier stage's LM wrote into the example is lacking to it until somebody sets it (`example.copy(query=…)`). The
    demonstrations are `example.demos`, each with what it holds under the `stage`, as `demos_at` brings them together;
    those that never went through that stage (raw ones) are shown as far as they hold its fields. The example that
    comes back carries the completion's fields, and under `stage` what a demonstration of that stage is: with one
    completion the inputs and outputs, with several the completions. After DSP's `generate`.

    Where no completion reaches the last field, the one that came furthest is gone on with, as in DSP: its fields are
    given, the next one is left open, and one completion is asked for at temperature 0 with half the tokens (at least
    75), up to `max_depth` times; then ParseError is raised. (DSP's `max_depth` is an assertion; 0 asks once only.)
    """
    asked = signature if isinstance(signature, Template) else ensure_signature(signature)

    def generated(
        example: Example, stage: str | None = None, max_depth: int = MAX_DEPTH
    ) -> tuple[Example, Completions]:
        request = _request(asked, example, stage, lm, config)
        completions = _finished(request, max_depth)
        if len(completions) > 1:
            return example.copy(**({stage: completions} if stage else {})), completions
        done = completions[0]
        record = {stage: Example({**request.inputs, **done}, augmented=True)} if stage else {}
        return example.with_written(done).copy(**record), completions

    return generated


def _request(
    asked: type[Signature] | Template, example: Example, stage: str | None, lm: LM | None, config: Mapping[str, Any]
) -> Request:
    demos = [_at(stage, demo) for demo in example.get("demos", [])]
    if isinstance(asked, Template):
        given = example.without(*example.written)  # as in DSP, a stage writes what no stage before it was given
        signature, values, template = asked.signature(given), asked.shown(given), asked.template
        demos = [asked.shown(demo) for demo in demos]
    else:
        signature, values, template = asked, dict(example), None
    inputs = {name: values[name] for name in signature.input_fields if name in values}
    return Request(
        signature, inputs, demos, lm=lm, template=template, config=config, name=stage or "generate", repairs=0
    )


def _at(stage: str | None, demo: Any) -> Any:
    """A demonstration with the fields that it holds under the stage, where it went through it."""
    if stage is None or not isinstance(demo, Mapping) or not isinstance(worked_out := demo.get(stage), Mapping):
        return demo
    return Example({**demo, **worked_out, "augmented": demo.get("augmented", worked_out.get("augmented"))})


def _finished(request: Request, depth: int) -> Completions:
    """The completions; of an unfinished one, what its continuation gives."""
    try:
        with context(repairs=0):  # what is unfinished is gone on with, not asked for anew
            return complete(request)
    except ParseError as unfinished:
        if depth < 1:
            raise
        done = _values_before(request.signature, unfinished)
    sampling = current().sampling
    tokens = {**request.config, **sampling}.get("max_tokens")
    shorter = {} if tokens is None else {"max_tokens": min(max(FEWEST_TOKENS, tokens // 2), tokens)}
    with context(sampling={**sampling, "n": 1, "temperature": 0.0, **shorter}):
        completions = _finished(_continued(request, done), depth - 1)
    return Completions([{**done, **each} for each in completions], logprobs=completions.logprobs)


def _values_before(signature: type[Signature], unfinished: ParseError) -> dict[str, Any]:
    """The outputs that stand before the one that is missing or bad. Empty where the first one is."""
    values: dict[str, Any] = {}
    for name, field in signature.output_fields.items():
        if name == unfinished.field or name not in unfinished.found:
            break
        values[name] = field.parse(unfinished.found[name])
    return values


def _continued(request: Request, done: Mapping[str, Any]) -> Request:
    """The request for the fields that are still open, those done being given."""
    signature = request.signature
    for name in done:
        signature = signature.with_updated_fields(name, role="input")
    return replace(request, signature=signature, inputs={**request.inputs, **done})
