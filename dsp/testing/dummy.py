"""`DummyLM`: the LM of DSPy's users' tests, which says the fields that it shall answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dsp.errors import InputError
from dsp.lms.scripted import Scripted
from dsp.prompts.values import format_value
from dsp.types.messages import LMRequest, text_of

Fields = Mapping[str, Any]


def DummyLM(answers: Sequence[Fields] | Mapping[str, Fields]) -> Scripted:  # noqa: N802 - DSPy's name
    """An LM that answers by fields, in the form of the chat template: `DummyLM([{"answer": "Lviv"}])`.

    A list is answered through, one mapping a completion; then LMRequestError says that the script has run out. Of a
    mapping from texts to fields the first whose text stands in the last message is the answer; where none does,
    LMRequestError says so.

    >>> from dsp.modules.predict import Predict
    >>> Predict("question -> answer", lm=DummyLM([{"answer": "Lviv"}]))(question="Where was Lem born?").answer
    'Lviv'
    """
    if isinstance(answers, Mapping):
        known = {text: _as_chat(fields) for text, fields in answers.items()}
        return Scripted(lambda request: _known(known, request), name="dummy")
    if isinstance(answers, str) or not isinstance(answers, Iterable):
        raise InputError(f'a DummyLM answers by fields, but got {answers!r:.80}; write [{{"answer": "…"}}]')
    return Scripted([_as_chat(fields) for fields in answers], name="dummy")


def _known(known: Mapping[str, str], request: LMRequest) -> list[str]:
    asked = text_of(request.messages[-1])
    found = next((said for text, said in known.items() if text in asked), None)
    return [] if found is None else [found] * request.n


def _as_chat(fields: Fields) -> str:
    if not isinstance(fields, Mapping):
        raise InputError(f'a DummyLM answers by fields, but got {fields!r:.80}; write {{"answer": "…"}}')
    parts = [f"[[ ## {name} ## ]]\n{format_value(value)}" for name, value in fields.items()]
    return "\n\n".join([*parts, "[[ ## completed ## ]]"])
