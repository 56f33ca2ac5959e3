"""Structured output: where a template's completions have a JSON schema, the server is asked to keep to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from dsp.lms.base import LocalLM
from dsp.lms.structured import Structured
from dsp.prompts.signature import Signature
from dsp.prompts.template import Template
from dsp.protocols import LM
from dsp.types.messages import LMRequest, LMResponse

MOST = 256  # pairs of LM and signature that are remembered; when there are more, all are forgotten


class _Formatted(Structured):
    """Asks for the schema by the server's own means, until it refuses that once.

    The template has said the form in words already and reads the completions itself, so neither is done twice.
    """

    def _instructed(self, request: LMRequest) -> LMRequest:
        return request

    def _checked(self, response: LMResponse) -> LMResponse:
        return response


_known: dict[tuple[int, type[Signature]], _Formatted] = {}
_lock = threading.Lock()


def formatted(lm: LM, template: Template, signature: type[Signature]) -> LM:
    """The LM, asked for the template's schema where the template has one and the LM is behind a server."""
    schema_of: Callable[[type[Signature]], Mapping[str, Any]] | None = getattr(template, "schema", None)
    if schema_of is None or isinstance(innermost(lm), LocalLM):
        return lm
    key = (id(lm), signature)
    known = _known.get(key)
    if known is None:  # it holds the LM, so that no other takes over its id
        known = _Formatted(lm, schema_of(signature))
        with _lock:
            if len(_known) >= MOST:
                _known.clear()
            _known[key] = known
    return known


def innermost(lm: LM) -> LM:
    """The LM inside of all that is wrapped around it."""
    while (inner := getattr(lm, "inner", None)) is not None:
        lm = inner
    return lm
