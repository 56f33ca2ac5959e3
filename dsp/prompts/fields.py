"""A signature's fields: what is given, what is asked for, and how each is called in a prompt."""

from __future__ import annotations

import keyword
import typing
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from dsp.errors import SignatureError
from dsp.prompts.coerce import from_json, parse_text
from dsp.prompts.history import History
from dsp.prompts.image import Image
from dsp.prompts.schema import describe


class _Missing:
    """The default of a field that has none."""

    def __repr__(self) -> str:
        return "no default"


MISSING: Any = _Missing()

CONSTRAINTS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "gt": ("more than {}", lambda value, limit: value > limit),
    "ge": ("at least {}", lambda value, limit: value >= limit),
    "lt": ("less than {}", lambda value, limit: value < limit),
    "le": ("at most {}", lambda value, limit: value <= limit),
    "min_length": ("of length {} or more", lambda value, limit: len(value) >= limit),
    "max_length": ("of length {} or less", lambda value, limit: len(value) <= limit),
    "multiple_of": ("a multiple of {}", lambda value, unit: value % unit == 0),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a signature.

    `annotation` is its type, plain text where nobody says. `label` is how plain prompts name it ("Search Query");
    `desc` tells the LM what belongs in it; `prefix` is what a plain prompt writes before its value, for words that
    lead the LM on ("Let's think step by step."). `default` stands for an input that isn't given. `constraints` limit
    the value: gt, ge, lt, le, min_length, max_length, multiple_of.
    """

    name: str
    role: Literal["input", "output"]
    annotation: Any = str
    desc: str = ""
    label: str = ""
    prefix: str = ""
    default: Any = MISSING
    constraints: tuple[tuple[str, Any], ...] = ()

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or keyword.iskeyword(self.name) or self.name.startswith("_"):
            raise SignatureError(
                f'a field name must be a plain Python name, but got "{self.name}"; use letters, digits and _'
            )
        unknown = [name for name, _ in self.constraints if name not in CONSTRAINTS]
        if unknown:
            raise SignatureError(
                f'the constraints of "{self.name}" must be among {", ".join(CONSTRAINTS)}, but got {", ".join(unknown)}'
            )
        if self.role == "output" and self.annotation in (History, Image):
            raise SignatureError(
                f'an output field is text that the LM writes, but "{self.name}" is {self.kind}; make it an InputField()'
            )
        if self.annotation is History and self.default is MISSING:
            object.__setattr__(self, "default", History())
        if not self.label:
            object.__setattr__(self, "label", self.name.replace("_", " ").title())

    def with_(self, **changes: Any) -> Field:
        if changes.get("name", self.name) != self.name:
            changes.setdefault("label", "")
        return replace(self, **changes)

    @property
    def optional(self) -> bool:
        """Whether its type admits None."""
        return type(None) in typing.get_args(self.annotation) or self.annotation in (None, Any, type(None))

    @property
    def kind(self) -> str:
        """How a value must be written, in words: its type's form and its limits; empty for plain text."""
        limits = [CONSTRAINTS[name][0].format(limit) for name, limit in self.constraints]
        return ", ".join(filter(None, [describe(self.annotation), *limits]))

    @property
    def json_schema_extra(self) -> dict[str, str]:
        """What DSPy's users read there of a field."""
        return {"desc": self.desc, "prefix": f"{self.label}:", "__dspy_field_type": self.role}

    def parse(self, text: str) -> Any:
        """The value that a completion's text stands for. Raises ValueError, saying what was expected."""
        return self._within_limits(parse_text(text, self.annotation))

    def parse_json(self, value: Any) -> Any:
        """The value that a completion's JSON value stands for; a string may hold any value's text."""
        if isinstance(value, str):
            return self.parse(value)
        annotation = str if self.annotation is None else self.annotation
        return self._within_limits(from_json(value, annotation))

    def _within_limits(self, value: Any) -> Any:
        for name, limit in self.constraints:
            words, holds = CONSTRAINTS[name]
            if value is not None and not holds(value, limit):
                raise ValueError(f"expected {words.format(limit)}")
        return value


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """What `InputField(...)` and `OutputField(...)` leave in a class body, until the class gives it a name."""

    role: Literal["input", "output"]
    desc: str = ""
    label: str = ""
    prefix: str = ""
    default: Any = MISSING
    constraints: tuple[tuple[str, Any], ...] = ()

    def named(self, name: str, annotation: Any) -> Field:
        return Field(name, self.role, annotation, self.desc, self.label, self.prefix, self.default, self.constraints)


def InputField(  # noqa: N802
    *,
    desc: str = "",
    label: str = "",
    prefix: str = "",
    default: Any = MISSING,
    description: str = "",
    **constraints: Any,
) -> Any:
    """A field that the caller gives, or whose default stands for it. `description` is another word for `desc`."""
    return FieldSpec("input", desc or description, label, prefix, default, tuple(constraints.items()))


def OutputField(  # noqa: N802
    *, desc: str = "", label: str = "", prefix: str = "", description: str = "", **constraints: Any
) -> Any:
    """A field that the LM fills; a completion whose value breaks a constraint is a ParseError."""
    return FieldSpec("output", desc or description, label, prefix, MISSING, tuple(constraints.items()))
