"""Repair: a completion that cannot be read is shown to its LM once more, with what is wrong about it."""

from __future__ import annotations

from collections.abc import Sequence

from dsp.errors import ParseError
from dsp.prompts.escape import escape_markers, plain_lines
from dsp.types.messages import LMCompletion, Message

QUOTED = 2000
"""Characters of the completion that are shown again: its beginning."""


def repairable(completion: LMCompletion) -> bool:
    """Whether asking again may help: one that was cut would be cut again, one that was filtered filtered again."""
    return completion.finish_reason not in ("length", "content_filter")


def repair_messages(messages: Sequence[Message], failure: ParseError) -> list[Message]:
    """The request, the beginning of what the LM answered, and a turn that quotes the error."""
    said = plain_lines(failure.completion[:QUOTED]).strip() or "(nothing)"
    if len(failure.completion) > QUOTED:
        said += " …"
    problem = escape_markers(plain_lines(str(failure)))
    return [
        *messages,
        {"role": "assistant", "content": said},
        {
            "role": "user",
            "content": f"That answer cannot be read: {problem}.\n\n"
            "Answer the request before it again, whole, in the form that it asks for.",
        },
    ]
