"""One field of a completion on its own, while the completion is still being written.

The text so far is read by the template's own `parse`: what it finds of the field is what the field is so far, by the
same rules as in the end. What could still turn out to be the next field's marker is held until more is known.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from dsp.errors import InputError, ParseError
from dsp.prompts.signature import Signature
from dsp.prompts.template import Template

_OPENING = re.compile(r"[ \t]*[\[*_`<\\\-]")
"""How a line begins that may be a marker, a rule or a fence, or an escaped one."""


class FieldReader:
    """Pieces of a completion in, pieces of one of its fields out, to `told`.

    Law: what was told is at any time a beginning of the field's text, as `template.parse` reads it of what was heard
    by then; where the whole completion, or another attempt, reads otherwise, nothing more is told. A field that cannot
    be told apart before the end comes at the end. `hear` takes a piece, or None where an attempt begins anew;
    `finish` takes the whole completion. Raises InputError for what is not an output field that holds text.
    """

    def __init__(
        self, signature: type[Signature], template: Template, field: str, told: Callable[[str], object]
    ) -> None:
        outputs = signature.output_fields
        if field not in outputs or outputs[field].annotation is not str:
            texts = [name for name, each in outputs.items() if each.annotation is str]
            raise InputError(
                f'a field that is streamed must be an output that holds text, but "{field}" of "{signature}" is none; '
                f"stream {' or '.join(texts) or 'another predictor'}"
            )
        self._signature = signature
        self._template = template
        self._field = field
        self._told = told
        self._text = ""
        self._given = ""
        self._labels = [label.lower() for each in signature.fields.values() for label in (each.label, each.name)]

    def hear(self, piece: str | None) -> None:
        self._text = "" if piece is None else self._text + piece
        if self._text:
            self._tell(self._settled(self._found(self._text)))

    def finish(self, completion: str) -> None:
        self._text = completion
        self._tell(self._found(completion))

    def _tell(self, value: str) -> None:
        if len(value) > len(self._given) and value.startswith(self._given):
            self._told(value[len(self._given) :])
            self._given = value

    def _found(self, text: str) -> str:
        """The field's text in what is there so far; empty where it has not begun."""
        try:
            return str(self._template.parse(self._signature, text)[self._field])
        except ParseError as error:
            return error.found.get(self._field, "")

    def _settled(self, value: str) -> str:
        """The value without a last line that may become something else, and without blanks at its end."""
        head, newline, line = value.rpartition("\n")
        begun = line.strip().lower()
        undecided = _OPENING.match(line) or any(
            label.startswith(begun) or begun.startswith(label) for label in self._labels
        )
        if undecided:
            return head.rstrip()
        return (head + newline + line.partition("<")[0]).rstrip()
