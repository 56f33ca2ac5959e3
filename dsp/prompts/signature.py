"""Signatures: what a predictor is given and what it must answer, as a string or as a class.

    Signature("context, question -> answer", "Answer with a short phrase.")

    class BasicQA(Signature):
        "Answer questions with short factoid answers."
        question = InputField()
        answer: str = OutputField(desc="often between 1 and 5 words")

The idea is DSPy's (Khattab et al. 2023, arXiv 2310.03714, section 3.1). A signature is a class; editing one makes a
new class from its fields, never a chain of subclasses: the thousandth edit costs what the first one did.

Fields may be called like methods (`copy`, `keys`, `items`): a prediction then gives them by `prediction["copy"]`. A
type checker knows a class's fields: `BasicQA.of(program(question=…)).answer` is a `str` to it.
"""

from __future__ import annotations

import inspect
import sys
import typing
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeVar, cast

from dsp.errors import InputError, SignatureError
from dsp.prompts.annotations import parse_annotation, split_fields
from dsp.prompts.fields import Field, FieldSpec

S = TypeVar("S")

RESERVED = {"augmented": "demonstrations say with it whether a program worked them out"}


class _Body(dict[str, Any]):
    """A class body that is being read: no field may be written over."""

    def __setitem__(self, key: str, value: Any) -> None:
        if isinstance(self.get(key), FieldSpec):
            raise SignatureError(f'a field name must be used once, but "{key}" is given twice in a class; rename one')
        super().__setitem__(key, value)


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

    @classmethod
    def __prepare__(cls, name: str, bases: tuple[type, ...], /, **options: Any) -> _Body:
        return _Body()

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
            undeclared = [key for key in inspect.get_annotations(cls) if key not in specs]
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
        cls, spec: str | Mapping[str, Any], instructions: str = "", *, custom_types: dict[str, Any] | None = None
    ) -> type[Signature]:
        return make_signature(spec, instructions, custom_types=custom_types)

    def _set(cls, fields: Mapping[str, Field], instructions: str) -> None:
        _check_apart(fields)
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

    @property
    def signature(cls) -> str:
        """The names alone, as a string makes a signature of them: `question -> answer`."""
        return str(cls)

    def equals(cls, other: object) -> bool:
        """Whether the other asks the same: equal fields in equal order, and equal instructions."""
        return isinstance(other, SignatureMeta) and cls.to_dict() == other.to_dict()

    # edits: each makes a new signature
    def with_instructions(cls, instructions: str) -> type[Signature]:
        return _build(cls.__name__, cls._fields, instructions)

    def with_updated_fields(cls, name: str, /, type_: Any = None, **changes: Any) -> type[Signature]:
        """The same signature with that field's desc, name, label, prefix, default or annotation (`type_`) changed."""
        if name not in cls._fields:
            raise SignatureError(f'{cls} has no field "{name}"; its fields are {", ".join(cls._fields)}')
        if type_ is not None:
            changes["annotation"] = type_
        changed = cls._fields[name].with_(**changes)
        if changed.name != name and changed.name in cls._fields:
            raise SignatureError(f'{cls} has a field "{changed.name}" already; choose another name')
        fields = [changed if key == name else field for key, field in cls._fields.items()]
        return _build(cls.__name__, {field.name: field for field in fields}, cls._instructions)

    def prepend(cls, name: str | Field, field: Any = None, type_: Any = str) -> type[Signature]:
        """The field comes first of its role: `prepend("hint", InputField(), str)`, or a `Field` alone."""
        return cls.insert(0, name, field, type_)

    def append(cls, name: str | Field, field: Any = None, type_: Any = str) -> type[Signature]:
        """The field comes last of its role."""
        return cls.insert(-1, name, field, type_)

    def insert(cls, index: int, name: str | Field, field: Any = None, type_: Any = str) -> type[Signature]:
        """The field comes at that place among those of its role: 0 is the first, -1 the last.

        Raises SignatureError for a name that is taken, a place that is not there, or what is no field.
        """
        made = name if isinstance(name, Field) else _field(name, field, type_)
        if made.name in cls._fields:
            raise SignatureError(f'{cls} has a field "{made.name}" already; choose another name')
        inputs, outputs = list(cls._inputs.values()), list(cls._outputs.values())
        side = inputs if made.role == "input" else outputs
        place = index if index >= 0 else len(side) + 1 + index
        if not 0 <= place <= len(side):
            raise SignatureError(
                f"a new {made.role} field of {cls} may stand at 0 to {len(side)}, or from the end at -1 to "
                f"{-len(side) - 1}, but got {index}"
            )
        side.insert(place, made)
        return _build(cls.__name__, {f.name: f for f in (*inputs, *outputs)}, cls._instructions)

    def delete(cls, name: str) -> type[Signature]:
        fields = {key: field for key, field in cls._fields.items() if key != name}
        return _build(cls.__name__, fields, cls._instructions)

    def of(cls: type[S], prediction: Mapping[str, Any]) -> S:
        """The prediction itself, as a type checker sees this class: its fields have the types that they declare.

            answer = BasicQA.of(predict(question="…")).answer  # a str, to mypy and to an editor

        Raises InputError where it lacks an output of the signature.
        """
        outputs = cast(SignatureMeta, cls).output_fields
        if lacking := [name for name in outputs if name not in prediction]:
            raise InputError(
                f"a prediction of {cls.__name__} must hold {', '.join(outputs)}, but this one lacks "
                f"{', '.join(lacking)}; take one that this signature made"
            )
        return cast(S, prediction)

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


def _check_apart(fields: Mapping[str, Field]) -> None:
    """Raises SignatureError for a reserved name, and where prompts could not tell two fields apart."""
    for name, why in RESERVED.items():
        if name in fields:
            raise SignatureError(f'no field may be called "{name}", for {why}; choose another name')
    names: dict[str, Field] = {}
    labels: dict[str, Field] = {}
    for field in fields.values():
        twin = names.setdefault(field.name.casefold(), field)
        if twin is not field:
            raise SignatureError(
                f'field names must differ by more than letter case, but got "{twin.name}" and "{field.name}"; '
                "rename one, for models write names in any case"
            )
        twin = labels.setdefault(field.label.casefold(), field)
        if twin is not field and "output" in (twin.role, field.role):
            raise SignatureError(
                f'an output\'s label must be its own, but "{twin.name}" and "{field.name}" are both labelled '
                f'"{field.label}"; change one label'
            )


def _field(name: str, spec: Any, annotation: Any) -> Field:
    if not isinstance(spec, FieldSpec):
        raise SignatureError(
            f'the new field "{name}" must be an InputField() or an OutputField(), but got {spec!r:.80}; '
            f'write append("{name}", OutputField(), str)'
        )
    return spec.named(name, annotation)


def _type_of(field: Field) -> dict[str, str]:
    return {"type": field.kind} if field.kind else {}


class Signature(metaclass=SignatureMeta):
    """The base of signatures written as classes; called with a string it makes one from it."""


def ensure_signature(
    signature: str | Mapping[str, Any] | type[Signature] | Signature, instructions: str = ""
) -> type[Signature]:
    """A usable signature from a string, a mapping or a class. Raises SignatureError where it asks for nothing.

    >>> print(ensure_signature("question -> answer"))
    question -> answer
    """
    made = make_signature(signature, instructions) if isinstance(signature, str | Mapping) else signature
    if not isinstance(made, SignatureMeta):
        raise SignatureError(
            f'a signature must be a string like "question -> answer" or a Signature class, but got {made!r}'
        )
    if not made.output_fields:
        raise SignatureError(f'a signature must ask for an output, but "{made}" has none; write "question -> answer"')
    return made.with_instructions(instructions) if instructions else made


def make_signature(
    spec: str | Mapping[str, Any], instructions: str = "", *, custom_types: dict[str, Any] | None = None
) -> type[Signature]:
    """A signature from `"inputs -> outputs"`, each a name or `name: type`; `custom_types` are types of one's own.

    >>> make_signature("question -> answers: list[str], sure: bool").fields["answers"].annotation
    list[str]

    A mapping of names to fields does as well: `{"question": InputField(), "answer": (int, OutputField())}`.
    Raises SignatureError for no arrow, no outputs, a duplicate, or a type that isn't known.
    """
    if isinstance(spec, Mapping):
        pairs = {name: given if isinstance(given, tuple) else (str, given) for name, given in spec.items()}
        made = {name: _field(name, given[-1], given[0]) for name, given in pairs.items()}
        return ensure_signature(_build("StringSignature", made, instructions))
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
