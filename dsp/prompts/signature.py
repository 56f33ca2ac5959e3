"""Signatures: what a predictor is given and what it must answer, as a string or as a class.

    Signature("context, question -> answer", "Answer with a short phrase.")

    class BasicQA(Signature):
        "Answer questions with short factoid answers."
        question = InputField()
        answer: str = OutputField(desc="often between 1 and 5 words")

The idea is DSPy's (Khattab et al. 2023, arXiv 2310.03714, section 3.1). A signature is a class; editing one makes a
new class from its fields, never a chain of subclasses.
"""

from __future__ import annotations

import inspect
import sys
import typing
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from dsp.errors import SignatureError
from dsp.prompts.annotations import parse_annotation, split_fields
from dsp.prompts.fields import Field, FieldSpec


def _default_instructions(fields: Mapping[str, Field]) -> str:
    given = ", ".join(f"`{name}`" for name, field in fields.items() if field.role == "input")
    asked = ", ".join(f"`{name}`" for name, field in fields.items() if field.role == "output")
    if not asked:
        return ""
    return f"Given the fields {given}, produce the fields {asked}." if given else f"Produce the fields {asked}."


def _hints(cls: type, specs: Mapping[str, FieldSpec]) -> dict[str, Any]:
    if not specs or not inspect.get_annotations(cls):
        return {}
    module = sys.modules.get(cls.__module__)
    try:
        return typing.get_type_hints(cls, globalns=vars(module) if module else {})
    except NameError as error:
        raise SignatureError(f"a field's type in {cls.__name__} cannot be found: {error}; import it first") from error


class SignatureMeta(type):
    """Collects a class body's fields; calling the bare `Signature` with a string makes a signature."""

    _fields: Mapping[str, Field]
    _inputs: Mapping[str, Field]
    _outputs: Mapping[str, Field]
    _instructions: str

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> SignatureMeta:
        specs = {key: value for key, value in namespace.items() if isinstance(value, FieldSpec)}
        body = {key: value for key, value in namespace.items() if key not in specs}
        cls = super().__new__(mcs, name, bases, body)
        fields: dict[str, Field] = {}
        for base in reversed(cls.__mro__[1:]):
            fields.update(getattr(base, "_fields", {}))
        hints = _hints(cls, specs)
        for key, spec in specs.items():
            fields[key] = spec.named(key, hints.get(key, str))
        if bases:
            undeclared = [key for key in namespace.get("__annotations__", {}) if key not in specs]
            if undeclared:
                raise SignatureError(
                    f"every field of {name} must be an InputField() or an OutputField(), "
                    f"but {', '.join(undeclared)} has only a type; write {undeclared[0]}: … = InputField()"
                )
        cls._set(options.get("fields", fields), options.get("instructions", namespace.get("__doc__") or ""))
        return cls

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **_: Any) -> None:
        super().__init__(name, bases, namespace)

    def __call__(
        cls, spec: str, instructions: str = "", *, custom_types: dict[str, Any] | None = None
    ) -> type[Signature]:
        return make_signature(spec, instructions, custom_types=custom_types)

    def _set(cls, fields: Mapping[str, Field], instructions: str) -> None:
        cls._fields = MappingProxyType(dict(fields))
        cls._inputs = MappingProxyType({name: field for name, field in fields.items() if field.role == "input"})
        cls._outputs = MappingProxyType({name: field for name, field in fields.items() if field.role == "output"})
        cls._instructions = " ".join(instructions.split()) or _default_instructions(fields)

    # what it holds
    @property
    def fields(cls) -> Mapping[str, Field]:
        return cls._fields

    @property
    def input_fields(cls) -> Mapping[str, Field]:
        return cls._inputs

    @property
    def output_fields(cls) -> Mapping[str, Field]:
        return cls._outputs

    @property
    def instructions(cls) -> str:
        return cls._instructions

    # edits: each makes a new signature
    def with_instructions(cls, instructions: str) -> type[Signature]:
        return _build(cls.__name__, cls._fields, instructions)

    def with_updated_fields(cls, name: str, **changes: Any) -> type[Signature]:
        """The same signature with that field's desc, label, prefix or annotation changed."""
        if name not in cls._fields:
            raise SignatureError(f'{cls} has no field "{name}"; its fields are {", ".join(cls._fields)}')
        fields = {key: field.with_(**changes) if key == name else field for key, field in cls._fields.items()}
        return _build(cls.__name__, fields, cls._instructions)

    def prepend(cls, field: Field) -> type[Signature]:
        """The field comes first of its role."""
        return cls.insert(0, field)

    def append(cls, field: Field) -> type[Signature]:
        """The field comes last of its role."""
        return cls.insert(len(cls._fields), field)

    def insert(cls, index: int, field: Field) -> type[Signature]:
        """The field comes at that place among those of its role (0 is the first)."""
        if field.name in cls._fields:
            raise SignatureError(f'{cls} has a field "{field.name}" already; choose another name')
        inputs, outputs = list(cls.input_fields.values()), list(cls.output_fields.values())
        (inputs if field.role == "input" else outputs).insert(index, field)
        return _build(cls.__name__, {f.name: f for f in (*inputs, *outputs)}, cls._instructions)

    def delete(cls, name: str) -> type[Signature]:
        fields = {key: field for key, field in cls._fields.items() if key != name}
        return _build(cls.__name__, fields, cls._instructions)

    def __str__(cls) -> str:
        return f"{', '.join(cls.input_fields)} -> {', '.join(cls.output_fields)}"

    def __repr__(cls) -> str:
        return f"Signature({str(cls)!r}, {cls._instructions!r})"

    def to_dict(cls) -> dict[str, Any]:
        """As saved programs hold it: instructions and fields, readable and editable."""
        fields = [
            {"name": f.name, "role": f.role, "desc": f.desc, "label": f.label, "prefix": f.prefix, **_type_of(f)}
            for f in cls._fields.values()
        ]
        return {"instructions": cls._instructions, "fields": fields}


def _type_of(field: Field) -> dict[str, str]:
    return {"type": field.kind} if field.kind else {}


class Signature(metaclass=SignatureMeta):
    """The base of signatures written as classes; called with a string it makes one from it."""


def ensure_signature(signature: str | type[Signature] | Signature, instructions: str = "") -> type[Signature]:
    """A usable signature from a string or a class. Raises SignatureError where it asks for nothing."""
    made = make_signature(signature, instructions) if isinstance(signature, str) else signature
    if not isinstance(made, SignatureMeta):
        raise SignatureError(
            f'a signature must be a string like "question -> answer" or a Signature class, but got {made!r}'
        )
    if not made.output_fields:
        raise SignatureError(f'a signature must ask for an output, but "{made}" has none; write "question -> answer"')
    return made.with_instructions(instructions) if instructions else made


def make_signature(spec: str, instructions: str = "", *, custom_types: dict[str, Any] | None = None) -> type[Signature]:
    """A signature from `"inputs -> outputs"`, each a name or `name: type`; `custom_types` are types of one's own.

    Raises SignatureError for no arrow, no outputs, a duplicate, or a type that isn't known.
    """
    left, arrow, right = spec.partition("->")
    if not arrow or "->" in right:
        raise SignatureError(f'a signature must hold one "->", but got "{spec}"; write "question -> answer"')
    fields: dict[str, Field] = {}
    sides: tuple[tuple[Any, str], ...] = (("input", left), ("output", right))
    for role, side in sides:
        for part in split_fields(side):
            name, _, kind = (piece.strip() for piece in part.partition(":"))
            if name in fields:
                raise SignatureError(f'a field name must be used once, but "{name}" stands twice in "{spec}"')
            fields[name] = Field(name, role, parse_annotation(kind, custom_types) if kind else str)
    return ensure_signature(_build("StringSignature", fields, instructions))


def _build(name: str, fields: Mapping[str, Field], instructions: str) -> type[Signature]:
    return SignatureMeta(name, (Signature,), {}, fields=fields, instructions=instructions)  # type: ignore[return-value]
