"""The window policy: what gives way when a prompt is longer than its LM can read.

The demonstrations go first, from the last on; then passages, from the lowest ranked on, but the best one of each field
stays. Everything else is a field, and no field is ever cut: what still does not fit is an error that says by how much.
What was dropped stands in the trace.

A window is known where the setting `context_window` or the LM's attribute of that name says it, in tokens. The
completion's share of it is `max_tokens`, or an eighth where the request does not say. Tokens are counted by the LM's
`count_tokens(messages)` where it has one, else estimated (`estimate`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dsp.errors import PromptTooLongError
from dsp.prompts.signature import Signature
from dsp.prompts.template import Template
from dsp.protocols import LM
from dsp.types.messages import Message, text_of
from indexes.passage import Hit, Passage

Count = Callable[[Sequence[Message]], int]

TOKENS_A_MESSAGE = 4
TOKENS_AN_IMAGE = 1000
BYTES_A_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Fitted:
    """A prompt that fits: its messages, the inputs that they show, and what they leave out.

    `dropped` is empty where nothing was left out; else "demos" counts the demonstrations that went, and "passages"
    holds the ids (or texts, where there are none) of those that went, by field.
    """

    messages: list[Message]
    inputs: Mapping[str, Any]
    dropped: Mapping[str, Any] = field(default_factory=dict)


def fitted(
    template: Template,
    signature: type[Signature],
    demos: Sequence[Mapping[str, Any]],
    inputs: Mapping[str, Any],
    lm: LM,
    window: int | None,
    max_tokens: int | None,
) -> Fitted:
    """The prompt, shortened where it must be. Raises PromptTooLongError where it fits in no case.

    A window of None is looked for at the LM; where none is known nothing is counted and nothing is dropped.
    """
    messages = template.render(signature, demos, inputs)
    limit = window if window is not None else _of(lm, "context_window")
    if limit is None:
        return Fitted(messages, inputs)
    count: Count = _of(lm, "count_tokens") or estimate
    room = limit - (max_tokens if max_tokens is not None else limit // 8)
    if count(messages) <= room:
        return Fitted(messages, inputs)
    order = _droppable(inputs)

    def without(number: int) -> Fitted:
        kept = len(demos) - min(number, len(demos))
        shown, gone = _without(inputs, order[: number - (len(demos) - kept)])
        dropped = {
            **({"demos": len(demos) - kept} if kept < len(demos) else {}),
            **({"passages": gone} if gone else {}),
        }
        return Fitted(template.render(signature, demos[:kept], shown), shown, dropped)

    low, high = 1, len(demos) + len(order)  # things dropped
    best = without(high)
    tokens = count(best.messages)
    if tokens > room:
        raise PromptTooLongError(
            f"a prompt must fit its LM's window of {limit} tokens, {limit - room} of them for the completion, but this "
            f"one has {tokens} without any demonstration and with one passage a field: {tokens - room} too many; "
            "shorten the inputs, lower max_tokens, or take an LM with a larger window",
            tokens=tokens,
            room=room,
        )
    while low < high:
        middle = (low + high) // 2
        tried = without(middle)
        if count(tried.messages) <= room:
            best, high = tried, middle
        else:
            low = middle + 1
    return best


def estimate(messages: Sequence[Message]) -> int:
    """Tokens by rule of thumb: a quarter of the text's bytes in UTF-8, 4 for each message, 1000 for each image."""
    size = 0
    for message in messages:
        text, content = text_of(message), message["content"]
        size += len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
        if not isinstance(content, str):
            size += sum(TOKENS_AN_IMAGE * BYTES_A_TOKEN for part in content if part.get("type") != "text")
    return len(messages) * TOKENS_A_MESSAGE + -(-size // BYTES_A_TOKEN)


def _of(lm: Any, name: str) -> Any:
    """That attribute of the LM, or of what it is wrapped around; None where none has it."""
    while lm is not None:
        if (value := getattr(lm, name, None)) is not None:
            return value
        lm = getattr(lm, "inner", None)
    return None


def _droppable(inputs: Mapping[str, Any]) -> list[tuple[str, int]]:
    """The passages that may go, as field and place: the lowest ranked first, the best of each field never."""
    ranked = []
    for name, value in inputs.items():
        if isinstance(value, list | tuple) and value and all(isinstance(item, Hit | Passage) for item in value):
            places = sorted((_rank(item, place), place) for place, item in enumerate(value))
            ranked += [(rank, place, name) for rank, place in places[1:]]
    return [(name, place) for _, place, name in sorted(ranked, reverse=True)]


def _rank(item: Hit | Passage, place: int) -> int:
    return item.rank if isinstance(item, Hit) else place + 1


def _without(
    inputs: Mapping[str, Any], places: Sequence[tuple[str, int]]
) -> tuple[Mapping[str, Any], dict[str, list[str]]]:
    """The inputs without those passages, and what to call those that went, in the order in which they went."""
    if not places:
        return inputs, {}
    shown, gone = dict(inputs), {}
    for name in dict.fromkeys(name for name, _ in places):
        going = [place for of, place in places if of == name]
        gone[name] = [_called(inputs[name][place]) for place in going]
        shown[name] = [item for place, item in enumerate(inputs[name]) if place not in going]
    return shown, gone


def _called(item: Hit | Passage) -> str:
    passage = item.passage if isinstance(item, Hit) else item
    return passage.id or str(passage)
