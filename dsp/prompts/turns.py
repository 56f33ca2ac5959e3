"""Templates that speak in turns: a system message says the task, each demonstration is a pair of turns.

What chat, JSON and XML prompts share. A template of this kind says how inputs and outputs are written and read.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from dsp.errors import InputError
from dsp.prompts.fields import Field
from dsp.prompts.history import History
from dsp.prompts.image import content_of, images_in
from dsp.prompts.remembered import Remembered
from dsp.prompts.signature import Signature
from dsp.types.messages import Message


class TurnsTemplate(ABC):
    """A template whose demonstrations are turns: the user gives the inputs, the assistant answers the outputs."""

    def __init__(self) -> None:
        self._demo = Remembered(self._demonstration)

    @property
    @abstractmethod
    def name(self) -> str: ...

    @abstractmethod
    def system(self, signature: type[Signature]) -> str:
        """What the first message says: the fields, their form, the task."""

    @abstractmethod
    def asked(self, signature: type[Signature], values: Mapping[str, Any]) -> str:
        """The inputs that have a value, as a user's turn; empty where none has."""

    @abstractmethod
    def answered(self, signature: type[Signature], values: Mapping[str, Any]) -> str:
        """The outputs that have a value, as an assistant's turn; empty where none has."""

    @abstractmethod
    def closing(self, signature: type[Signature]) -> str:
        """What the last turn says below its inputs."""

    @abstractmethod
    def parse(self, signature: type[Signature], completion: str) -> dict[str, Any]: ...

    def render(
        self, signature: type[Signature], demos: Sequence[Mapping[str, Any]], inputs: Mapping[str, Any]
    ) -> list[Message]:
        messages: list[Message] = [{"role": "system", "content": self.system(signature)}]
        for demo in demos:
            messages += self._demo(signature, demo)
        history = history_of(signature)
        if history:
            for name in history:
                messages += self._earlier(signature, inputs.get(name) or ())
            inputs = {name: value for name, value in inputs.items() if name not in history}
        request = f"{self.asked(signature, inputs)}\n\n{self.closing(signature)}".strip()
        messages.append(_said_by_user(request, signature, inputs))
        return messages

    def _demonstration(self, signature: type[Signature], demo: Mapping[str, Any]) -> tuple[Message, ...]:
        """The two turns of a demonstration; none where it lacks all inputs or all outputs."""
        asked = self.asked(signature, demo)
        answered = self.answered(signature, demo)
        if not asked or not answered:
            return ()
        return _said_by_user(asked, signature, demo), {"role": "assistant", "content": answered}

    def _earlier(self, signature: type[Signature], turns: Any) -> Iterator[Message]:
        """The turns of a history. Raises InputError for one that has none of the signature's fields."""
        for turn in History(turns):
            asked = self.asked(signature, turn)
            answered = self.answered(signature, turn)
            if asked:
                yield _said_by_user(asked, signature, turn)
            if answered:
                yield {"role": "assistant", "content": answered}
            if not asked and not answered:
                raise InputError(
                    f"a turn of a history must hold fields of the signature ({', '.join(signature.fields)}), but got "
                    f"{', '.join(map(str, turn)) or 'none'}; name them as the signature does"
                )


def _said_by_user(text: str, signature: type[Signature], values: Mapping[str, Any]) -> Message:
    return {"role": "user", "content": content_of(text, images_in(signature.input_fields, values))}


@lru_cache(maxsize=1024)
def history_of(signature: type[Signature]) -> tuple[str, ...]:
    """The input fields that hold earlier turns."""
    return tuple(name for name, field in signature.input_fields.items() if field.annotation is History)


def shown_inputs(signature: type[Signature]) -> list[Field]:
    """The input fields that a request shows as fields: a history becomes turns."""
    return [field for field in signature.input_fields.values() if field.annotation is not History]


def listing(fields: Iterable[Field]) -> str:
    """The fields, numbered, each with its type and description."""
    return "\n".join(f"{number}. {_described(field)}" for number, field in enumerate(fields, 1))


def both_listings(signature: type[Signature]) -> str:
    """What is given and what is asked, as the first message lists it."""
    inputs, outputs = shown_inputs(signature), signature.output_fields.values()
    given = f"Your input fields are:\n{listing(inputs)}\n" if inputs else ""
    return f"{given}Your output fields are:\n{listing(outputs)}"


def _described(field: Field) -> str:
    kind = f" ({field.kind})" if field.kind else ""
    return f"`{field.name}`{kind}{': ' + field.desc if field.desc else ''}"
