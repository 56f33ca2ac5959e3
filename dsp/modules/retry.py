"""The second request: the same signature, asked again with what was written before and what was wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from dsp.predict.complete import Request
from dsp.prompts.fields import Field
from dsp.prompts.signature import Signature
from dsp.types.prediction import Completions

NO_MESSAGE = "What you wrote before does not do. Write something else."


def retry_request(request: Request, outcomes: Sequence[Completions], messages: Sequence[str]) -> Request:
    """The request with the past outputs and the feedback as further inputs.

    A past output is the value that was written; where several different ones were, their list. The feedback is the
    messages, each once, one a line. From the second time on the request is another rollout, so that a cache gives no
    sampled completion twice.
    """
    past, feedback = retry_fields(request.signature)
    inputs = {name: past_value(outcomes, output) for output, name in past.items()}
    inputs[feedback] = "\n".join(dict.fromkeys(messages)) or NO_MESSAGE
    config = dict(request.config)
    if len(outcomes) > 1:
        config["rollout"] = config.get("rollout", 0) + len(outcomes) - 1
    return replace(
        request, signature=retry_signature(request.signature), inputs={**request.inputs, **inputs}, config=config
    )


@lru_cache(maxsize=1024)
def retry_signature(signature: type[Signature]) -> type[Signature]:
    """The signature with an input for every past output, and one for the feedback.

    >>> from dsp import Signature
    >>> print(retry_signature(Signature("question -> query")))
    question, past_query, feedback -> query
    """
    past, feedback = retry_fields(signature)
    extended = signature
    for output, name in past.items():
        label = signature.fields[output].label
        what = f"what you wrote as {output} before; it does not satisfy the feedback"
        extended = extended.append(Field(name, "input", Any, what, f"Past {label}"))
    return extended.append(Field(feedback, "input", str, "what you must do differently", ""))


@lru_cache(maxsize=1024)
def retry_fields(signature: type[Signature]) -> tuple[dict[str, str], str]:
    """How the further inputs are called: the past outputs by output, and the feedback.

    A name that the signature has itself gets `_again` behind it.
    """
    taken = set(signature.fields)

    def free(name: str) -> str:
        while name in taken:
            name += "_again"
        taken.add(name)
        return name

    return {output: free(f"past_{output}") for output in signature.output_fields}, free("feedback")


def past_value(outcomes: Sequence[Completions], output: str) -> Any:
    """What was written in that field: the value, or the list of the different ones in the order of writing."""
    values: list[Any] = []
    for completions in outcomes:
        values += [value for value in completions.unpack(output) if value not in values]
    return values[0] if len(values) == 1 else values
