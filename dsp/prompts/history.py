"""The earlier turns of a conversation, as a field of a signature.

    chat = Predict("history: History, question -> answer")
    history = History()
    first = chat(history=history, question="Who wrote Emma?")
    history.messages.append({"question": "Who wrote Emma?", **first})
    chat(history=history, question="Where was she born?")

Templates that speak in turns show each as a turn of the user's and one of the assistant's, before the question; others
show the list as JSON. After DSPy's `History`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dsp.errors import InputError


class History(list[Mapping[str, Any]]):
    """Earlier turns, the oldest first: each a mapping of the signature's fields, inputs and outputs.

    >>> history = History([{"question": "Who wrote Emma?", "answer": "Jane Austen"}])
    >>> history.messages.append({"question": "When?", "answer": "1815"})
    >>> len(history)
    2

    It is a list, and grows as one. Raises InputError where a turn is no mapping.
    """

    def __init__(self, messages: Iterable[Mapping[str, Any]] = ()) -> None:
        turns = None if isinstance(messages, str | Mapping) or not isinstance(messages, Iterable) else list(messages)
        if turns is None or not all(isinstance(turn, Mapping) for turn in turns):
            raise InputError(
                f"a history must be a list of earlier turns, each a mapping of fields, but got {messages!r:.80}; "
                'write [{"question": …, "answer": …}]'
            )
        super().__init__(turns)

    @property
    def messages(self) -> list[Mapping[str, Any]]:
        """The turns, by DSPy's name for them: the history itself."""
        return self
