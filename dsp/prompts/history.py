"""The earlier turns of a conversation, as a field of a signature.

    chat = Predict("history: History, question -> answer")
    first = chat(history=[], question="Who wrote Emma?")
    chat(history=[{"question": "Who wrote Emma?", "answer": first.answer}], question="Where was she born?")

Templates that speak in turns show each as a turn of the user's and one of the assistant's, before the question; others
show the list as JSON. After DSPy's `History`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

from dsp.errors import InputError


class History(tuple[Mapping[str, Any], ...]):
    """Earlier turns, the oldest first: each a mapping of the signature's fields, inputs and outputs.

    Raises InputError where a turn is no mapping.
    """

    __slots__ = ()

    def __new__(cls, messages: Iterable[Mapping[str, Any]] = ()) -> Self:
        turns = None if isinstance(messages, str | Mapping) or not isinstance(messages, Iterable) else tuple(messages)
        if turns is None or not all(isinstance(turn, Mapping) for turn in turns):
            raise InputError(
                f"a history must be a list of earlier turns, each a mapping of fields, but got {messages!r:.80}; "
                'write [{"question": …, "answer": …}]'
            )
        return super().__new__(cls, turns)

    @property
    def messages(self) -> list[Mapping[str, Any]]:
        """The turns, by DSPy's name for them."""
        return list(self)
