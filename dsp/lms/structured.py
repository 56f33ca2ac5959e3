"""`structured(lm, schema)`: completions that are JSON objects, whether or not the server can promise it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dsp.errors import InputError, LMRequestError, LMResponseError
from dsp.lms.chat import EVIDENCE
from dsp.lms.faces import Face, Wrapper
from dsp.lms.failures import error_field
from dsp.protocols import LM
from dsp.types.messages import LMCompletion, LMRequest, LMResponse, Message


def structured(lm: LM, schema: Mapping[str, Any], *, name: str = "answer", as_text: bool = False) -> Structured:
    """The LM, answering with JSON objects of this JSON schema."""
    return Structured(lm, schema, name=name, as_text=as_text)


class Structured(Wrapper):
    """An LM whose every completion is the text of a JSON object that has the schema's required properties.

    The schema goes to the server as `response_format`. Where the server refuses that, or `as_text` says it would,
    it goes into the messages instead, and the object is found in what the model writes around it. An answer
    without such an object is an LMResponseError, which carries the completion and is worth asking again:
    `structured` goes inside `retrying` where that is wanted, and outside `cached`.

    Raises InputError for a schema that is not one of an object.
    """

    def __init__(self, inner: LM, schema: Mapping[str, Any], *, name: str = "answer", as_text: bool = False) -> None:
        super().__init__(inner)
        if schema.get("type") != "object":
            raise InputError(f'the schema must be of type "object", but its type is {schema.get("type")!r}')
        self.schema = dict(schema)
        self._name = name
        self._as_text = as_text

    @property
    def fingerprint(self) -> str:
        return f"{self.inner.fingerprint} {json.dumps(self.schema, sort_keys=True)}"

    async def answer(self, request: LMRequest, face: Face) -> LMResponse:
        if not self._as_text:
            try:
                return self._checked(await face.ask(self.inner, self._formatted(request)))
            except LMRequestError as error:
                if not _refuses_the_format(error):
                    raise
                self._as_text = True
        return self._checked(await face.ask(self.inner, self._instructed(request)))

    def _formatted(self, request: LMRequest) -> LMRequest:
        schema = {"name": self._name, "schema": self.schema, "strict": True}
        return request.with_(extra={**request.extra, "response_format": {"type": "json_schema", "json_schema": schema}})

    def _instructed(self, request: LMRequest) -> LMRequest:
        rule: Message = {
            "role": "system",
            "content": "Answer with one JSON object and nothing else. It follows this JSON schema:\n"
            + json.dumps(self.schema, ensure_ascii=False),
        }
        return request.with_(messages=(rule, *request.messages))

    def _checked(self, response: LMResponse) -> LMResponse:
        return replace(response, completions=tuple(self._object(each) for each in response.completions))

    def _object(self, completion: LMCompletion) -> LMCompletion:
        """The completion with the object alone as its text."""
        found = find_object(completion.text)
        required = self.schema.get("required", [])
        missing = [key for key in required if found is None or key not in found]
        if found is None or missing:
            what = f"the object lacks {', '.join(missing)}" if found is not None else "there is no object in it"
            raise LMResponseError(
                f"a completion of {self.name} must be an object of the schema, but {what}; ask again, or show a demo",
                model=self.name,
                evidence=completion.text[:EVIDENCE],
            )
        return replace(completion, text=json.dumps(found, ensure_ascii=False))


def find_object(text: str) -> dict[str, Any] | None:
    """The first JSON object in a text, whatever is written around it; None where there is none."""
    decoder = json.JSONDecoder()
    place = text.find("{")
    while place >= 0:
        try:
            value, _ = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            return value
        place = text.find("{", place + 1)
    return None


def _refuses_the_format(error: LMRequestError) -> bool:
    said = error_field(error.evidence)
    words = f"{said.get('param') or ''} {said.get('message') or ''} {error.evidence}"
    return error.status in (400, 404, 422) and ("response_format" in words or "json_schema" in words)
