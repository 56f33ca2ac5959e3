"""The JSON template: inputs below markers, as in chat; the answer is one JSON object with the output fields as keys.

Where a server has structured output it is asked for the signature's schema too (see `schema`); the prompt says the
form in words in any case, so that servers without it can be asked as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from dsp.errors import ParseError
from dsp.prompts.chat import marked_fields, marker
from dsp.prompts.json_text import fields_in, json_text, objects_in, typed_json
from dsp.prompts.schema import json_schema
from dsp.prompts.signature import Signature
from dsp.prompts.turns import TurnsTemplate, both_listings, shown_inputs
from dsp.prompts.values import one_answer


class JSONTemplate(TurnsTemplate):
    """Answers as JSON objects."""

    name = "json"

    def system(self, signature: type[Signature]) -> str:
        return _system(signature)

    def asked(self, signature: type[Signature], values: Mapping[str, Any]) -> str:
        return marked_fields(signature.input_fields.values(), values)

    def answered(self, signature: type[Signature], values: Mapping[str, Any]) -> str:
        held = {
            name: one_answer(field, value)
            for name, field in signature.output_fields.items()
            if (value := values.get(name)) is not None
        }
        return json_text(held) if held else ""

    def closing(self, signature: type[Signature]) -> str:
        return _closing(signature)

    def schema(self, signature: type[Signature]) -> Mapping[str, Any]:
        """The JSON schema of a completion, for servers with structured output."""
        return _schema(signature)

    def parse(self, signature: type[Signature], completion: str) -> dict[str, Any]:
        """Reads the object, whatever stands around it; keys in other letter case count.

        Where there are several objects, each field is taken from the first that has it.
        """
        objects, problem = objects_in(completion)
        held = fields_in(objects, signature.output_fields)
        if not objects:
            what = f"what looks like one is none ({problem})" if problem else "there is none in it"
            raise ParseError(
                f"a completion must be a JSON object with {', '.join(signature.output_fields)}, but in this one of "
                f"{len(completion)} characters {what}; write one object and nothing else",
                completion=completion,
                field=next(iter(signature.output_fields)),
            )
        return typed_json(signature, completion, held)


@lru_cache(maxsize=1024)
def _schema(signature: type[Signature]) -> Mapping[str, Any]:
    fields = signature.output_fields.values()
    return {
        "type": "object",
        "properties": {
            field.name: {
                **json_schema(field.annotation if field.annotation is not None else str),
                **({"description": field.desc} if field.desc else {}),
            }
            for field in fields
        },
        "required": [field.name for field in fields],
        "additionalProperties": False,
    }


@lru_cache(maxsize=1024)
def _system(signature: type[Signature]) -> str:
    structure = "\n\n".join(f"{marker(field.name)}\n{{{field.name}}}" for field in shown_inputs(signature))
    given = f"Requests have this structure:\n\n{structure}\n\n" if structure else ""
    keys = ",\n".join(f'  "{field.name}": {{{field.kind or "a string"}}}' for field in signature.output_fields.values())
    return (
        f"{both_listings(signature)}\n\n{given}Answers are one JSON object of this form:\n\n{{\n{keys}\n}}\n\n"
        f"Your task: {signature.instructions}"
    )


@lru_cache(maxsize=1024)
def _closing(signature: type[Signature]) -> str:
    names = ", ".join(f'"{name}"' for name in signature.output_fields)
    return f"Write one JSON object with {'the keys' if len(signature.output_fields) > 1 else 'the key'} {names}."
