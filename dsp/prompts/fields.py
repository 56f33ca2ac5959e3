"""A signature's fields: what is given, what is asked for, and how each is called in a prompt."""

from __future__ import annotations

import keyword
from dataclasses import dataclass, replace
from typing import Any, Literal

from dsp.errors import SignatureError


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a signature.

    `label` is how plain prompts name it ("Search Query"); `desc` tells the LM what belongs in it; `prefix` is what
    a plain prompt writes before its value, for words that lead the LM on ("Let's think step by step.").
    """

    name: str
    role: Literal["input", "output"]
    annotation: Any = str
    desc: str = ""
    label: str = ""
    prefix: str = ""

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or keyword.iskeyword(self.name) or self.name.startswith("_"):
            raise SignatureError(
                f'a field name must be a plain Python name, but got "{self.name}"; use letters, digits and _'
            )
        if not self.label:
            object.__setattr__(self, "label", self.name.replace("_", " ").title())

    def with_(self, **changes: Any) -> Field:
        if changes.get("name", self.name) != self.name:
            changes.setdefault("label", "")
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """What `InputField(...)` and `OutputField(...)` leave in a class body, until the class gives it a name."""

    role: Literal["input", "output"]
    desc: str = ""
    label: str = ""
    prefix: str = ""

    def named(self, name: str, annotation: Any) -> Field:
        return Field(name, self.role, annotation, self.desc, self.label, self.prefix)


def InputField(*, desc: str = "", label: str = "", prefix: str = "") -> Any:  # noqa: N802
    """A field that the caller gives."""
    return FieldSpec("input", desc, label, prefix)


def OutputField(*, desc: str = "", label: str = "", prefix: str = "") -> Any:  # noqa: N802
    """A field that the LM fills."""
    return FieldSpec("output", desc, label, prefix)
