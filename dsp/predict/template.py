"""`Type` and `Template`: prompts as DSP's users write them, a thin form over fields and signatures.

    Question = Type(prefix="Question:", desc="${the question to be answered}")
    Answer = Type(prefix="Answer:", desc="${a short factoid answer}", format=format_answers)
    qa = Template(instructions="Answer questions with short factoid answers.", question=Question(), answer=Answer())
    example, completions = generate(qa)(example, stage="qa")

Which fields are given and which are asked for is not said: those that an example holds are given, up to the first that
it lacks. Prompts are the plain template's, DSP's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from dsp.errors import InputError, SignatureError
from dsp.prompts.fields import Field
from dsp.prompts.plain import PlainTemplate
from dsp.prompts.signature import Signature, make_signature
from dsp.prompts.values import format_passages

Format = Callable[[Any], Any]


def format_answers(answers: str | Sequence[str]) -> str:
    """One answer to show: the first where there are several, as in DSP. Raises InputError for none."""
    if isinstance(answers, str):
        return answers
    if not answers:
        raise InputError("an answer must be a text or a list of them, but got an empty list")
    return str(answers[0])


def passages2text(passages: str | Sequence[Any]) -> str:
    """Passages as prompts show them: `N/A`, `«one»`, or numbered lines. It is how lists of them are written anyway."""
    return passages if isinstance(passages, str) else format_passages(passages)


@dataclass(frozen=True, slots=True)
class Type:
    """A kind of field: how it begins, what belongs in it (`${…}`), and how its values are written.

    >>> Answer = Type(prefix="Answer:", desc="${a short factoid answer}", format=format_answers)
    >>> Answer().field("answer").label, Answer(desc="${yes or no}").field("answer").desc
    ('Answer', 'yes or no')

    Calling it gives the field itself, as in DSP: `question=Question()`; `question=Question(desc="…")` changes it.
    """

    prefix: str
    desc: str = ""
    format: Format | None = None

    def __call__(self, **changes: Any) -> Type:
        return replace(self, **changes)

    def field(self, name: str) -> Field:
        """As a field of a signature. What stands after the prefix's colon leads the LM on."""
        label, _, lead = self.prefix.partition(":")
        described = re.sub(r"^\$\{(.*)\}$", r"\1", self.desc.strip())
        return Field(name, "output", desc=described, label=label.strip(), prefix=lead.strip())


class Template:
    """Instructions and typed fields, in the order in which a prompt shows them.

    >>> qa = Template("Answer briefly.", question=Type("Question:"), answer=Type("Answer:"))
    >>> str(qa.signature({"question": "Who wrote Emma?"}))
    'question -> answer'
    """

    def __init__(self, instructions: str, **fields: Type) -> None:
        if not fields:
            raise SignatureError('a template must have fields, but got none; write question=Type("Question:"), …')
        wrong = [name for name, kind in fields.items() if not isinstance(kind, Type)]
        if wrong:
            raise SignatureError(f"a template's fields must be Types, but {wrong[0]} is {fields[wrong[0]]!r}")
        self.instructions = instructions
        self.fields = dict(fields)
        self.template = PlainTemplate()

    def signature(self, example: Mapping[str, Any]) -> type[Signature]:
        """What is given and what is asked for: the fields that the example holds, up to the first that it lacks.

        Raises InputError where it lacks none.
        """
        names = list(self.fields)
        given = next((place for place, name in enumerate(names) if example.get(name) is None), len(names))
        if given == len(names):
            raise InputError(
                f"an example must lack a field for the LM to fill, but has all of {', '.join(names)}; "
                f'leave one out, as example.without("{names[-1]}")'
            )
        return _signature(self, given)

    def shown(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """An example's or a demonstration's values as the types write them."""
        return {
            name: kind.format(value) if (kind := self.fields.get(name)) and kind.format and value is not None else value
            for name, value in values.items()
        }

    def __repr__(self) -> str:
        return f"Template({self.instructions!r}, {', '.join(self.fields)})"


@cache
def _signature(template: Template, given: int) -> type[Signature]:
    made = make_signature("-> placeholder", template.instructions)
    for place, (name, kind) in enumerate(template.fields.items()):
        made = made.append(kind.field(name).with_(role="input" if place < given else "output"))
    return made.delete("placeholder")
